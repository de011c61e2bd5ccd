#include "host/src/backend/xrt_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "host/src/fail.h"

#define PREFIX  "hyperion-xrt-"
#define SUFFIX  "XXXXXX"
#define TOO_OLD 60 /* seconds in which an owner has surely locked its folder */

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    remove(path);
    return 0;
}

static void remove_tree(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Whether XRT can use a folder here: it hands names to a shell unquoted, makes long socket names
 * out of them, and starts a program there. */
static bool usable_root(const char *root)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "/._-";
    struct statvfs status;
    return root && root[0] == '/' && root[strspn(root, harmless)] == '\0' &&
           strlen(root) + sizeof("/" PREFIX SUFFIX) <= HYP_XRT_FOLDER_SIZE &&
           access(root, W_OK | X_OK) == 0 && statvfs(root, &status) == 0 &&
           !(status.f_flag & ST_NOEXEC);
}

/* Whether nobody owns the folder any more. The lock goes with the owner, however that ends, and is
 * true across process namespaces, where a process id would not be. */
static bool is_abandoned(int root, const char *name)
{
    struct stat status;
    struct timespec now;
    int fd = openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    clock_gettime(CLOCK_REALTIME, &now);
    bool abandoned =
        fstat(fd, &status) == 0 && status.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0;
    /* A folder just made is not locked yet. */
    if (abandoned && now.tv_sec - status.st_ctime < TOO_OLD) {
        char marker[NAME_MAX + sizeof "/locked"];
        snprintf(marker, sizeof(marker), "%s/locked", name);
        abandoned = faccessat(root, marker, F_OK, 0) == 0;
    }
    close(fd);
    return abandoned;
}

static void clean(const char *root)
{
    const struct dirent *entry;
    DIR *folder = opendir(root);
    if (!folder)
        return;
    while ((entry = readdir(folder))) { // NOLINT(concurrency-mt-unsafe): the stream is our own
        char path[HYP_XRT_FOLDER_SIZE];
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 &&
            strlen(entry->d_name) == strlen(PREFIX SUFFIX) &&
            is_abandoned(dirfd(folder), entry->d_name)) {
            snprintf(path, sizeof(path), "%s/%.*s", root, (int)strlen(PREFIX SUFFIX),
                     entry->d_name);
            remove_tree(path);
        }
    }
    closedir(folder);
}

static bool create_in(const char *root, struct hyp_xrt_folder *folder)
{
    snprintf(folder->path, sizeof(folder->path), "%s/" PREFIX SUFFIX, root);
    if (!mkdtemp(folder->path))
        return false;
    folder->lock = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Another process that looks for abandoned folders may hold the lock for a moment. */
    if (folder->lock >= 0 && flock(folder->lock, LOCK_EX) == 0) {
        int marker = openat(folder->lock, "locked", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (marker >= 0) {
            close(marker);
            return true;
        }
    }
    hyp_xrt_folder_remove(folder);
    return false;
}

int hyp_xrt_folder_create(struct hyp_xrt_folder *folder, hyp_error *error)
{
    const char *roots[] = {secure_getenv("XDG_RUNTIME_DIR"), "/tmp", "/var/tmp"};
    *folder = (struct hyp_xrt_folder){.lock = -1};
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        if (!usable_root(roots[i]))
            continue;
        clean(roots[i]);
        if (create_in(roots[i], folder))
            return 0;
    }
    folder->path[0] = '\0';
    return hyp_fail(error, HYP_EIO,
                    "cannot create a private folder in $XDG_RUNTIME_DIR, /tmp or /var/tmp (it must "
                    "be writable and programs must run there): %s",
                    strerror(errno));
}

void hyp_xrt_folder_remove(struct hyp_xrt_folder *folder)
{
    if (folder->path[0])
        remove_tree(folder->path);
    if (folder->lock >= 0)
        close(folder->lock);
    *folder = (struct hyp_xrt_folder){.lock = -1};
}
