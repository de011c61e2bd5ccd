/* hyperion bitstream inspect: what a container holds, for people and for programs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "driver/xclbin/kernel.h"
#include "driver/xclbin/manifest.h"
#include "host/cli/bitstream.h"
#include "host/cli/cli.h"

/* The manifest, or NULL where the container has none that can be read. The caller frees it. */
static xclbin_manifest *manifest_of(const xclbin_reader *reader)
{
    xclbin_manifest *manifest = malloc(sizeof *manifest);

    if (manifest && xclbin_manifest_read(reader, manifest, NULL) != XCLBIN_OK) {
        free(manifest);
        manifest = NULL;
    }
    return manifest;
}

static const char *protocol_name(uint8_t protocol)
{
    const char *name = xclbin_protocol_name(protocol);
    return name ? name : "unknown";
}

/* --- table --- */

static void print_header(const char *file, const xclbin_reader *reader,
                         const xclbin_manifest *manifest)
{
    char uuid[37];
    bool simulated = xclbin_get_target(reader) != XCLBIN_TARGET_HW;

    xclbin_format_uuid(xclbin_uuid(reader), uuid);
    printf("%s\n", file);
    if (manifest) {
        printf("  name      %s %s\n", manifest->name, manifest->version);
    } else {
        printf("  name      - (no manifest)\n");
    }
    printf("  target    %s%s\n", xclbin_target_name(xclbin_get_target(reader)),
           simulated ? " (simulated card)" : "");
    printf("  platform  %s\n  uuid      %s\n  length    %" PRIu64 " bytes\n",
           xclbin_platform(reader), uuid, reader->length);
}

static void print_sections(const xclbin_reader *reader)
{
    printf("\n  %-24s  %4s  %10s  %10s  %s\n", "SECTION", "KIND", "OFFSET", "SIZE", "CRC32");
    for (uint32_t i = 0; i < xclbin_section_count(reader); i++) {
        xclbin_section section = xclbin_section_at(reader, i);
        xclbin_manifest_section hashes = {0};
        xclbin_manifest_describe(&hashes, section.kind, section.data, section.size);
        printf("  %-24s  %4" PRIu32 "  %10" PRIu64 "  %10" PRIu64 "  0x%08" PRIx32 "\n",
               xclbin_section_name(section.kind), section.kind, section.offset, section.size,
               hashes.crc32);
    }
}

static void print_memories(const xclbin_reader *reader)
{
    printf("\n  %-16s  %-8s  %-18s  %10s  %s\n", "MEMORY", "TYPE", "BASE", "MIB", "USED");
    for (uint32_t i = 0; i < xclbin_memory_count(reader); i++) {
        xclbin_memory memory = xclbin_memory_at(reader, i);
        printf("  %-16s  %-8s  0x%016" PRIx64 "  %10" PRIu64 "  %s\n", memory.tag,
               xclbin_memory_type_name(memory.type), memory.base, memory.kbytes / 1024,
               memory.used ? "yes" : "no");
    }
}

static void print_units(const xclbin_reader *reader)
{
    printf("\n  %-16s  %-20s  %-18s  %s\n", "KERNEL", "COMPUTE UNIT", "BASE", "PROTOCOL");
    for (uint32_t i = 0; i < xclbin_unit_count(reader); i++) {
        xclbin_unit unit = xclbin_unit_at(reader, i);
        printf("  %-16s  %-20s  0x%016" PRIx64 "  %s\n", unit.kernel, unit.instance, unit.base,
               protocol_name(unit.protocol));
    }
}

static void print_kernels(const xclbin_manifest *manifest)
{
    printf("\n  %-16s  %3s  %-10s  %s\n", "KERNEL", "OP", "ID", "VERSION");
    for (uint32_t i = 0; i < manifest->kernel_count; i++) {
        const xclbin_manifest_kernel *kernel = &manifest->kernels[i];
        char version[16];
        xclbin_format_version(kernel->version, version);
        printf("  %-16s  %3" PRIu32 "  0x%08" PRIx32 "  %s\n", kernel->name, kernel->op, kernel->id,
               version);
    }
}

void bitstream_print_table(const char *file, const xclbin_reader *reader)
{
    xclbin_manifest *manifest = manifest_of(reader);

    print_header(file, reader, manifest);
    print_sections(reader);
    print_memories(reader);
    print_units(reader);
    if (manifest) {
        print_kernels(manifest);
    }
    free(manifest);
}

/* --- JSON --- */

static json_t *json_address(uint64_t address)
{
    return json_sprintf("0x%" PRIx64, address);
}

static json_t *json_sections(const xclbin_reader *reader)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < xclbin_section_count(reader); i++) {
        xclbin_section section = xclbin_section_at(reader, i);
        xclbin_manifest_section hashes = {0};
        xclbin_manifest_describe(&hashes, section.kind, section.data, section.size);
        json_array_append_new(
            array, json_pack("{s:I, s:s, s:I, s:I, s:o, s:o}", "kind", (json_int_t)section.kind,
                             "name", xclbin_section_name(section.kind), "offset",
                             (json_int_t)section.offset, "size", (json_int_t)section.size, "crc32",
                             json_sprintf("0x%08" PRIx32, hashes.crc32), "sha256",
                             cli_json_hex(hashes.sha256, sizeof hashes.sha256)));
    }
    return array;
}

static json_t *json_memories(const xclbin_reader *reader)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < xclbin_memory_count(reader); i++) {
        xclbin_memory memory = xclbin_memory_at(reader, i);
        json_array_append_new(array, json_pack("{s:s, s:s, s:o, s:I, s:b}", "tag", memory.tag,
                                               "type", xclbin_memory_type_name(memory.type), "base",
                                               json_address(memory.base), "kbytes",
                                               (json_int_t)memory.kbytes, "used", memory.used));
    }
    return array;
}

/* The memories that the arguments of one unit point to: [{"argument","memory"}…]. */
static json_t *json_connections(const xclbin_reader *reader, uint32_t ip)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < xclbin_connection_count(reader); i++) {
        xclbin_connection connection = xclbin_connection_at(reader, i);
        if (connection.ip_index == ip) {
            xclbin_memory memory = xclbin_memory_at(reader, connection.memory);
            json_array_append_new(array,
                                  json_pack("{s:I, s:s}", "argument",
                                            (json_int_t)connection.argument, "memory", memory.tag));
        }
    }
    return array;
}

static json_t *json_units(const xclbin_reader *reader)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < xclbin_unit_count(reader); i++) {
        xclbin_unit unit = xclbin_unit_at(reader, i);
        json_array_append_new(array,
                              json_pack("{s:s, s:s, s:o, s:s, s:o}", "kernel", unit.kernel,
                                        "instance", unit.instance, "base", json_address(unit.base),
                                        "protocol", protocol_name(unit.protocol), "connections",
                                        json_connections(reader, unit.ip_index)));
    }
    return array;
}

static json_t *json_kernels(const xclbin_manifest *manifest)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < manifest->kernel_count; i++) {
        const xclbin_manifest_kernel *kernel = &manifest->kernels[i];
        char version[16];
        xclbin_format_version(kernel->version, version);
        json_array_append_new(array, json_pack("{s:s, s:I, s:o, s:s}", "name", kernel->name, "op",
                                               (json_int_t)kernel->op, "id",
                                               json_sprintf("0x%08" PRIx32, kernel->id), "version",
                                               version));
    }
    return array;
}

static json_t *json_manifest(const xclbin_reader *reader)
{
    xclbin_manifest *manifest = manifest_of(reader);
    json_t *object = manifest ? json_pack("{s:s, s:s, s:o}", "name", manifest->name, "version",
                                          manifest->version, "kernels", json_kernels(manifest))
                              : json_null();

    free(manifest);
    return object;
}

void bitstream_print_json(const char *file, const xclbin_reader *reader)
{
    char uuid[37];

    xclbin_format_uuid(xclbin_uuid(reader), uuid);
    cli_print_json(json_pack(
        "{s:o, s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:o}", "file", cli_json_text(file), "target",
        xclbin_target_name(xclbin_get_target(reader)), "platform", xclbin_platform(reader), "uuid",
        uuid, "length", (json_int_t)reader->length, "manifest", json_manifest(reader), "sections",
        json_sections(reader), "memories", json_memories(reader), "units", json_units(reader)));
}
