/* Functions of the C library that this program defines itself, so that XRT calls ours: linked with
 * -rdynamic, they come before libc's. Acceptable only because this process has no other purpose
 * than to hold XRT. docs/xrt-emulation.md says what each goes round. */
#ifndef HYPERION_CARD_HOST_INTERPOSE_H
#define HYPERION_CARD_HOST_INTERPOSE_H

#include <sys/types.h>

/* From now on a child that XRT forks is the simulated card: it dies with this process, and its
 * death is ours, told to the library through `socket`. XRT believes this program to lie in
 * `folder`. */
void interpose_watch(int socket, const char *folder);

/* The process of the simulated card; 0 before it was started. */
pid_t interpose_simulator(void);

/* Tells the library that the card is lost, and exits. Safe in a signal handler. */
__attribute__((noreturn)) void interpose_fail(int socket, const char *message);

#endif
