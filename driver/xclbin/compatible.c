#include "driver/xclbin/compatible.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/xclbin/layout.h"
#include "driver/xclbin/manifest.h"

void xclbin_interface(const xclbin_reader *reader, char text[33])
{
    for (int i = 0; i < 16; i++) {
        snprintf(text + 2 * (size_t)i, 3, "%02x", reader->image[AXLF_ROM_UUID + i]);
    }
}

static void check_mode(const xclbin_reader *reader, const xclbin_place *place, report *to)
{
    xclbin_target target = xclbin_get_target(reader);
    bool fits = target == (place->is_card ? XCLBIN_TARGET_HW : XCLBIN_TARGET_HW_EMU);

    if (fits) {
        report_ok(to, place->name, "mode", "%s", xclbin_target_name(target));
    } else if (place->is_card) {
        report_fail(to, place->name, "mode",
                    "the file holds a simulation, and the device is a real card",
                    "load the one that was built for the card, hyperion.hw.xclbin",
                    "the file is for %s, the device takes hw", xclbin_target_name(target));
    } else {
        report_fail(to, place->name, "mode",
                    "the file is not for XRT's simulation of RTL, and there is no card here",
                    "load one for hw_emu, or use a machine with a card",
                    "the file is for %s, the device takes hw_emu", xclbin_target_name(target));
    }
}

static void check_platform(const xclbin_reader *reader, const xclbin_place *place, report *to)
{
    const char *wanted = xclbin_platform(reader);

    if (!place->platform || !*place->platform) {
        report_ok(to, place->name, "platform", "the file is for %s; the device does not tell",
                  wanted);
    } else if (strcmp(wanted, place->platform) == 0) {
        report_ok(to, place->name, "platform", "%s on both sides", wanted);
    } else {
        report_fail(to, place->name, "platform",
                    "the file was linked for another platform than the one flashed on the card",
                    "flash the file's platform on the card, or load a file that was linked for the "
                    "card's",
                    "the file is for %s, the device has %s", wanted, place->platform);
    }
}

static void check_interface(const xclbin_reader *reader, const xclbin_place *place, report *to)
{
    char wanted[33];

    xclbin_interface(reader, wanted);
    if (strspn(wanted, "0") == 32 || place->interface_count == 0) {
        report_ok(to, place->name, "interface", "%s",
                  place->interface_count ? "the file does not tell" : "the device does not tell");
        return;
    }
    for (size_t i = 0; i < place->interface_count; i++) {
        if (strcmp(place->interfaces[i], wanted) == 0) {
            report_ok(to, place->name, "interface", "%s on both sides", wanted);
            return;
        }
    }
    report_fail(to, place->name, "interface",
                "the platform on the card has another version than the file was linked for: the "
                "pins between them differ",
                "update the card's platform (`xbmgmt program --base`), or link the file again for "
                "the platform on the card",
                "the file needs %s, the device offers %s%s", wanted, place->interfaces[0],
                place->interface_count > 1 ? " and others" : "");
}

static bool fits(uint32_t have, uint32_t need)
{
    uint32_t relevant = need >> 16 ? 0xff0000 : 0xffff00;
    return (have & relevant) == (need & relevant);
}

static const xclbin_manifest_kernel *find_kernel(const xclbin_manifest *manifest, const char *name)
{
    for (uint32_t i = 0; manifest && i < manifest->kernel_count; i++) {
        if (strcmp(manifest->kernels[i].name, name) == 0) {
            return &manifest->kernels[i];
        }
    }
    return NULL;
}

static void check_version(const xclbin_needed_kernel *needed, const xclbin_manifest_kernel *have,
                          uint32_t units, const char *where, report *to)
{
    char need_text[16];
    char have_text[16];

    xclbin_format_version(needed->version, need_text);
    xclbin_format_version(have->version, have_text);
    if (have->id != needed->id) {
        report_fail(to, where, needed->name, "a kernel of somebody else has the same name",
                    "load a file that was built from this project's kernels",
                    "the file's has id 0x%08" PRIx32 ", this program needs 0x%08" PRIx32, have->id,
                    needed->id);
    } else if (!fits(have->version, needed->version)) {
        bool file_older = have->version < needed->version;
        report_fail(to, where, needed->name,
                    file_older ? "the file is older than this program, and the registers or the "
                                 "batch layout changed in between"
                               : "this program is older than the file, and the registers or the "
                                 "batch layout changed in between",
                    file_older ? "load a file of this program's version"
                               : "update this program, or load an older file",
                    "the file has version %s, this program needs %s", have_text, need_text);
    } else {
        report_ok(to, where, needed->name, "version %s, %" PRIu32 " compute units", have_text,
                  units);
    }
}

static void check_kernels(const xclbin_reader *reader, const xclbin_manifest *manifest,
                          const xclbin_place *place, report *to)
{
    uint32_t known = 0;

    for (size_t i = 0; i < place->kernel_count; i++) {
        const xclbin_needed_kernel *needed = &place->kernels[i];
        const xclbin_manifest_kernel *have = find_kernel(manifest, needed->name);
        uint32_t units = xclbin_kernel_units(reader, needed->name);
        known += units;
        if (units == 0) {
            report_warn(to, place->name, needed->name, "the file was linked without this kernel",
                        "none if its op is not needed: the CPU computes it; else load a file that "
                        "has the kernel",
                        "not in the file");
        } else if (have) {
            check_version(needed, have, units, place->name, to);
        } else {
            report_warn(to, place->name, needed->name,
                        "the file has no manifest, as Vitis leaves it, so that its version is not "
                        "known before it is loaded",
                        "give it one with `hyperion bitstream seal`",
                        "version not told, %" PRIu32 " compute units", units);
        }
    }
    if (place->kernel_count && known == 0) {
        report_fail(to, place->name, "kernels", "the file was built for another program",
                    "load one of this project's, such as the installed hyperion.hw.xclbin",
                    "the file has none of the kernels that this program drives");
    }
}

void xclbin_check_place(const xclbin_reader *reader, const xclbin_place *place, report *to)
{
    xclbin_manifest *manifest = malloc(sizeof *manifest);

    if (manifest && xclbin_manifest_read(reader, manifest, NULL) != XCLBIN_OK) {
        free(manifest);
        manifest = NULL;
    }
    check_mode(reader, place, to);
    check_platform(reader, place, to);
    check_interface(reader, place, to);
    check_kernels(reader, manifest, place, to);
    free(manifest);
}
