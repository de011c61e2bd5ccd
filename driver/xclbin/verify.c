#include "driver/xclbin/verify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "driver/xclbin/error.h"
#include "driver/xclbin/layout.h"
#include "driver/xclbin/writer.h"

static int check_section(const xclbin_reader *reader, const xclbin_manifest_section *expected,
                         xclbin_error *error)
{
    const char *name = xclbin_section_name(expected->kind);
    xclbin_manifest_section found;
    xclbin_section section;

    if (!xclbin_find_section(reader, expected->kind, &section)) {
        return xclbin_fail(error, XCLBIN_FAULT_MISSING, expected->kind, 0,
                           "%s is in the manifest but not in the container", name);
    }
    if (section.size != expected->size) {
        return xclbin_fail(error, XCLBIN_FAULT_HASH, expected->kind, section.offset,
                           "%s at offset %" PRIu64 " has %" PRIu64
                           " bytes, the manifest says %" PRIu64,
                           name, section.offset, section.size, expected->size);
    }
    if (!xclbin_manifest_describe(&found, section.kind, section.data, section.size)) {
        return xclbin_fail(error, XCLBIN_FAULT_MEMORY, expected->kind, section.offset,
                           "libcrypto could not compute a sha256");
    }
    bool crc_ok = found.crc32 == expected->crc32;
    bool sha_ok = memcmp(found.sha256, expected->sha256, sizeof found.sha256) == 0;
    if (!crc_ok || !sha_ok) {
        return xclbin_fail(error, XCLBIN_FAULT_HASH, expected->kind, section.offset,
                           "%s (offset %" PRIu64 ", %" PRIu64 " bytes): %s not the manifest's; "
                           "the section is damaged",
                           name, section.offset, section.size,
                           crc_ok   ? "sha256 is"
                           : sha_ok ? "crc32 is"
                                    : "crc32 and sha256 are");
    }
    return XCLBIN_OK;
}

/* Every section but the manifest itself is described exactly once. */
static int check_described(const xclbin_reader *reader, const xclbin_manifest *manifest,
                           xclbin_error *error)
{
    for (uint32_t i = 0; i < xclbin_section_count(reader); i++) {
        xclbin_section section = xclbin_section_at(reader, i);
        uint32_t times = 0;
        for (uint32_t j = 0; j < manifest->section_count; j++) {
            times += manifest->sections[j].kind == section.kind;
        }
        if (times != (section.kind == XCLBIN_USER_METADATA ? 0 : 1)) {
            return xclbin_fail(error, XCLBIN_FAULT_HASH, section.kind, section.offset,
                               "%s (section %" PRIu32 ", offset %" PRIu64 ") stands %" PRIu32
                               " times in the manifest",
                               xclbin_section_name(section.kind), i, section.offset, times);
        }
    }
    return XCLBIN_OK;
}

static bool has_unit(const xclbin_manifest *manifest, const xclbin_unit *unit)
{
    for (uint32_t i = 0; i < manifest->unit_count; i++) {
        const xclbin_manifest_unit *candidate = &manifest->units[i];
        if (strcmp(candidate->instance, unit->instance) == 0 &&
            strcmp(manifest->kernels[candidate->kernel].name, unit->kernel) == 0) {
            return true;
        }
    }
    return false;
}

/* Names in IP_LAYOUT are distinct, so equal counts and inclusion are equality. */
static int check_units(const xclbin_reader *reader, const xclbin_manifest *manifest,
                       xclbin_error *error)
{
    uint32_t count = xclbin_unit_count(reader);

    if (count != manifest->unit_count) {
        return xclbin_fail(error, XCLBIN_FAULT_CONTENT, XCLBIN_IP_LAYOUT, 0,
                           "IP_LAYOUT has %" PRIu32 " compute units, the manifest %" PRIu32, count,
                           manifest->unit_count);
    }
    for (uint32_t i = 0; i < count; i++) {
        xclbin_unit unit = xclbin_unit_at(reader, i);
        if (!has_unit(manifest, &unit)) {
            return xclbin_fail(error, XCLBIN_FAULT_CONTENT, XCLBIN_IP_LAYOUT, 0,
                               "IP_LAYOUT has a compute unit %s:%s that the manifest lacks",
                               unit.kernel, unit.instance);
        }
    }
    return XCLBIN_OK;
}

static int check_header(const xclbin_reader *reader, const xclbin_manifest *manifest,
                        xclbin_error *error)
{
    const char *target = xclbin_target_name(xclbin_get_target(reader));

    if (strcmp(target, manifest->target) != 0) {
        return xclbin_fail(error, XCLBIN_FAULT_HEADER, XCLBIN_HEADER_SECTION, AXLF_MODE,
                           "header: the mode at offset %d is %s, the manifest says %s", AXLF_MODE,
                           target, manifest->target);
    }
    if (strcmp(xclbin_platform(reader), manifest->platform) != 0) {
        return xclbin_fail(
            error, XCLBIN_FAULT_HEADER, XCLBIN_HEADER_SECTION, AXLF_PLATFORM,
            "header: the platform at offset %d is \"%.63s\", the manifest says \"%s\"",
            AXLF_PLATFORM, xclbin_platform(reader), manifest->platform);
    }
    return XCLBIN_OK;
}

/* Comes last: it covers every byte, and so can only say that something is wrong, not what. */
static int check_uuid(const xclbin_reader *reader, xclbin_error *error)
{
    uint8_t expected[16];
    char expected_text[37];
    char found_text[37];

    if (!xclbin_content_uuid(reader->image, reader->length, expected)) {
        return xclbin_fail(error, XCLBIN_FAULT_MEMORY, XCLBIN_HEADER_SECTION, AXLF_UUID,
                           "libcrypto could not compute a sha256");
    }
    if (memcmp(expected, xclbin_uuid(reader), sizeof expected) == 0) {
        return XCLBIN_OK;
    }
    xclbin_format_uuid(expected, expected_text);
    xclbin_format_uuid(xclbin_uuid(reader), found_text);
    return xclbin_fail(error, XCLBIN_FAULT_UUID, XCLBIN_HEADER_SECTION, AXLF_UUID,
                       "header: uuid %s at offset %d, the content's is %s; sections match the "
                       "manifest, so header, manifest or padding was changed",
                       found_text, AXLF_UUID, expected_text);
}

static int check_all(const xclbin_reader *reader, xclbin_manifest *manifest, xclbin_error *error)
{
    int fault;

    if ((fault = xclbin_manifest_read(reader, manifest, error)) ||
        (fault = check_described(reader, manifest, error))) {
        return fault;
    }
    for (uint32_t i = 0; i < manifest->section_count; i++) {
        if ((fault = check_section(reader, &manifest->sections[i], error))) {
            return fault;
        }
    }
    if ((fault = check_header(reader, manifest, error)) ||
        (fault = check_units(reader, manifest, error))) {
        return fault;
    }
    return check_uuid(reader, error);
}

int xclbin_verify(const xclbin_reader *reader, xclbin_manifest *manifest, xclbin_error *error)
{
    xclbin_manifest *own = manifest ? manifest : malloc(sizeof *own);
    int fault = own ? check_all(reader, own, error)
                    : xclbin_fail(error, XCLBIN_FAULT_MEMORY, XCLBIN_USER_METADATA, 0,
                                  "no memory for the manifest");

    if (own != manifest) {
        free(own);
    }
    return fault;
}
