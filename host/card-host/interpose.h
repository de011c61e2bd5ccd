/* Functions of the C library that this program defines itself, so that XRT calls ours: linked with
 * -rdynamic, they come before libc's. They do what libc's do until interpose_begin, which is for
 * emulation only. Acceptable because this process has no other purpose than to hold XRT.
 * docs/xrt-emulation.md says what each goes round. */
#ifndef HYPERION_CARD_HOST_INTERPOSE_H
#define HYPERION_CARD_HOST_INTERPOSE_H

/* From now on
 * - sleep is short;
 * - a child that XRT forks is the simulated card: it dies with this process, and its death ends
 * this process, which tells the library through `socket`;
 * - a signal with which XRT gives up is told to the library;
 * - XRT believes this program to lie in `folder`;
 * - the process ends, and tells so, unless interpose_ready is called within `seconds`. */
void interpose_begin(int socket, const char *folder, unsigned seconds);
void interpose_ready(void);

#endif
