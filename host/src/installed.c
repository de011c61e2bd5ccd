#include "host/src/installed.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How far up from the library's folder an installation's top may lie: prefix/lib/x86_64-linux-gnu.
 */
#define MAX_LEVELS 4

/* The file that this code was loaded from: the shared library, or the program that it was linked
 * into. */
static bool own_file(char path[PATH_MAX])
{
    static const char marker;
    Dl_info info;
    return (dladdr(&marker, &info) && info.dli_fname && strchr(info.dli_fname, '/') &&
            realpath(info.dli_fname, path)) ||
           realpath("/proc/self/exe", path);
}

bool hyp_find_installed(const char *name, char path[PATH_MAX])
{
    char top[PATH_MAX];
    if (!own_file(top))
        return false;
    for (int level = 0; level <= MAX_LEVELS; level++) {
        char *slash = strrchr(top, '/');
        if (!slash)
            return false;
        *slash = '\0';
        int length = snprintf(path, PATH_MAX, "%s/%s", top, name);
        if (length > 0 && length < PATH_MAX && access(path, R_OK) == 0)
            return true;
    }
    return false;
}
