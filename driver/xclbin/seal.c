#include "driver/xclbin/seal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "driver/xclbin/bytes.h"
#include "driver/xclbin/error.h"
#include "driver/xclbin/layout.h"
#include "driver/xclbin/manifest.h"
#include "driver/xclbin/writer.h"

static int check_kernels(const xclbin_seal_options *options, xclbin_error *error)
{
    uint32_t units = 0;

    if (options->kernel_count == 0 || options->kernel_count > XCLBIN_MANIFEST_MAX_KERNELS) {
        return xclbin_fail(error, XCLBIN_FAULT_INPUT, XCLBIN_IP_LAYOUT, 0,
                           "%" PRIu32 " kernels; between 1 and %u can be packed",
                           options->kernel_count, XCLBIN_MANIFEST_MAX_KERNELS);
    }
    for (uint32_t i = 0; i < options->kernel_count; i++) {
        const xclbin_pack_kernel *packed = &options->kernels[i];
        if (packed->units == 0 || packed->units > XCLBIN_MANIFEST_MAX_UNITS - units) {
            return xclbin_fail(error, XCLBIN_FAULT_INPUT, XCLBIN_IP_LAYOUT, 0,
                               "kernel %s: %" PRIu32 " units; a container takes 1 to %u in all",
                               packed->kernel->name, packed->units, XCLBIN_MANIFEST_MAX_UNITS);
        }
        units += packed->units;
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(options->kernels[j].kernel->name, packed->kernel->name) == 0) {
                return xclbin_fail(error, XCLBIN_FAULT_INPUT, XCLBIN_IP_LAYOUT, 0,
                                   "kernel %s is given twice", packed->kernel->name);
            }
        }
    }
    return XCLBIN_OK;
}

int xclbin_seal_check(const xclbin_seal_options *options, xclbin_error *error)
{
    int fault;

    if ((fault = xclbin_check_name(options->name, error)) ||
        (fault = xclbin_check_name(options->version, error))) {
        return fault;
    }
    return check_kernels(options, error);
}

static void describe_kernels(xclbin_manifest *manifest, const xclbin_seal_options *options)
{
    for (uint32_t i = 0; i < options->kernel_count; i++) {
        const xclbin_kernel *kernel = options->kernels[i].kernel;
        xclbin_manifest_kernel *entry = &manifest->kernels[i];
        xclbin_copy_text(entry->name, sizeof entry->name, kernel->name);
        entry->op = kernel->op;
        entry->id = kernel->id;
        entry->version = kernel->version;
    }
    manifest->kernel_count = options->kernel_count;
}

/* The units of IP_LAYOUT, each with its kernel; as many of each kernel as the options say. */
static int describe_units(const xclbin_reader *reader, const xclbin_seal_options *options,
                          xclbin_manifest *manifest, xclbin_error *error)
{
    for (uint32_t i = 0; i < options->kernel_count; i++) {
        const char *name = options->kernels[i].kernel->name;
        uint32_t present = xclbin_kernel_units(reader, name);
        if (present != options->kernels[i].units) {
            return xclbin_fail(error, XCLBIN_FAULT_INPUT, XCLBIN_IP_LAYOUT, 0,
                               "IP_LAYOUT has %" PRIu32 " units of kernel %s, not %" PRIu32,
                               present, name, options->kernels[i].units);
        }
    }
    /* The counts above are those of check_kernels, so that the units found fit the manifest. */
    for (uint32_t i = 0; i < xclbin_unit_count(reader); i++) {
        xclbin_unit unit = xclbin_unit_at(reader, i);
        uint32_t kernel = 0;
        while (kernel < manifest->kernel_count &&
               strcmp(manifest->kernels[kernel].name, unit.kernel) != 0) {
            kernel++;
        }
        if (kernel == manifest->kernel_count) {
            return xclbin_fail(error, XCLBIN_FAULT_INPUT, XCLBIN_IP_LAYOUT, 0,
                               "IP_LAYOUT has a unit %s:%s, of a kernel that was not given",
                               unit.kernel, unit.instance);
        }
        xclbin_manifest_unit *entry = &manifest->units[manifest->unit_count++];
        entry->kernel = kernel;
        xclbin_copy_text(entry->instance, sizeof entry->instance, unit.instance);
    }
    return XCLBIN_OK;
}

/* Describes every section but the manifest, and lists it for the writer. `names` keeps the section
 * names. */
static int describe_sections(const xclbin_reader *reader, xclbin_manifest *manifest,
                             xclbin_content *sections, char (*names)[17], xclbin_error *error)
{
    for (uint32_t i = 0; i < xclbin_section_count(reader); i++) {
        xclbin_section section = xclbin_section_at(reader, i);
        uint32_t at = manifest->section_count;
        if (section.kind == XCLBIN_USER_METADATA) {
            continue;
        }
        for (uint32_t j = 0; j < at; j++) {
            if (sections[j].kind == section.kind) {
                return xclbin_fail(error, XCLBIN_FAULT_INPUT, section.kind, section.offset,
                                   "%s stands in the container twice; a manifest tells sections "
                                   "by their kind",
                                   xclbin_section_name(section.kind));
            }
        }
        if (at == XCLBIN_MANIFEST_MAX_SECTIONS) {
            return xclbin_fail(error, XCLBIN_FAULT_INPUT, XCLBIN_HEADER_SECTION, AXLF_SECTION_COUNT,
                               "header: more than %u sections", XCLBIN_MANIFEST_MAX_SECTIONS);
        }
        if (!xclbin_manifest_describe(&manifest->sections[at], section.kind, section.data,
                                      section.size)) {
            return xclbin_fail(error, XCLBIN_FAULT_MEMORY, section.kind, section.offset,
                               "libcrypto could not compute a sha256");
        }
        xclbin_copy_text(names[at], sizeof names[at], section.name);
        sections[at] = (xclbin_content){section.kind, section.data, section.size, names[at]};
        manifest->section_count++;
    }
    return XCLBIN_OK;
}

/* What a seal is made of; too large for a stack. */
typedef struct seal_parts {
    xclbin_manifest manifest;
    xclbin_content sections[XCLBIN_MANIFEST_MAX_SECTIONS + 1];
    char names[XCLBIN_MANIFEST_MAX_SECTIONS][17];
    xclbin_buffer text;
} seal_parts;

static int describe(const xclbin_reader *reader, const xclbin_seal_options *options,
                    seal_parts *parts, xclbin_error *error)
{
    xclbin_manifest *manifest = &parts->manifest;
    int fault;

    /* check_name and the reader have seen to it that all of these fit. */
    xclbin_copy_text(manifest->name, sizeof manifest->name, options->name);
    xclbin_copy_text(manifest->version, sizeof manifest->version, options->version);
    xclbin_copy_text(manifest->target, sizeof manifest->target,
                     xclbin_target_name(xclbin_get_target(reader)));
    xclbin_copy_text(manifest->platform, sizeof manifest->platform, xclbin_platform(reader));
    describe_kernels(manifest, options);
    if ((fault = describe_units(reader, options, manifest, error)) ||
        (fault = describe_sections(reader, manifest, parts->sections, parts->names, error))) {
        return fault;
    }
    return xclbin_manifest_write(manifest, &parts->text, error);
}

static int check_unsigned(const xclbin_reader *reader, xclbin_error *error)
{
    int32_t signature = (int32_t)load32(reader->image + AXLF_SIGNATURE_LENGTH);

    if (signature > 0) {
        return xclbin_fail(error, XCLBIN_FAULT_INPUT, XCLBIN_HEADER_SECTION, AXLF_SIGNATURE_LENGTH,
                           "header: the container is signed, and a manifest would make the "
                           "signature void");
    }
    return XCLBIN_OK;
}

int xclbin_seal(const xclbin_reader *reader, const xclbin_seal_options *options, xclbin_buffer *out,
                xclbin_error *error)
{
    int fault;

    if ((fault = xclbin_seal_check(options, error)) || (fault = check_unsigned(reader, error))) {
        return fault;
    }
    seal_parts *parts = calloc(1, sizeof *parts);
    if (!parts) {
        return xclbin_fail(error, XCLBIN_FAULT_MEMORY, XCLBIN_USER_METADATA, 0,
                           "no memory for the manifest");
    }
    fault = describe(reader, options, parts, error);
    if (!fault) {
        uint32_t count = parts->manifest.section_count;
        parts->sections[count] =
            (xclbin_content){XCLBIN_USER_METADATA, parts->text.data, parts->text.size, NULL};
        fault = xclbin_rewrite(out, reader->image, parts->sections, count + 1, error);
    }
    xclbin_buffer_free(&parts->text);
    free(parts);
    return fault;
}
