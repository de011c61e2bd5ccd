#include "driver/xclbin/pack.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "driver/xclbin/bytes.h"
#include "driver/xclbin/error.h"
#include "driver/xclbin/layout.h"
#include "driver/xclbin/writer.h"
#include "driver/xclbin/zip.h"
#include "sim/address_map.h"

enum {
    MEMORY_DDR4 = 1,
    IP_INTERRUPT_ENABLE = 1,
    IP_INTERRUPT_SHIFT = 1,
    IP_PROTOCOL_SHIFT = 8,
};

#define MEMORY_TAG "bank0" /* the simulated card's only memory */

/* XRT unpacks the payload, looks for this folder and starts simulate.sh there. */
#define PAYLOAD_FOLDER  "behav_waveform/xsim/"
#define PAYLOAD_PROGRAM "hyperion-sim-card"

static const char simulate_script[] = "#!/bin/sh\n"
                                      "# Started by XRT; becomes the simulated card.\n"
                                      "cd \"$(dirname \"$0\")\" && exec ./" PAYLOAD_PROGRAM "\n";

/* The parts of a container while it is made. */
typedef struct container_parts {
    xclbin_buffer payload;
    xclbin_buffer metadata;
    xclbin_buffer memories;
    xclbin_buffer ips;
    xclbin_buffer connections;
} container_parts;

static void free_parts(container_parts *parts)
{
    xclbin_buffer_free(&parts->payload);
    xclbin_buffer_free(&parts->metadata);
    xclbin_buffer_free(&parts->memories);
    xclbin_buffer_free(&parts->ips);
    xclbin_buffer_free(&parts->connections);
}

static int check_ports(const xclbin_kernel *kernel, xclbin_error *error)
{
    for (uint32_t i = 0; i < kernel->port_count; i++) {
        const xclbin_port *port = &kernel->ports[i];
        if (port->master && strcmp(port->memory, "all") != 0 &&
            strcmp(port->memory, MEMORY_TAG) != 0) {
            return xclbin_fail(error, XCLBIN_FAULT_INPUT, XCLBIN_CONNECTIVITY, 0,
                               "kernel %s: port %s wants memory %s; the simulated card has "
                               "only " MEMORY_TAG,
                               kernel->name, port->name, port->memory);
        }
        if (!port->master && port->range > SIM_UNIT_STEP) {
            return xclbin_fail(error, XCLBIN_FAULT_INPUT, XCLBIN_IP_LAYOUT, 0,
                               "kernel %s: %" PRIu64 " bytes of registers do not fit the %" PRIu64
                               " of a unit",
                               kernel->name, port->range, (uint64_t)SIM_UNIT_STEP);
        }
    }
    return XCLBIN_OK;
}

static int check_options(const xclbin_pack_options *options, const xclbin_seal_options *contents,
                         xclbin_error *error)
{
    int fault = xclbin_check_name(options->platform, error);

    if (!fault) {
        fault = xclbin_seal_check(contents, error);
    }
    for (uint32_t i = 0; i < options->kernel_count && !fault; i++) {
        fault = check_ports(options->kernels[i].kernel, error);
    }
    return fault;
}

/* --- EMBEDDED_METADATA --- */

static void print_platform(xclbin_buffer *xml, const xclbin_pack_options *options)
{
    const char *platform = options->platform;
    int vendor = (int)strcspn(platform, "_");
    const char *board = platform + vendor + (platform[vendor] != 0);
    int board_length = (int)strcspn(board, "_");
    const char *name = board + board_length + (board[board_length] != 0);

    xclbin_buffer_print(xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project name=\"%s\">\n",
                        options->name);
    xclbin_buffer_print(xml,
                        "<platform vendor=\"%.*s\" boardid=\"%.*s\" name=\"%s\" "
                        "featureRomTime=\"0\"><version major=\"0\" minor=\"1\"/>\n",
                        vendor, platform, board_length, board, name);
    xclbin_buffer_print(xml, "<device name=\"fpga0\" fpgaDevice=\"\" addrWidth=\"0\">\n"
                             "<core name=\"OCL_REGION_0\" target=\"csim\" type=\"clc_region\" "
                             "clockFreq=\"0MHz\" numComputeUnits=\"60\">\n");
}

static void print_ports(xclbin_buffer *xml, const xclbin_kernel *kernel)
{
    for (uint32_t i = 0; i < kernel->port_count; i++) {
        const xclbin_port *port = &kernel->ports[i];
        xclbin_buffer_print(xml,
                            "<port name=\"%s\" mode=\"%s\" range=\"0x%" PRIX64
                            "\" dataWidth=\"%" PRIu32
                            "\" portType=\"addressable\" base=\"0x0\"/>\n",
                            port->name, port->master ? "master" : "slave",
                            port->master ? UINT64_MAX : port->range, port->data_width);
    }
}

static void print_arguments(xclbin_buffer *xml, const xclbin_kernel *kernel)
{
    for (uint32_t i = 0; i < kernel->argument_count; i++) {
        const xclbin_argument *argument = &kernel->arguments[i];
        xclbin_buffer_print(xml,
                            "<arg name=\"%s\" addressQualifier=\"%d\" id=\"%" PRIu32
                            "\" port=\"%s\" size=\"0x%" PRIX32 "\" offset=\"0x%" PRIX32
                            "\" hostOffset=\"0x0\" hostSize=\"0x%" PRIX32 "\" type=\"%s\"/>\n",
                            argument->name, argument->global ? 1 : 0, i,
                            kernel->ports[argument->port].name, argument->size, argument->offset,
                            argument->size, argument->type);
    }
}

static const xclbin_port *control_port(const xclbin_kernel *kernel)
{
    for (uint32_t i = 0; i < kernel->port_count; i++) {
        if (!kernel->ports[i].master) {
            return &kernel->ports[i];
        }
    }
    return NULL;
}

static void print_instances(xclbin_buffer *xml, const xclbin_pack_kernel *packed, uint32_t first)
{
    const xclbin_port *control = control_port(packed->kernel);

    for (uint32_t i = 0; control && i < packed->units; i++) {
        xclbin_buffer_print(xml,
                            "<instance name=\"%s_%" PRIu32 "\"><addrRemap base=\"0x%" PRIX64
                            "\" range=\"0x%" PRIX64 "\" port=\"%s\"/></instance>\n",
                            packed->kernel->name, i + 1,
                            SIM_UNIT_BASE + (first + i) * SIM_UNIT_STEP, control->range,
                            control->name);
    }
}

static void print_metadata(xclbin_buffer *xml, const xclbin_pack_options *options)
{
    uint32_t first = 0;

    print_platform(xml, options);
    for (uint32_t i = 0; i < options->kernel_count; i++) {
        const xclbin_pack_kernel *packed = &options->kernels[i];
        const xclbin_kernel *kernel = packed->kernel;
        xclbin_buffer_print(
            xml,
            "<kernel name=\"%s\" language=\"ip_c\" vlnv=\"hyperion:kernel:%s:%u.%u\" "
            "preferredWorkGroupSizeMultiple=\"0\" workGroupSize=\"1\" "
            "interrupt=\"true\" hwControlProtocol=\"%s\">\n<module name=\"%s\"/>\n",
            kernel->name, kernel->name, kernel->version >> 16 & 255, kernel->version >> 8 & 255,
            xclbin_protocol_name(kernel->protocol), kernel->name);
        print_ports(xml, kernel);
        print_arguments(xml, kernel);
        print_instances(xml, packed, first);
        xclbin_buffer_print(xml, "</kernel>\n");
        first += packed->units;
    }
    xclbin_buffer_print(xml, "</core>\n</device>\n</platform>\n</project>\n");
}

/* --- MEM_TOPOLOGY, IP_LAYOUT, CONNECTIVITY --- */

static void put_memories(xclbin_buffer *out)
{
    uint8_t *table = xclbin_buffer_extend(out, AXLF_MEMORY_HEADER_SIZE + AXLF_MEMORY_SIZE);

    if (table) {
        uint8_t *entry = table + AXLF_MEMORY_HEADER_SIZE;
        store32(table, 1);
        entry[AXLF_MEMORY_TYPE] = MEMORY_DDR4;
        entry[AXLF_MEMORY_USED] = 1;
        store64(entry + AXLF_MEMORY_KBYTES, SIM_MEMORY_BYTES / 1024);
        store64(entry + AXLF_MEMORY_BASE, SIM_MEMORY_BASE);
        memcpy(entry + AXLF_MEMORY_TAG, MEMORY_TAG, sizeof MEMORY_TAG);
    }
}

static void put_ip(xclbin_buffer *out, const xclbin_kernel *kernel, uint32_t unit,
                   uint32_t instance)
{
    uint8_t *entry = xclbin_buffer_extend(out, AXLF_IP_SIZE);

    if (entry) {
        store32(entry + AXLF_IP_TYPE, AXLF_IP_TYPE_KERNEL);
        store32(entry + AXLF_IP_PROPERTIES, IP_INTERRUPT_ENABLE | unit << IP_INTERRUPT_SHIFT |
                                                (uint32_t)kernel->protocol << IP_PROTOCOL_SHIFT);
        store64(entry + AXLF_IP_BASE, SIM_UNIT_BASE + unit * SIM_UNIT_STEP);
        /* Fits: a name has at most XCLBIN_NAME_SIZE - 1 characters, an instance number two digits.
         */
        snprintf((char *)entry + AXLF_IP_NAME, AXLF_IP_NAME_SIZE, "%s:%s_%u", kernel->name,
                 kernel->name, (uint8_t)instance);
    }
}

static uint32_t put_connections(xclbin_buffer *out, const xclbin_kernel *kernel, uint32_t unit)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < kernel->argument_count; i++) {
        if (kernel->arguments[i].global) {
            uint8_t *entry = xclbin_buffer_extend(out, AXLF_CONNECTION_SIZE);
            if (entry) {
                store32(entry + AXLF_CONNECTION_ARGUMENT, i);
                store32(entry + AXLF_CONNECTION_IP, unit);
                store32(entry + AXLF_CONNECTION_MEMORY, 0);
            }
            count++;
        }
    }
    return count;
}

static void put_tables(container_parts *parts, const xclbin_pack_options *options)
{
    uint32_t unit = 0;
    uint32_t connections = 0;

    put_memories(&parts->memories);
    xclbin_buffer_extend(&parts->ips, AXLF_IP_HEADER_SIZE);
    xclbin_buffer_extend(&parts->connections, AXLF_CONNECTION_HEADER_SIZE);
    for (uint32_t i = 0; i < options->kernel_count; i++) {
        const xclbin_pack_kernel *packed = &options->kernels[i];
        for (uint32_t j = 0; j < packed->units; j++, unit++) {
            put_ip(&parts->ips, packed->kernel, unit, j + 1);
            connections += put_connections(&parts->connections, packed->kernel, unit);
        }
    }
    if (!parts->ips.failed && !parts->connections.failed) {
        store32(parts->ips.data, unit);
        store32(parts->connections.data, connections);
    }
}

/* --- payload --- */

static int put_payload(container_parts *parts, const xclbin_pack_options *options,
                       xclbin_error *error)
{
    const xclbin_zip_entry entries[] = {
        {PAYLOAD_FOLDER "simulate.sh", 0755, simulate_script, sizeof simulate_script - 1},
        {PAYLOAD_FOLDER PAYLOAD_PROGRAM, 0755, options->simulator, options->simulator_size},
    };

    return xclbin_zip_write(&parts->payload, entries, sizeof entries / sizeof entries[0], error);
}

/* ASK_GROUP_* say which memories form one allocation group; with one memory they repeat the tables.
 */
static int assemble(const container_parts *parts, const char *platform, xclbin_buffer *out,
                    xclbin_error *error)
{
    const xclbin_content sections[] = {
        {XCLBIN_BITSTREAM, parts->payload.data, parts->payload.size, NULL},
        {XCLBIN_EMBEDDED_METADATA, parts->metadata.data, parts->metadata.size, NULL},
        {XCLBIN_MEM_TOPOLOGY, parts->memories.data, parts->memories.size, NULL},
        {XCLBIN_ASK_GROUP_TOPOLOGY, parts->memories.data, parts->memories.size, NULL},
        {XCLBIN_IP_LAYOUT, parts->ips.data, parts->ips.size, NULL},
        {XCLBIN_CONNECTIVITY, parts->connections.data, parts->connections.size, NULL},
        {XCLBIN_ASK_GROUP_CONNECTIVITY, parts->connections.data, parts->connections.size, NULL},
    };

    return xclbin_write(out, XCLBIN_TARGET_HW_EMU, platform, sections,
                        sizeof sections / sizeof sections[0], error);
}

static int make_parts(container_parts *parts, const xclbin_pack_options *options,
                      xclbin_error *error)
{
    print_metadata(&parts->metadata, options);
    put_tables(parts, options);
    if (parts->metadata.failed || parts->memories.failed || parts->ips.failed ||
        parts->connections.failed) {
        return xclbin_fail(error, XCLBIN_FAULT_MEMORY, XCLBIN_HEADER_SECTION, 0,
                           "no memory for the container");
    }
    return put_payload(parts, options, error);
}

int xclbin_pack(const xclbin_pack_options *options, xclbin_buffer *out, xclbin_error *error)
{
    const xclbin_seal_options contents = {options->name, options->version, options->kernels,
                                          options->kernel_count};
    container_parts parts = {0};
    xclbin_buffer bare = {0};
    xclbin_reader reader;
    int fault;

    if (!(fault = check_options(options, &contents, error)) &&
        !(fault = make_parts(&parts, options, error)) &&
        !(fault = assemble(&parts, options->platform, &bare, error)) &&
        !(fault = xclbin_open(&reader, bare.data, bare.size, error))) {
        fault = xclbin_seal(&reader, &contents, out, error);
    }
    free_parts(&parts);
    xclbin_buffer_free(&bare);
    return fault;
}
