/* Structure of a container: checked once, whole, before anything is handed out. */
#include "driver/xclbin/xclbin.h"

#include <inttypes.h>
#include <string.h>

#include "driver/xclbin/bytes.h"
#include "driver/xclbin/error.h"
#include "driver/xclbin/layout.h"

static const uint8_t axlf_magic[AXLF_MAGIC_SIZE] = "xclbin2";

/* Copies a text field of `size` bytes, which need not be terminated, to size + 1 bytes. */
static void copy_text(char *to, const uint8_t *from, size_t size)
{
    memcpy(to, from, size);
    to[size] = 0;
}

/* A field that must be terminated, and printable up to there. */
static bool is_text(const uint8_t *field, size_t size)
{
    return memchr(field, 0, size) && xclbin_is_printable(field, size);
}

static int check_magic(const uint8_t *image, uint64_t length, xclbin_error *error)
{
    uint64_t present = length < AXLF_MAGIC_SIZE ? length : AXLF_MAGIC_SIZE;

    if (present && memcmp(image, axlf_magic, present) != 0) {
        return xclbin_fail(error, XCLBIN_FAULT_MAGIC, XCLBIN_HEADER_SECTION, AXLF_MAGIC,
                           "not an xclbin: the file does not begin with \"xclbin2\"");
    }
    if (length < AXLF_SECTION_HEADERS) {
        return xclbin_fail(error, XCLBIN_FAULT_TRUNCATED, XCLBIN_HEADER_SECTION, length,
                           "truncated: the header takes %d bytes, the file has %" PRIu64,
                           AXLF_SECTION_HEADERS, length);
    }
    return XCLBIN_OK;
}

/* The length field counts header and sections; a signature, where there is one, follows. */
static int check_length(const uint8_t *image, uint64_t length, xclbin_error *error)
{
    uint64_t announced = load64(image + AXLF_LENGTH);
    int32_t signature = (int32_t)load32(image + AXLF_SIGNATURE_LENGTH);
    uint64_t total;

    if (signature < -1) {
        return xclbin_fail(error, XCLBIN_FAULT_HEADER, XCLBIN_HEADER_SECTION, AXLF_SIGNATURE_LENGTH,
                           "header: signature length %" PRId32 " at offset %d is negative",
                           signature, AXLF_SIGNATURE_LENGTH);
    }
    if (__builtin_add_overflow(announced, signature > 0 ? (uint64_t)signature : 0, &total) ||
        total > length) {
        return xclbin_fail(error, XCLBIN_FAULT_TRUNCATED, XCLBIN_HEADER_SECTION, AXLF_LENGTH,
                           "truncated: the header announces %" PRIu64 " bytes and a signature of "
                           "%" PRId32 ", the file has %" PRIu64,
                           announced, signature > 0 ? signature : 0, length);
    }
    if (total != length) {
        return xclbin_fail(error, XCLBIN_FAULT_LENGTH, XCLBIN_HEADER_SECTION, AXLF_LENGTH,
                           "header: the length field says %" PRIu64 " bytes, the file has %" PRIu64,
                           total, length);
    }
    return XCLBIN_OK;
}

static int check_header(const uint8_t *image, uint64_t length, xclbin_error *error)
{
    uint16_t mode = load16(image + AXLF_MODE);
    uint32_t sections = load32(image + AXLF_SECTION_COUNT);
    uint64_t end = AXLF_SECTION_HEADERS + (uint64_t)sections * AXLF_SECTION_HEADER_SIZE;

    if (image[AXLF_VERSION_MAJOR] != 2) {
        return xclbin_fail(error, XCLBIN_FAULT_HEADER, XCLBIN_HEADER_SECTION, AXLF_VERSION_MAJOR,
                           "header: container version %u at offset %d, only 2 is known",
                           image[AXLF_VERSION_MAJOR], AXLF_VERSION_MAJOR);
    }
    if (mode > AXLF_MODE_HW_EMU_PR) {
        return xclbin_fail(error, XCLBIN_FAULT_HEADER, XCLBIN_HEADER_SECTION, AXLF_MODE,
                           "header: mode %u at offset %d is unknown", mode, AXLF_MODE);
    }
    if (!is_text(image + AXLF_PLATFORM, AXLF_PLATFORM_SIZE)) {
        return xclbin_fail(error, XCLBIN_FAULT_HEADER, XCLBIN_HEADER_SECTION, AXLF_PLATFORM,
                           "header: the platform name at offset %d is not a terminated text",
                           AXLF_PLATFORM);
    }
    if (sections == 0 || sections > XCLBIN_MAX_SECTIONS) {
        return xclbin_fail(error, XCLBIN_FAULT_HEADER, XCLBIN_HEADER_SECTION, AXLF_SECTION_COUNT,
                           "header: %" PRIu32 " sections at offset %d; between 1 and %u can be",
                           sections, AXLF_SECTION_COUNT, XCLBIN_MAX_SECTIONS);
    }
    if (end > length) {
        return xclbin_fail(error, XCLBIN_FAULT_TRUNCATED, XCLBIN_HEADER_SECTION, AXLF_SECTION_COUNT,
                           "truncated: the headers of %" PRIu32 " sections end at offset %" PRIu64
                           ", the file at %" PRIu64,
                           sections, end, length);
    }
    return XCLBIN_OK;
}

static const uint8_t *section_header(const xclbin_reader *reader, uint32_t index)
{
    return reader->image + AXLF_SECTION_HEADERS + (uint64_t)index * AXLF_SECTION_HEADER_SIZE;
}

static uint64_t header_offset(const xclbin_reader *reader, uint32_t index)
{
    return (uint64_t)(section_header(reader, index) - reader->image);
}

/* A section lies behind the section headers, in front of the end, at a multiple of 8. */
static int check_section_place(const xclbin_reader *reader, uint32_t index, xclbin_error *error)
{
    const uint8_t *header = section_header(reader, index);
    uint32_t kind = load32(header + AXLF_SECTION_KIND);
    uint64_t offset = load64(header + AXLF_SECTION_OFFSET);
    uint64_t size = load64(header + AXLF_SECTION_SIZE);
    uint64_t headers_end = header_offset(reader, reader->section_count);
    uint64_t content_end = load64(reader->image + AXLF_LENGTH);
    uint64_t end;
    const char *name = xclbin_section_name(kind);

    if (!xclbin_is_printable(header + AXLF_SECTION_NAME, AXLF_SECTION_NAME_SIZE)) {
        return xclbin_fail(error, XCLBIN_FAULT_HEADER, kind, header_offset(reader, index),
                           "%s (section %" PRIu32 "): its name is not printable", name, index);
    }
    if (size == 0 && offset == 0) {
        return XCLBIN_OK; /* how the format writes "not present" */
    }
    if (__builtin_add_overflow(offset, size, &end) || end > content_end) {
        return xclbin_fail(error, XCLBIN_FAULT_OUT_OF_RANGE, kind, header_offset(reader, index),
                           "%s (section %" PRIu32 "): %" PRIu64 " bytes at offset %" PRIu64
                           " lie outside the %" PRIu64 " bytes of the container",
                           name, index, size, offset, content_end);
    }
    if (offset < headers_end) {
        return xclbin_fail(error, XCLBIN_FAULT_OVERLAP, kind, header_offset(reader, index),
                           "%s (section %" PRIu32 ") at offset %" PRIu64
                           " overlaps the headers, which end at %" PRIu64,
                           name, index, offset, headers_end);
    }
    if (offset % AXLF_SECTION_ALIGNMENT != 0) {
        return xclbin_fail(error, XCLBIN_FAULT_MISALIGNED, kind, header_offset(reader, index),
                           "%s (section %" PRIu32 ") at offset %" PRIu64
                           " is not aligned to %d bytes",
                           name, index, offset, AXLF_SECTION_ALIGNMENT);
    }
    return XCLBIN_OK;
}

/* Kinds of which a container may hold several, told apart by their names. */
static bool may_repeat(uint32_t kind)
{
    return kind == XCLBIN_SOFT_KERNEL || kind == XCLBIN_ASK_FLASH || kind == XCLBIN_VENDER_METADATA;
}

static int check_section_pair(const xclbin_reader *reader, uint32_t first, uint32_t second,
                              xclbin_error *error)
{
    xclbin_section a = xclbin_section_at(reader, first);
    xclbin_section b = xclbin_section_at(reader, second);

    if (a.kind == b.kind && !(may_repeat(a.kind) && strcmp(a.name, b.name) != 0)) {
        return xclbin_fail(error, XCLBIN_FAULT_DUPLICATE, b.kind, header_offset(reader, second),
                           "%s stands in the container twice (sections %" PRIu32 " and %" PRIu32
                           ")",
                           xclbin_section_name(b.kind), first, second);
    }
    if (a.size && b.size && a.offset < b.offset + b.size && b.offset < a.offset + a.size) {
        return xclbin_fail(error, XCLBIN_FAULT_OVERLAP, b.kind, header_offset(reader, second),
                           "%s (section %" PRIu32 ", offset %" PRIu64 ", %" PRIu64 " bytes) "
                           "overlaps %s (section %" PRIu32 ", offset %" PRIu64 ", %" PRIu64
                           " bytes)",
                           xclbin_section_name(b.kind), second, b.offset, b.size,
                           xclbin_section_name(a.kind), first, a.offset, a.size);
    }
    return XCLBIN_OK;
}

static int check_sections(const xclbin_reader *reader, xclbin_error *error)
{
    int fault = XCLBIN_OK;

    for (uint32_t i = 0; i < reader->section_count && !fault; i++) {
        fault = check_section_place(reader, i, error);
    }
    for (uint32_t i = 1; i < reader->section_count && !fault; i++) {
        for (uint32_t j = 0; j < i && !fault; j++) {
            fault = check_section_pair(reader, j, i, error);
        }
    }
    return fault;
}

/* Finds the table in a section of the form `i32 count, padding, entries`. An absent section is an
 * empty table. The size of the section must be exactly that of its entries. */
static int open_table(const xclbin_reader *reader, uint32_t kind, uint64_t header_size,
                      uint64_t entry_size, xclbin_table *table, xclbin_error *error)
{
    xclbin_section section;

    *table = (xclbin_table){NULL, 0};
    if (!xclbin_find_section(reader, kind, &section) || section.size == 0) {
        return XCLBIN_OK;
    }
    if (section.size < header_size) {
        return xclbin_fail(error, XCLBIN_FAULT_CONTENT, kind, section.offset,
                           "%s at offset %" PRIu64 ": %" PRIu64
                           " bytes are too few for the entry count",
                           xclbin_section_name(kind), section.offset, section.size);
    }
    uint32_t count = load32(section.data);
    uint64_t needed = header_size + (uint64_t)count * entry_size;
    if (count > INT32_MAX || needed != section.size) {
        return xclbin_fail(error, XCLBIN_FAULT_CONTENT, kind, section.offset,
                           "%s at offset %" PRIu64 ": %" PRId32 " entries need %" PRIu64
                           " bytes, the section has %" PRIu64,
                           xclbin_section_name(kind), section.offset, (int32_t)count, needed,
                           section.size);
    }
    *table = (xclbin_table){section.data + header_size, count};
    return XCLBIN_OK;
}

static const uint8_t *ip_entry(const xclbin_reader *reader, uint32_t index)
{
    return reader->ips.entries + (uint64_t)index * AXLF_IP_SIZE;
}

static bool ip_is_kernel(const xclbin_reader *reader, uint32_t index)
{
    return load32(ip_entry(reader, index) + AXLF_IP_TYPE) == AXLF_IP_TYPE_KERNEL;
}

/* Names of compute units are "kernel:instance", terminated, with neither part empty. */
static int check_ip_names(const xclbin_reader *reader, xclbin_error *error)
{
    for (uint32_t i = 0; i < reader->ips.count; i++) {
        const uint8_t *name = ip_entry(reader, i) + AXLF_IP_NAME;
        const char *colon;
        uint64_t offset = (uint64_t)(name - reader->image);

        if (!is_text(name, AXLF_IP_NAME_SIZE)) {
            return xclbin_fail(error, XCLBIN_FAULT_CONTENT, XCLBIN_IP_LAYOUT, offset,
                               "IP_LAYOUT: the name of entry %" PRIu32 " at offset %" PRIu64
                               " is not a terminated text",
                               i, offset);
        }
        colon = strchr((const char *)name, ':');
        if (ip_is_kernel(reader, i) && (!colon || *name == ':' || !colon[1])) {
            return xclbin_fail(error, XCLBIN_FAULT_CONTENT, XCLBIN_IP_LAYOUT, offset,
                               "IP_LAYOUT: the name of entry %" PRIu32 " at offset %" PRIu64
                               " is not of the form kernel:instance",
                               i, offset);
        }
    }
    return XCLBIN_OK;
}

/* Two kernels must differ in name and in the address of their registers. */
static int check_ip_pair(const xclbin_reader *reader, uint32_t first, uint32_t second,
                         xclbin_error *error)
{
    const uint8_t *a = ip_entry(reader, first);
    const uint8_t *b = ip_entry(reader, second);
    uint64_t base = load64(a + AXLF_IP_BASE);

    if (!ip_is_kernel(reader, first) || !ip_is_kernel(reader, second)) {
        return XCLBIN_OK;
    }
    if (strcmp((const char *)a + AXLF_IP_NAME, (const char *)b + AXLF_IP_NAME) == 0 ||
        (base == load64(b + AXLF_IP_BASE) && base != UINT64_MAX)) {
        return xclbin_fail(error, XCLBIN_FAULT_DUPLICATE, XCLBIN_IP_LAYOUT,
                           (uint64_t)(b - reader->image),
                           "IP_LAYOUT: entries %" PRIu32 " and %" PRIu32
                           " have the same name or the same address 0x%" PRIx64,
                           first, second, load64(b + AXLF_IP_BASE));
    }
    return XCLBIN_OK;
}

#define MAX_IPS 1024u /* keeps the comparison of all pairs short on a hostile file */

static int check_ips(const xclbin_reader *reader, xclbin_error *error)
{
    int fault = check_ip_names(reader, error);

    if (!fault && reader->ips.count > MAX_IPS) {
        return xclbin_fail(error, XCLBIN_FAULT_CONTENT, XCLBIN_IP_LAYOUT, 0,
                           "IP_LAYOUT: %" PRIu32 " entries; at most %u can be", reader->ips.count,
                           MAX_IPS);
    }
    for (uint32_t i = 1; i < reader->ips.count && !fault; i++) {
        for (uint32_t j = 0; j < i && !fault; j++) {
            fault = check_ip_pair(reader, j, i, error);
        }
    }
    return fault;
}

static int check_memories(const xclbin_reader *reader, xclbin_error *error)
{
    for (uint32_t i = 0; i < reader->memories.count; i++) {
        const uint8_t *tag =
            reader->memories.entries + (uint64_t)i * AXLF_MEMORY_SIZE + AXLF_MEMORY_TAG;
        if (!is_text(tag, AXLF_MEMORY_TAG_SIZE)) {
            return xclbin_fail(error, XCLBIN_FAULT_CONTENT, XCLBIN_MEM_TOPOLOGY,
                               (uint64_t)(tag - reader->image),
                               "MEM_TOPOLOGY: the tag of entry %" PRIu32 " at offset %" PRIu64
                               " is not a terminated text",
                               i, (uint64_t)(tag - reader->image));
        }
    }
    return XCLBIN_OK;
}

/* The indices of one connection table, against the memories that it refers to. */
static int check_connections(const xclbin_reader *reader, uint32_t kind,
                             const xclbin_table *connections, uint32_t memories,
                             xclbin_error *error)
{
    for (uint32_t i = 0; i < connections->count; i++) {
        const uint8_t *entry = connections->entries + (uint64_t)i * AXLF_CONNECTION_SIZE;
        uint64_t offset = (uint64_t)(entry - reader->image);
        uint32_t ip = load32(entry + AXLF_CONNECTION_IP);
        uint32_t memory = load32(entry + AXLF_CONNECTION_MEMORY);

        if (load32(entry + AXLF_CONNECTION_ARGUMENT) > INT32_MAX) {
            return xclbin_fail(error, XCLBIN_FAULT_OUT_OF_RANGE, kind, offset,
                               "%s: entry %" PRIu32 " at offset %" PRIu64
                               " has a negative argument index",
                               xclbin_section_name(kind), i, offset);
        }
        if (ip >= reader->ips.count) {
            return xclbin_fail(error, XCLBIN_FAULT_OUT_OF_RANGE, kind, offset,
                               "%s: entry %" PRIu32 " at offset %" PRIu64 " names IP %" PRIu32
                               ", IP_LAYOUT has %" PRIu32,
                               xclbin_section_name(kind), i, offset, ip, reader->ips.count);
        }
        if (memory >= memories) {
            return xclbin_fail(error, XCLBIN_FAULT_OUT_OF_RANGE, kind, offset,
                               "%s: entry %" PRIu32 " at offset %" PRIu64 " names memory %" PRIu32
                               ", the topology has %" PRIu32,
                               xclbin_section_name(kind), i, offset, memory, memories);
        }
    }
    return XCLBIN_OK;
}

/* Kernel arguments may point only into memories that are used. */
static int check_memories_used(const xclbin_reader *reader, xclbin_error *error)
{
    for (uint32_t i = 0; i < reader->connections.count; i++) {
        uint32_t memory = xclbin_connection_at(reader, i).memory;
        if (!xclbin_memory_at(reader, memory).used) {
            return xclbin_fail(error, XCLBIN_FAULT_CONTENT, XCLBIN_CONNECTIVITY, 0,
                               "CONNECTIVITY: entry %" PRIu32 " names memory %" PRIu32
                               ", which MEM_TOPOLOGY marks as not used",
                               i, memory);
        }
    }
    return XCLBIN_OK;
}

static int check_groups(const xclbin_reader *reader, xclbin_error *error)
{
    xclbin_table memories;
    xclbin_table connections;
    int fault;

    if ((fault = open_table(reader, XCLBIN_ASK_GROUP_TOPOLOGY, AXLF_MEMORY_HEADER_SIZE,
                            AXLF_MEMORY_SIZE, &memories, error)) ||
        (fault = open_table(reader, XCLBIN_ASK_GROUP_CONNECTIVITY, AXLF_CONNECTION_HEADER_SIZE,
                            AXLF_CONNECTION_SIZE, &connections, error))) {
        return fault;
    }
    return check_connections(reader, XCLBIN_ASK_GROUP_CONNECTIVITY, &connections, memories.count,
                             error);
}

static int check_tables(xclbin_reader *reader, xclbin_error *error)
{
    int fault;

    if ((fault = open_table(reader, XCLBIN_MEM_TOPOLOGY, AXLF_MEMORY_HEADER_SIZE, AXLF_MEMORY_SIZE,
                            &reader->memories, error)) ||
        (fault = open_table(reader, XCLBIN_IP_LAYOUT, AXLF_IP_HEADER_SIZE, AXLF_IP_SIZE,
                            &reader->ips, error)) ||
        (fault = open_table(reader, XCLBIN_CONNECTIVITY, AXLF_CONNECTION_HEADER_SIZE,
                            AXLF_CONNECTION_SIZE, &reader->connections, error)) ||
        (fault = check_memories(reader, error)) || (fault = check_ips(reader, error)) ||
        (fault = check_connections(reader, XCLBIN_CONNECTIVITY, &reader->connections,
                                   reader->memories.count, error)) ||
        (fault = check_memories_used(reader, error))) {
        return fault;
    }
    return check_groups(reader, error);
}

int xclbin_open(xclbin_reader *reader, const void *image, size_t length, xclbin_error *error)
{
    int fault;

    *reader = (xclbin_reader){.image = image, .length = length};
    if ((fault = check_magic(image, length, error)) ||
        (fault = check_length(image, length, error)) ||
        (fault = check_header(image, length, error))) {
        return fault;
    }
    reader->section_count = load32(reader->image + AXLF_SECTION_COUNT);
    if ((fault = check_sections(reader, error))) {
        return fault;
    }
    return check_tables(reader, error);
}

int xclbin_require(const xclbin_reader *reader, uint32_t kind, xclbin_error *error)
{
    xclbin_section section;

    if (xclbin_find_section(reader, kind, &section) && section.size != 0) {
        return XCLBIN_OK;
    }
    return xclbin_fail(error, XCLBIN_FAULT_MISSING, kind, 0, "the container has no %s section",
                       xclbin_section_name(kind));
}

xclbin_target xclbin_get_target(const xclbin_reader *reader)
{
    switch (load16(reader->image + AXLF_MODE)) {
    case AXLF_MODE_HW_EMU:
    case AXLF_MODE_HW_EMU_PR:
        return XCLBIN_TARGET_HW_EMU;
    case AXLF_MODE_SW_EMU:
        return XCLBIN_TARGET_SW_EMU;
    default:
        return XCLBIN_TARGET_HW;
    }
}

const char *xclbin_platform(const xclbin_reader *reader)
{
    return (const char *)reader->image + AXLF_PLATFORM;
}

const uint8_t *xclbin_uuid(const xclbin_reader *reader)
{
    return reader->image + AXLF_UUID;
}

uint32_t xclbin_section_count(const xclbin_reader *reader)
{
    return reader->section_count;
}

xclbin_section xclbin_section_at(const xclbin_reader *reader, uint32_t index)
{
    const uint8_t *header = section_header(reader, index);
    xclbin_section section = {
        .kind = load32(header + AXLF_SECTION_KIND),
        .offset = load64(header + AXLF_SECTION_OFFSET),
        .size = load64(header + AXLF_SECTION_SIZE),
    };

    copy_text(section.name, header + AXLF_SECTION_NAME, AXLF_SECTION_NAME_SIZE);
    section.data = reader->image + section.offset;
    return section;
}

bool xclbin_find_section(const xclbin_reader *reader, uint32_t kind, xclbin_section *section)
{
    for (uint32_t i = 0; i < reader->section_count; i++) {
        if (load32(section_header(reader, i) + AXLF_SECTION_KIND) == kind) {
            *section = xclbin_section_at(reader, i);
            return true;
        }
    }
    return false;
}

uint32_t xclbin_memory_count(const xclbin_reader *reader)
{
    return reader->memories.count;
}

xclbin_memory xclbin_memory_at(const xclbin_reader *reader, uint32_t index)
{
    const uint8_t *entry = reader->memories.entries + (uint64_t)index * AXLF_MEMORY_SIZE;
    xclbin_memory memory = {
        .type = entry[AXLF_MEMORY_TYPE],
        .used = entry[AXLF_MEMORY_USED] != 0,
        .base = load64(entry + AXLF_MEMORY_BASE),
        .kbytes = load64(entry + AXLF_MEMORY_KBYTES),
    };

    copy_text(memory.tag, entry + AXLF_MEMORY_TAG, AXLF_MEMORY_TAG_SIZE);
    return memory;
}

uint32_t xclbin_unit_count(const xclbin_reader *reader)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < reader->ips.count; i++) {
        count += ip_is_kernel(reader, i);
    }
    return count;
}

static xclbin_unit unit_of_ip(const xclbin_reader *reader, uint32_t ip)
{
    const uint8_t *entry = ip_entry(reader, ip);
    const char *name = (const char *)entry + AXLF_IP_NAME;
    size_t kernel_length = strcspn(name, ":");
    xclbin_unit unit = {
        .base = load64(entry + AXLF_IP_BASE),
        .protocol = (uint8_t)(load32(entry + AXLF_IP_PROPERTIES) >> 8),
        .ip_index = ip,
    };

    memcpy(unit.kernel, name, kernel_length);
    memcpy(unit.instance, name + kernel_length + 1, strlen(name + kernel_length + 1));
    return unit;
}

xclbin_unit xclbin_unit_at(const xclbin_reader *reader, uint32_t index)
{
    uint32_t ip = 0;

    for (uint32_t seen = 0;; ip++) {
        if (ip_is_kernel(reader, ip) && seen++ == index) {
            return unit_of_ip(reader, ip);
        }
    }
}

uint32_t xclbin_kernel_units(const xclbin_reader *reader, const char *kernel)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < reader->ips.count; i++) {
        count += ip_is_kernel(reader, i) && strcmp(unit_of_ip(reader, i).kernel, kernel) == 0;
    }
    return count;
}

uint32_t xclbin_connection_count(const xclbin_reader *reader)
{
    return reader->connections.count;
}

xclbin_connection xclbin_connection_at(const xclbin_reader *reader, uint32_t index)
{
    const uint8_t *entry = reader->connections.entries + (uint64_t)index * AXLF_CONNECTION_SIZE;

    return (xclbin_connection){
        .argument = load32(entry + AXLF_CONNECTION_ARGUMENT),
        .ip_index = load32(entry + AXLF_CONNECTION_IP),
        .memory = load32(entry + AXLF_CONNECTION_MEMORY),
    };
}
