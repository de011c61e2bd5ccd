#include "host/card-host/emulation.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/src/fail.h"

/* Payload of a packet when buffers are copied; all messages but the first are a little longer. */
#define PACKET_BYTES 0x20000
/* XRT sends every key of the ini in its first message and never makes its message buffer larger
 * than that one was, although it writes longer messages into it: the first must be the longest. */
#define PAD_BYTES (PACKET_BYTES + 4096)

static int write_file(const char *folder, const char *name, const char *text, hyp_error *error)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    if (!file)
        return hyp_fail(error, HYP_EIO, "cannot write %s: %s", path, strerror(errno));
    int bad = fputs(text, file) < 0;
    bad |= fclose(file) != 0;
    return bad ? hyp_fail(error, HYP_EIO, "cannot write %s: %s", path, strerror(errno)) : 0;
}

static int write_ini(const char *folder, hyp_error *error)
{
    static const char head[] =
        "# Written by hyperion-card-host for one session of XRT's hardware emulation.\n"
        "[Runtime]\n"
        "verbosity=0\n"
        "# With XRT's user-space scheduler a run ends when it ends, not when a sleep does.\n"
        "kds=false\n"
        "[Emulation]\n"
        "print_infos_in_console=false\n"
        "print_warnings_in_console=false\n"
        "# XRT's message buffer has the size of its first message for ever, which holds all keys\n"
        "# of this file: packets must stay smaller than the pad below.\n";
    size_t room = sizeof(head) + PAD_BYTES + 100;
    char *text = malloc(room);
    if (!text)
        return hyp_fail(error, HYP_ENOMEM, "no memory for xrt.ini");
    snprintf(text, room, "%spacket_size=0x%x\n[Debug]\npad=%0*d\n", head, PACKET_BYTES, PAD_BYTES,
             0);
    int result = write_file(folder, "xrt.ini", text, error);
    free(text);
    return result;
}

/* The description of the machine that is emulated: one card. */
static int write_emconfig(const char *folder, const char *platform, hyp_error *error)
{
    char text[1024];
    for (const char *c = platform; *c; c++)
        if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ')
            return hyp_fail(error, HYP_EBITSTREAM, "the xclbin's platform name is no name");
    snprintf(text, sizeof(text),
             "{\"Version\":{\"FileVersion\":\"2.0\",\"ToolVersion\":\"2022.1\"},"
             "\"Platform\":{\"BoardCount\":\"1\",\"Name\":\"%s\",\"UnifiedPlatform\":\"true\","
             "\"ExpandedPR\":\"true\",\"Boards\":[{\"Devices\":[{\"Name\":\"%s\","
             "\"HalMajorVersion\":\"2\",\"HalMinorVersion\":\"1\","
             "\"DdrBanks\":[{\"Size\":\"16GB\"}],\"NumDevices\":\"1\"}],\"NumBoards\":\"1\"}]}}",
             platform, platform);
    return write_file(folder, "emconfig.json", text, error);
}

/* XRT loads its parts from $XILINX_XRT/lib, a folder that Debian does not have. */
static int link_libraries(const char *folder, hyp_error *error)
{
    Dl_info info;
    char library[PATH_MAX], root[PATH_MAX], path[PATH_MAX];
    void *symbol = dlsym(RTLD_DEFAULT, "xrtDeviceOpen");
    if (!symbol || !dladdr(symbol, &info) || !realpath(info.dli_fname, library))
        return hyp_fail(error, HYP_EIO,
                        "cannot tell where libxrt_coreutil lies: is XRT installed?");
    *strrchr(library, '/') = '\0';
    snprintf(root, sizeof(root), "%s/xrt", folder);
    snprintf(path, sizeof(path), "%s/xrt/lib", folder);
    setenv("XILINX_XRT", root, 1);
    if (mkdir(root, 0700) != 0 || symlink(library, path) != 0)
        return hyp_fail(error, HYP_EIO, "cannot create %s: %s", path, strerror(errno));
    return 0;
}

/* Where the OpenCL loader looks for implementations: it is to find XRT's, and no other. */
static int write_vendor(const char *folder, hyp_error *error)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/vendors", folder);
    if (mkdir(path, 0700) != 0)
        return hyp_fail(error, HYP_EIO, "cannot create %s: %s", path, strerror(errno));
    setenv("OCL_ICD_VENDORS", path, 1);
    return write_file(path, "xilinx.icd", "libxilinxopencl.so.2\n", error);
}

static void set_environment(const char *folder)
{
    char value[PATH_MAX];
    /* XRT puts its sockets into /tmp/$USER. */
    if (strncmp(folder, "/tmp/", 5) == 0)
        snprintf(value, sizeof(value), "%s", folder + 5);
    else
        snprintf(value, sizeof(value), "..%s", folder);
    setenv("USER", value, 1);
    snprintf(value, sizeof(value), "%s/xrt.ini", folder);
    setenv("XRT_INI_PATH", value, 1);
    setenv("EMCONFIG_PATH", folder, 1);
    setenv("SDACCEL_EM_RUN_DIR", folder, 1);
    setenv("XCL_EMULATION_MODE", "hw_emu", 1);
    /* XRT runs unzip and chmod by name, and simulate.sh without "./", which valgrind looks for here
     * too. Relative to the private folders, that is. */
    setenv("PATH", "/usr/bin:/bin:.", 1);
    unsetenv("UNZIP");
}

int emulation_prepare(const char *folder, const char *platform, hyp_error *error)
{
    int result = write_ini(folder, error);
    if (result == 0)
        result = write_emconfig(folder, platform, error);
    if (result == 0)
        result = link_libraries(folder, error);
    if (result == 0)
        result = write_vendor(folder, error);
    if (result == 0 && access("/usr/bin/unzip", X_OK) != 0 && access("/bin/unzip", X_OK) != 0)
        result = hyp_fail(error, HYP_EIO,
                          "XRT needs the program unzip for a simulated card: install "
                          "the package unzip");
    /* XRT leaves files in the current folder. */
    if (result == 0 && chdir(folder) != 0)
        result = hyp_fail(error, HYP_EIO, "cannot enter %s: %s", folder, strerror(errno));
    set_environment(folder);
    return result;
}

void emulation_forbid(void)
{
    unsetenv("XCL_EMULATION_MODE");
}
