#include "driver/pci/xrt.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "driver/pci/attribute.h"

/* The name of the platform is in a subdevice: rom.u.NUMBER/VBNV, or rom.m.NUMBER/VBNV. */
static void read_platform(pcie_function *function)
{
    const struct dirent *entry;
    DIR *folder = opendir(function->folder);
    char name[300];

    while (folder && !function->xrt.platform[0] &&
           (entry = readdir(folder))) { // NOLINT(concurrency-mt-unsafe): a stream of our own
        if (strncmp(entry->d_name, "rom.", 4) == 0) {
            snprintf(name, sizeof name, "%s/VBNV", entry->d_name);
            pcie_read_attribute(function, name, function->xrt.platform,
                                sizeof function->xrt.platform);
        }
    }
    if (folder) {
        closedir(folder);
    }
}

/* One uuid a line, 32 hex digits with or without dashes. */
static void read_interfaces(pcie_function *function)
{
    pcie_xrt *xrt = &function->xrt;
    char text[PCIE_MAX_UUIDS * 40 + 1];
    char *rest = text;
    const char *line;

    xrt->interface_count = 0;
    if (pcie_read_attribute(function, "interface_uuids", text, sizeof text)) {
        return;
    }
    while ((line = strsep(&rest, "\n")) && xrt->interface_count < PCIE_MAX_UUIDS) {
        char *uuid = xrt->interfaces[xrt->interface_count];
        size_t length = 0;
        for (const char *c = line; *c && length < 32; c++) {
            if (strchr("0123456789abcdef", *c)) {
                uuid[length++] = *c;
            }
        }
        uuid[length] = 0;
        xrt->interface_count += length == 32;
    }
}

void pcie_read_xrt(pcie_function *function)
{
    int64_t number = 0;

    memset(&function->xrt, 0, sizeof function->xrt);
    if (strcmp(function->driver, "xocl") != 0 && strcmp(function->driver, "xclmgmt") != 0) {
        return;
    }
    read_platform(function);
    read_interfaces(function);
    pcie_read_attribute(function, "xclbinuuid", function->xrt.xclbin, sizeof function->xrt.xclbin);
    if (pcie_read_number(function->folder, "ready", &number) == 0) {
        function->xrt.has_ready = true;
        function->xrt.ready = number != 0;
    }
    function->xrt.offline =
        pcie_read_number(function->folder, "dev_offline", &number) == 0 && number != 0;
}
