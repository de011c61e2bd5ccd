#include "host/card-host/users.h"

#include <stdio.h>
#include <unistd.h>

#include "driver/pci/users.h"
#include "host/src/fail.h"

enum { MOST_USERS = 16 };

void card_name_user(const char *folder, const char *proc, hyp_error *error)
{
    static pcie_function function; /* large; there is one card a process */
    pcie_user users[MOST_USERS];
    snprintf(function.folder, sizeof(function.folder), "%s", folder);
    size_t found = pcie_find_users(&function, proc, users, MOST_USERS), i = 0;
    size_t count = found < MOST_USERS ? found : MOST_USERS;
    while (i < count && users[i].pid == getpid())
        i++;
    if (i == count)
        return;
    const hyp_error cause = *error;
    hyp_fail(error, cause.code, "process %d (%s) has %s open: %s", users[i].pid, users[i].program,
             users[i].node, cause.message);
}
