#include "driver/xclbin/manifest.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "driver/xclbin/error.h"
#include "driver/xclbin/kernel.h"
#include "driver/xclbin/writer.h"

bool xclbin_manifest_describe(xclbin_manifest_section *section, uint32_t kind, const void *data,
                              size_t size)
{
    section->kind = kind;
    section->size = size;
    section->crc32 = (uint32_t)crc32_z(crc32_z(0, NULL, 0), data, size);
    return xclbin_sha256(data, size, section->sha256);
}

void xclbin_format_version(uint32_t version, char text[16])
{
    snprintf(text, 16, "%u.%u.%u", version >> 16 & 255, version >> 8 & 255, version & 255);
}

/* --- writing --- */

/* Appends an item. Where either is missing for want of memory, frees the other and gives NULL: a
 * list that lacks something must not pass for a whole one. */
static json_t *append(json_t *array, json_t *item)
{
    if (!array) {
        json_decref(item);
        return NULL;
    }
    if (json_array_append_new(array, item) != 0) {
        json_decref(array);
        return NULL;
    }
    return array;
}

static json_t *hex32(uint32_t value)
{
    return json_sprintf("0x%08" PRIx32, value);
}

static json_t *hex_digest(const uint8_t digest[32])
{
    char text[2 + 64 + 1] = "0x";

    for (size_t i = 0; i < 32; i++) {
        snprintf(text + 2 + 2 * i, 3, "%02x", digest[i]);
    }
    return json_string(text);
}

static json_t *instances_of(const xclbin_manifest *manifest, uint32_t kernel)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < manifest->unit_count; i++) {
        if (manifest->units[i].kernel == kernel) {
            array = append(array, json_string(manifest->units[i].instance));
        }
    }
    return array;
}

static json_t *kernels_of(const xclbin_manifest *manifest)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < manifest->kernel_count; i++) {
        const xclbin_manifest_kernel *kernel = &manifest->kernels[i];
        char version[16];
        xclbin_format_version(kernel->version, version);
        array = append(array, json_pack("{s:s, s:I, s:o, s:s, s:o}", "name", kernel->name, "op",
                                        (json_int_t)kernel->op, "id", hex32(kernel->id), "version",
                                        version, "instances", instances_of(manifest, i)));
    }
    return array;
}

static json_t *sections_of(const xclbin_manifest *manifest)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < manifest->section_count; i++) {
        const xclbin_manifest_section *section = &manifest->sections[i];
        array =
            append(array, json_pack("{s:I, s:s, s:I, s:o, s:o}", "kind", (json_int_t)section->kind,
                                    "name", xclbin_section_name(section->kind), "size",
                                    (json_int_t)section->size, "crc32", hex32(section->crc32),
                                    "sha256", hex_digest(section->sha256)));
    }
    return array;
}

/* The text of `root`, or NULL. It is read back, because json_dumps of jansson 2.14 does not notice
 * when memory runs out as it writes a key. */
static char *text_of(const json_t *root)
{
    char *text = json_dumps(root, JSON_COMPACT);
    json_t *back = text ? json_loads(text, 0, NULL) : NULL;

    if (!json_equal(root, back)) {
        free(text);
        text = NULL;
    }
    json_decref(back);
    return text;
}

int xclbin_manifest_write(const xclbin_manifest *manifest, xclbin_buffer *out, xclbin_error *error)
{
    json_t *root = json_pack(
        "{s:i, s:s, s:s, s:s, s:s, s:o, s:o}", "format", XCLBIN_MANIFEST_FORMAT, "name",
        manifest->name, "version", manifest->version, "target", manifest->target, "platform",
        manifest->platform, "kernels", kernels_of(manifest), "sections", sections_of(manifest));
    char *text = root ? text_of(root) : NULL;

    json_decref(root);
    if (text) {
        xclbin_buffer_append(out, text, strlen(text));
    }
    bool done = text && !out->failed;
    free(text);
    return done ? XCLBIN_OK
                : xclbin_fail(error, XCLBIN_FAULT_MEMORY, XCLBIN_USER_METADATA, 0,
                              "no memory for the manifest, or a name in it is not UTF-8");
}

/* --- reading --- */

static bool read_text(const json_t *object, const char *key, char out[64])
{
    const char *text = json_string_value(json_object_get(object, key));

    return text && xclbin_is_printable(text, SIZE_MAX) && xclbin_copy_text(out, 64, text);
}

static bool read_unsigned(const json_t *object, const char *key, uint64_t most, uint64_t *out)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > most) {
        return false;
    }
    *out = (uint64_t)json_integer_value(value);
    return true;
}

/* "0x" and two lower-case digits a byte, most significant first. */
static bool read_hex(const json_t *object, const char *key, uint8_t *out, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const char *text = json_string_value(json_object_get(object, key));

    if (!text || strlen(text) != 2 + 2 * size || memcmp(text, "0x", 2) != 0) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        const char *high = strchr(digits, text[2 + 2 * i]);
        const char *low = strchr(digits, text[3 + 2 * i]);
        if (!high || !low) {
            return false;
        }
        out[i] = (uint8_t)((high - digits) << 4 | (low - digits));
    }
    return true;
}

static bool read_hex32(const json_t *object, const char *key, uint32_t *out)
{
    uint8_t bytes[4];

    if (!read_hex(object, key, bytes, sizeof bytes)) {
        return false;
    }
    *out = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    return true;
}

static bool read_instances(const json_t *array, xclbin_manifest *manifest)
{
    size_t count = json_array_size(array);

    if (count == 0 || count > XCLBIN_MANIFEST_MAX_UNITS - manifest->unit_count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(array, i));
        xclbin_manifest_unit *unit = &manifest->units[manifest->unit_count];
        if (!name || !xclbin_is_printable(name, SIZE_MAX) ||
            !xclbin_copy_text(unit->instance, sizeof unit->instance, name)) {
            return false;
        }
        unit->kernel = manifest->kernel_count;
        manifest->unit_count++;
    }
    return true;
}

static bool read_kernels(const json_t *array, xclbin_manifest *manifest)
{
    size_t count = json_array_size(array);

    if (count > XCLBIN_MANIFEST_MAX_KERNELS) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *object = json_array_get(array, i);
        xclbin_manifest_kernel *kernel = &manifest->kernels[i];
        const char *version = json_string_value(json_object_get(object, "version"));
        uint64_t op;
        if (!read_text(object, "name", kernel->name) ||
            !read_unsigned(object, "op", UINT32_MAX, &op) ||
            !read_hex32(object, "id", &kernel->id) || !version ||
            !xclbin_parse_version(version, &kernel->version) ||
            !read_instances(json_object_get(object, "instances"), manifest)) {
            return false;
        }
        kernel->op = (uint32_t)op;
        manifest->kernel_count++;
    }
    return true;
}

static bool read_sections(const json_t *array, xclbin_manifest *manifest)
{
    size_t count = json_array_size(array);

    if (count > XCLBIN_MANIFEST_MAX_SECTIONS) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *object = json_array_get(array, i);
        xclbin_manifest_section *section = &manifest->sections[i];
        uint64_t kind;
        if (!read_unsigned(object, "kind", UINT32_MAX, &kind) ||
            !read_unsigned(object, "size", INT64_MAX, &section->size) ||
            !read_hex32(object, "crc32", &section->crc32) ||
            !read_hex(object, "sha256", section->sha256, sizeof section->sha256)) {
            return false;
        }
        section->kind = (uint32_t)kind;
    }
    manifest->section_count = (uint32_t)count;
    return true;
}

static bool read_manifest(const json_t *root, xclbin_manifest *manifest)
{
    uint64_t format;

    return read_unsigned(root, "format", XCLBIN_MANIFEST_FORMAT, &format) &&
           format == XCLBIN_MANIFEST_FORMAT && read_text(root, "name", manifest->name) &&
           read_text(root, "version", manifest->version) &&
           read_text(root, "target", manifest->target) &&
           read_text(root, "platform", manifest->platform) &&
           read_kernels(json_object_get(root, "kernels"), manifest) &&
           read_sections(json_object_get(root, "sections"), manifest);
}

int xclbin_manifest_read(const xclbin_reader *reader, xclbin_manifest *manifest,
                         xclbin_error *error)
{
    xclbin_section section;
    json_error_t where;

    *manifest = (xclbin_manifest){0};
    if (!xclbin_find_section(reader, XCLBIN_USER_METADATA, &section) || section.size == 0) {
        return xclbin_fail(error, XCLBIN_FAULT_MISSING, XCLBIN_USER_METADATA, 0,
                           "the container has no manifest (USER_METADATA), so that nothing says "
                           "what its sections must be");
    }
    json_t *root =
        json_loadb((const char *)section.data, section.size, JSON_REJECT_DUPLICATES, &where);
    if (!root && json_error_code(&where) == json_error_out_of_memory) {
        return xclbin_fail(error, XCLBIN_FAULT_MEMORY, XCLBIN_USER_METADATA, section.offset,
                           "no memory to read the manifest");
    }
    if (!root) {
        return xclbin_fail(error, XCLBIN_FAULT_CONTENT, XCLBIN_USER_METADATA, section.offset,
                           "USER_METADATA at offset %" PRIu64 ": the manifest is not JSON, byte %d",
                           section.offset, where.position);
    }
    bool read = read_manifest(root, manifest);
    json_decref(root);
    return read ? XCLBIN_OK
                : xclbin_fail(error, XCLBIN_FAULT_CONTENT, XCLBIN_USER_METADATA, section.offset,
                              "USER_METADATA at offset %" PRIu64 " is not a manifest of format %d",
                              section.offset, XCLBIN_MANIFEST_FORMAT);
}
