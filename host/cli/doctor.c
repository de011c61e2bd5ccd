/* hyperion doctor: whether this machine is ready for devices of each kind. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver/pci/pci.h"
#include "driver/report/report.h"
#include "host/cli/cli.h"
#include "host/cli/findings.h"

static const char help[] = "usage: hyperion doctor [--json]\n\n"
                           "Says whether this machine is ready: CPU features, huge pages, XRT and "
                           "its version, OpenCL, the\n"
                           "parts of Hyperion, unzip, kernel drivers, permissions, stale files. "
                           "Each line has a verdict; a\n"
                           "warn or fail comes with a cause and a remedy. Nothing is started or "
                           "changed. Cards themselves\n"
                           "are the matter of `hyperion examine`.\n\n"
                           "  --json   one object: {\"verdict\",\"findings\"}\n\n"
                           "Exit codes: 0 nothing failed, 1 something did, 2 wrong usage.\n\n"
                           "example: hyperion doctor\n";

static const char machine_name[] = "machine";

/* ---- the processor and its memory ---- */

static void check_cpu(report *to)
{
    __builtin_cpu_init();
    bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (avx512 && __builtin_cpu_supports("avx512ifma")) {
        report_ok(to, machine_name, "cpu", "AVX-512 with IFMA, on %ld CPUs",
                  sysconf(_SC_NPROCESSORS_ONLN));
        return;
    }
    report_warn(to, machine_name, "cpu",
                "the processor, or the virtual machine's settings, lack the vector instructions",
                "nothing fails: hashing and recovery on the CPU are slower; in a virtual machine, "
                "pass the host's CPU model through",
                "%s only",
                avx512                           ? "AVX-512 without IFMA"
                : __builtin_cpu_supports("avx2") ? "AVX2"
                                                 : "no AVX2: portable code");
}

/* Reads a small file; empty where it cannot be read. */
static void read_file(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(text, 1, size - 1, file) : 0;

    text[length] = 0;
    if (file) {
        fclose(file);
    }
}

static void check_huge_pages(report *to)
{
    char text[128];

    read_file("/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof text);
    if (strstr(text, "[always]") || strstr(text, "[madvise]")) {
        report_ok(to, machine_name, "huge_pages", "transparent huge pages are on");
    } else {
        report_warn(to, machine_name, "huge_pages",
                    *text ? "transparent huge pages are switched off"
                          : "the kernel was built without transparent huge pages",
                    "as root: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled; large "
                    "batches are slower without",
                    "none: buffers are made of 4 KiB pages");
    }
}

/* ---- XRT and OpenCL ---- */

/* The file behind one of the names that a library goes by; empty where there is none. */
static void find_library(const char *name, char path[PATH_MAX])
{
    static const char *const folders[] = {"/opt/xilinx/xrt/lib", "/usr/lib/x86_64-linux-gnu",
                                          "/usr/lib64", "/usr/lib", "/usr/local/lib"};
    char candidate[PATH_MAX];

    *path = 0;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0] && !*path; i++) {
        snprintf(candidate, sizeof candidate, "%s/%s", folders[i], name);
        if (!realpath(candidate, path)) {
            *path = 0;
        }
    }
}

static void check_xrt(report *to, bool has_card)
{
    char path[PATH_MAX];
    find_library("libxrt_coreutil.so.2", path);
    const char *version = strstr(path, ".so.");
    const char *cause = "XRT is not installed";
    const char *remedy = "Debian: apt install libxrt1; with a card, AMD's own XRT package of the "
                         "card's platform, which brings the kernel drivers";

    if (version) {
        report_ok(to, machine_name, "xrt", "version %s (%.160s)", version + 4, path);
    } else if (has_card) {
        report_fail(to, machine_name, "xrt", cause, remedy, "libxrt_coreutil.so.2 is not there");
    } else {
        report_warn(to, machine_name, "xrt", cause, remedy,
                    "libxrt_coreutil.so.2 is not there: no device xrt:N, cpu and sim:N work");
    }
}

static void check_opencl(report *to)
{
    DIR *folder = opendir("/etc/OpenCL/vendors");
    const struct dirent *entry;
    char vendors[160] = "";

    while (folder && (entry = readdir(folder))) { // NOLINT(concurrency-mt-unsafe): one thread
        size_t used = strlen(vendors);
        if (strstr(entry->d_name, ".icd")) {
            snprintf(vendors + used, sizeof vendors - used, "%s%.60s", used ? ", " : "",
                     entry->d_name);
        }
    }
    if (folder) {
        closedir(folder);
    }
    if (strstr(vendors, "xilinx")) {
        report_ok(to, machine_name, "opencl", "%s", vendors);
    } else {
        report_warn(to, machine_name, "opencl",
                    "no xilinx.icd is in /etc/OpenCL/vendors, as in Debian's packages of XRT",
                    "needed for OpenCL programs of your own only: put a file xilinx.icd with the "
                    "line libxilinxopencl.so.2 there",
                    "XRT is no OpenCL platform here%s%s", *vendors ? "; there are: " : "", vendors);
    }
}

static void check_unzip(report *to)
{
    const char *path = getenv("PATH");
    char candidate[PATH_MAX];

    for (const char *at = path ? path : ""; *at;) {
        size_t length = strcspn(at, ":");
        snprintf(candidate, sizeof candidate, "%.*s/unzip", (int)length, at);
        if (length && access(candidate, X_OK) == 0) {
            report_ok(to, machine_name, "unzip", "%.200s", candidate);
            return;
        }
        at += length + (at[length] == ':');
    }
    report_warn(to, machine_name, "unzip",
                "XRT unpacks a simulated card with it, and it is not in $PATH", "apt install unzip",
                "not there: the simulated card of xrt:N does not start");
}

/* ---- the parts of Hyperion ---- */

/* Whether a file lies where the library would find it: below the folder above the program's. */
static bool has_part(const char *name)
{
    char program[PATH_MAX];
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);

    if (length < 0) {
        return false;
    }
    program[length] = 0;
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(program, '/');
        if (slash) {
            *slash = 0;
        }
    }
    return snprintf(path, sizeof path, "%s/%s", program, name) < PATH_MAX &&
           access(path, R_OK) == 0;
}

static void check_part(report *to, const char *check, const char *what, bool there,
                       const char *consequence)
{
    if (there) {
        report_ok(to, machine_name, check, "%s is there", what);
    } else {
        report_warn(to, machine_name, check,
                    "this build or installation was made without it, or the program was copied "
                    "away from it",
                    "run `make`, or `make install`, and use the program where it lies",
                    "%s is not "
                    "there: %s",
                    what, consequence);
    }
}

static void check_parts(report *to)
{
    check_part(to, "card_host", "hyperion-card-host",
               getenv("HYP_CARD_HOST") || has_part("libexec/hyperion/hyperion-card-host"),
               "no device xrt:N");
    check_part(to, "simulated_card", "libhyperion-sim.so",
               has_part("lib/hyperion/libhyperion-sim.so"), "no device sim:N");
    check_part(to, "bitstream", "an xclbin",
               getenv("HYP_BITSTREAM") || has_part("bitstreams/hyperion.hw_emu.xclbin") ||
                   has_part("share/hyperion/hyperion.hw_emu.xclbin") ||
                   has_part("share/hyperion/hyperion.hw.xclbin"),
               "name one with --bitstream");
}

/* ---- drivers and permissions ---- */

static void check_driver(report *to, const char *name, bool needed)
{
    char path[64];

    snprintf(path, sizeof path, "/sys/module/%s", name);
    if (access(path, F_OK) == 0) {
        report_ok(to, machine_name, name, "loaded");
    } else if (!needed) {
        report_ok(to, machine_name, name, "not loaded, and there is no card that needs it");
    } else {
        report_fail(to, machine_name, name,
                    "XRT's kernel drivers are not installed, do not fit this kernel, or are not "
                    "allowed by Secure Boot",
                    "install AMD's XRT package, then modprobe the driver; `dkms status` and the "
                    "kernel's log tell why it does not build or load",
                    "not loaded, while there is a card");
    }
}

/* The node through which a program reaches a card; mode and owner as they are. */
static void check_node(report *to, const char *node)
{
    struct stat status;

    if (stat(node, &status) != 0) {
        return;
    }
    if (access(node, R_OK | W_OK) != 0) {
        report_fail(to, node, "permission", "this user is not in the group that owns the node",
                    "adduser USER hyperion, then log in again; the udev rule is in "
                    "lib/udev/rules.d/70-hyperion.rules",
                    "this user may not open it (mode %04o)", status.st_mode & 07777u);
    } else if (status.st_mode & 0002) {
        report_warn(to, node, "permission",
                    "XRT's own udev rule lets every user of the machine use the card",
                    "install Hyperion's udev rule (group hyperion, 0660) and `udevadm trigger`",
                    "everybody may open it (mode %04o)", status.st_mode & 07777u);
    } else {
        report_ok(to, node, "permission", "open to this user (mode %04o)", status.st_mode & 07777u);
    }
}

static void check_card_nodes(report *to, const pcie_machine *machine)
{
    for (size_t i = 0; i < machine->card_count; i++) {
        char path[PATH_MAX];
        const struct dirent *entry;
        if (!machine->cards[i].user) {
            continue;
        }
        snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/drm",
                 machine->cards[i].user->address.text);
        DIR *folder = opendir(path);
        while (folder && (entry = readdir(folder))) { // NOLINT(concurrency-mt-unsafe)
            if (strncmp(entry->d_name, "renderD", 7) == 0) {
                snprintf(path, sizeof path, "/dev/dri/%.32s", entry->d_name);
                check_node(to, path);
            }
        }
        if (folder) {
            closedir(folder);
        }
    }
}

static void check_group(report *to)
{
    const struct group *group = getgrnam("hyperion"); // NOLINT(concurrency-mt-unsafe): one thread
    gid_t groups[256];
    int count = getgroups(256, groups);
    bool member = geteuid() == 0 || (group && getegid() == group->gr_gid);

    for (int i = 0; group && i < count; i++) {
        member |= groups[i] == group->gr_gid;
    }
    if (group && member) {
        report_ok(to, machine_name, "group", "this user may use cards of group hyperion");
    } else {
        report_warn(to, machine_name, "group",
                    group ? "this user is not a member" : "the group was never made",
                    group
                        ? "adduser USER hyperion, then log in again"
                        : "`make install` puts a sysusers fragment in place; run systemd-sysusers, "
                          "or addgroup --system hyperion",
                    group ? "group hyperion owns the cards, and this user is not in it"
                          : "there is no group hyperion to own the cards");
    }
}

/* ---- stale files ---- */

/* A folder of the xrt backend is locked while its owner lives. */
static bool is_stale(int root, const char *name)
{
    struct stat status;
    int folder = openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool stale = folder >= 0 && fstat(folder, &status) == 0 && status.st_uid == geteuid() &&
                 flock(folder, LOCK_SH | LOCK_NB) == 0 && faccessat(folder, "locked", F_OK, 0) == 0;

    if (folder >= 0) {
        close(folder);
    }
    return stale;
}

static void check_stale_files(report *to)
{
    const char *roots[] = {getenv("XDG_RUNTIME_DIR"), "/tmp", "/var/tmp"};
    unsigned count = 0;
    char first[PATH_MAX] = "";

    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        DIR *folder = roots[i] ? opendir(roots[i]) : NULL;
        const struct dirent *entry;
        while (folder && (entry = readdir(folder))) { // NOLINT(concurrency-mt-unsafe)
            if (strncmp(entry->d_name, "hyperion-xrt-", 13) == 0 &&
                is_stale(dirfd(folder), entry->d_name) && count++ == 0) {
                snprintf(first, sizeof first, "%.2000s/%s", roots[i], entry->d_name);
            }
        }
        if (folder) {
            closedir(folder);
        }
    }
    if (count) {
        report_warn(to, machine_name, "stale_files",
                    "processes that held a simulated card were killed",
                    "none needed: the next use of xrt:N removes them; or remove them by hand",
                    "%u folders of processes that are gone, such as %.120s", count, first);
    } else {
        report_ok(to, machine_name, "stale_files", "none");
    }
}

static void check_all(report *to)
{
    pcie_machine machine;
    char message[256];

    check_cpu(to);
    check_huge_pages(to);
    if (pcie_scan(NULL, &machine, message)) {
        report_warn(to, machine_name, "pci", "a container or virtual machine without a PCI bus",
                    "none for cpu and simulated cards; else give the machine its cards", "%s",
                    message);
    } else {
        report_ok(to, machine_name, "pci", "%zu functions, %zu accelerator cards",
                  machine.function_count, machine.card_count);
    }
    check_xrt(to, machine.card_count > 0);
    check_opencl(to);
    check_unzip(to);
    check_parts(to);
    check_driver(to, "xocl", machine.card_count > 0);
    check_driver(to, "xclmgmt", false);
    check_group(to);
    check_card_nodes(to, &machine);
    check_stale_files(to);
    pcie_free(&machine);
}

int cli_doctor(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    report findings = {0};
    bool json = false;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return CLI_OK;
        }
        if (option != 'j') {
            return cli_usage();
        }
        json = true;
    }
    if (optind < argc) {
        cli_error("unexpected argument \"%s\"", argv[optind]);
        return cli_usage();
    }
    check_all(&findings);
    if (json) {
        cli_print_json(json_pack("{s:s, s:o}", "verdict",
                                 report_verdict_name(report_worst(&findings)), "findings",
                                 cli_json_findings(&findings)));
    } else {
        cli_print_findings(&findings);
    }
    int result = cli_report_code(&findings);
    report_free(&findings);
    return result;
}
