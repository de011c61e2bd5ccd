/* Private folders for the files and sockets of XRT's emulation, which XRT itself never cleans up.
 */
#ifndef HYPERION_BACKEND_XRT_FOLDER_H
#define HYPERION_BACKEND_XRT_FOLDER_H

#include "hyperion/error.h"

/* Short enough that XRT's socket "/tmp/..FOLDER/D2X_unix_sock_device0_0_PID" has a valid name. */
#define HYP_XRT_FOLDER_SIZE 64

struct hyp_xrt_folder {
    char path[HYP_XRT_FOLDER_SIZE];
    int lock; /* the folder, open and locked while its owner lives */
};

/* Creates a folder that only this user can enter, under $XDG_RUNTIME_DIR, /tmp or /var/tmp, and
 * removes there those of processes that died. Returns 0 or HYP_EIO with a sentence. */
int hyp_xrt_folder_create(struct hyp_xrt_folder *folder, hyp_error *error);

/* Removes it with all that is in it. Does nothing to a folder whose path is empty. */
void hyp_xrt_folder_remove(struct hyp_xrt_folder *folder);

#endif
