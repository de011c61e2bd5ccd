/* The life of one helper process, hyperion-card-host, and of all that it starts. */
#ifndef HYPERION_BACKEND_XRT_PROCESS_H
#define HYPERION_BACKEND_XRT_PROCESS_H

#include <sys/types.h>

#include "host/src/backend/xrt_folder.h"
#include "host/src/context.h"

struct hyp_xrt_process {
    const hyp_context *context; /* for the log */
    pid_t pid;                  /* and of its process group; 0: none */
    int socket;                 /* speaks host/card-host/protocol.h; -1: none */
    int log;                    /* what it prints; -1: none */
    struct hyp_xrt_folder folder;
    char line[256]; /* of the log, not complete yet */
    size_t line_length;
    char complaint[256]; /* the line that tells most of an error, or empty */
};

/* Starts `program`. The process dies with the calling thread. Returns 0, or HYP_EIO with a
 * sentence. */
int hyp_xrt_process_start(struct hyp_xrt_process *process, const hyp_context *context,
                          const char *program, hyp_error *error);

/* Hands what the process has printed to the log. Never blocks. */
void hyp_xrt_process_read_log(struct hyp_xrt_process *process);

/* Says how the process ended, if it has: "was killed by signal 9". */
void hyp_xrt_process_fate(struct hyp_xrt_process *process, char *text, size_t size);

/* Kills the process and all that it started, waits until they are gone, removes their files. When
 * it returns, the process can write no memory any more. Does nothing where there is none. */
void hyp_xrt_process_kill(struct hyp_xrt_process *process);

#endif
