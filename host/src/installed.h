/* Finding what was built or installed together with this library. */
#ifndef HYPERION_INSTALLED_H
#define HYPERION_INSTALLED_H

#include <limits.h>
#include <stdbool.h>

/* Looks for `name`, a relative path such as "libexec/hyperion/hyperion-card-host", in the folder
 * that the library (or the program that it was linked into) was loaded from, and in those above:
 * so the build tree and an installation look alike. Returns whether it can be read. */
bool hyp_find_installed(const char *name, char path[PATH_MAX]);

#endif
