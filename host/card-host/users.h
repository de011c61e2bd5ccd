/* Who else has a card open: often the reason why it cannot be had. */
#ifndef HYPERION_CARD_HOST_USERS_H
#define HYPERION_CARD_HOST_USERS_H

#include "hyperion/error.h"

/* Where a process other than this one has the PCI function open whose folder in sysfs is given,
 * puts it before the sentence in `error`: "process 4711 (node) has /dev/dri/renderD128 open: …".
 * Without root only processes of the same user can be seen. `proc` is the root of a proc file
 * system, NULL for the true one. */
void card_name_user(const char *folder, const char *proc, hyp_error *error);

#endif
