#include "driver/xclbin/kernel.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/xclbin/buffer.h"
#include "driver/xclbin/error.h"

/* What every reader below needs: where messages go, and which file they are about. */
typedef struct json_source {
    const char *source;
    xclbin_error *error;
} json_source;

__attribute__((format(printf, 2, 3))) static int refuse(const json_source *parser,
                                                        const char *format, ...)
{
    char what[160];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return xclbin_fail(parser->error, XCLBIN_FAULT_INPUT, XCLBIN_EMBEDDED_METADATA, 0, "%s: %s",
                       parser->source, what);
}

/* Names go into xml, IP_LAYOUT and Tcl: letters, digits and underscores need no quoting in any. */
static bool is_identifier(const char *text)
{
    if (!isalpha((unsigned char)text[0])) {
        return false;
    }
    for (const char *c = text; *c; c++) {
        if (!isalnum((unsigned char)*c) && *c != '_') {
            return false;
        }
    }
    return true;
}

/* A C type of an argument: identifier characters, spaces and stars. */
static bool is_type(const char *text)
{
    return text[0] && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789_ *") == strlen(text);
}

static int read_text(const json_source *parser, const json_t *object, const char *key,
                     bool (*valid)(const char *), char out[XCLBIN_NAME_SIZE])
{
    const char *text = json_string_value(json_object_get(object, key));

    if (!text || !valid(text) || !xclbin_copy_text(out, XCLBIN_NAME_SIZE, text)) {
        return refuse(parser, "\"%s\" is missing, longer than %u characters, or not a name", key,
                      XCLBIN_NAME_SIZE - 1);
    }
    return XCLBIN_OK;
}

/* An integer, or a string of one in C notation ("0x1000"). */
static bool integer_value(const json_t *value, uint64_t *out)
{
    const char *text = json_string_value(value);
    char *end;

    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *out = (uint64_t)json_integer_value(value);
        return true;
    }
    if (!text || !isdigit((unsigned char)text[0])) {
        return false;
    }
    *out = strtoull(text, &end, 0);
    return *end == 0;
}

static int read_integer(const json_source *parser, const json_t *object, const char *key,
                        uint64_t most, uint64_t *out)
{
    if (!integer_value(json_object_get(object, key), out) || *out > most) {
        return refuse(parser, "\"%s\" is missing or not a number of at most 0x%" PRIx64, key, most);
    }
    return XCLBIN_OK;
}

static int read_u32(const json_source *parser, const json_t *object, const char *key, uint32_t *out)
{
    uint64_t value = 0;
    int fault = read_integer(parser, object, key, UINT32_MAX, &value);

    *out = (uint32_t)value;
    return fault;
}

static const char *const protocol_names[] = {"ap_ctrl_hs", "ap_ctrl_chain", "ap_ctrl_none"};
#define PROTOCOLS (sizeof(protocol_names) / sizeof(protocol_names[0]))

const char *xclbin_protocol_name(uint8_t protocol)
{
    return protocol < PROTOCOLS ? protocol_names[protocol] : NULL;
}

static int read_protocol(const json_source *parser, const json_t *object, uint8_t *protocol)
{
    const char *text = json_string_value(json_object_get(object, "control_protocol"));

    for (uint8_t i = 0; text && i < PROTOCOLS; i++) {
        if (strcmp(text, protocol_names[i]) == 0) {
            *protocol = i;
            return XCLBIN_OK;
        }
    }
    return refuse(parser, "\"control_protocol\" is not ap_ctrl_hs, ap_ctrl_chain or ap_ctrl_none");
}

bool xclbin_parse_version(const char *text, uint32_t *version)
{
    uint32_t value = 0;
    const char *at = text;

    for (int part = 0; part < 3; part++) {
        char *end;
        if (!isdigit((unsigned char)*at)) {
            return false;
        }
        unsigned long number = strtoul(at, &end, 10);
        if (number > 255 || *end != (part < 2 ? '.' : 0)) {
            return false;
        }
        value = value << 8 | (uint32_t)number;
        at = end + 1;
    }
    *version = value;
    return true;
}

static int read_port(const json_source *parser, const json_t *object, xclbin_port *port)
{
    const char *mode = json_string_value(json_object_get(object, "mode"));
    int fault;

    *port = (xclbin_port){0};
    if (!mode || (strcmp(mode, "master") != 0 && strcmp(mode, "slave") != 0)) {
        return refuse(parser, "\"mode\" of a port is neither \"master\" nor \"slave\"");
    }
    port->master = mode[0] == 'm';
    if ((fault = read_text(parser, object, "name", is_identifier, port->name)) ||
        (fault = read_u32(parser, object, "data_width", &port->data_width))) {
        return fault;
    }
    return port->master ? read_text(parser, object, "memory_group", is_identifier, port->memory)
                        : read_integer(parser, object, "range", UINT32_MAX, &port->range);
}

static int read_ports(const json_source *parser, const json_t *array, xclbin_kernel *kernel)
{
    int fault = XCLBIN_OK;

    if (json_array_size(array) == 0 || json_array_size(array) > XCLBIN_MAX_PORTS) {
        return refuse(parser, "\"ports\" has %zu entries; between 1 and %u can be",
                      json_array_size(array), XCLBIN_MAX_PORTS);
    }
    kernel->port_count = (uint32_t)json_array_size(array);
    for (uint32_t i = 0; i < kernel->port_count && !fault; i++) {
        fault = read_port(parser, json_array_get(array, i), &kernel->ports[i]);
    }
    return fault;
}

/* Finds the port of an argument: global pointers go through a master, scalars through the slave. */
static int read_argument_port(const json_source *parser, const json_t *object,
                              const xclbin_kernel *kernel, xclbin_argument *argument)
{
    const char *name = json_string_value(json_object_get(object, "port"));

    for (uint32_t i = 0; name && i < kernel->port_count; i++) {
        if (strcmp(name, kernel->ports[i].name) == 0 &&
            kernel->ports[i].master == argument->global) {
            argument->port = i;
            return XCLBIN_OK;
        }
    }
    return refuse(parser, "argument %s: port \"%s\" does not exist or is of the wrong mode",
                  argument->name, name ? name : "");
}

/* The argument's registers must lie inside the slave's range. */
static int check_argument_offset(const json_source *parser, const xclbin_kernel *kernel,
                                 const xclbin_argument *argument)
{
    uint64_t end = (uint64_t)argument->offset + argument->size;

    for (uint32_t i = 0; i < kernel->port_count; i++) {
        if (!kernel->ports[i].master && argument->size && argument->offset % 4 == 0 &&
            end <= kernel->ports[i].range) {
            return XCLBIN_OK;
        }
    }
    return refuse(parser,
                  "argument %s: offset 0x%" PRIx32 " with %" PRIu32
                  " bytes is outside the control registers",
                  argument->name, argument->offset, argument->size);
}

static int read_argument(const json_source *parser, const json_t *object, uint32_t index,
                         xclbin_kernel *kernel)
{
    xclbin_argument *argument = &kernel->arguments[index];
    const char *kind = json_string_value(json_object_get(object, "kind"));
    uint64_t id = 0;
    int fault;

    if (!kind || (strcmp(kind, "global") != 0 && strcmp(kind, "scalar") != 0)) {
        return refuse(parser, "\"kind\" of an argument is neither \"global\" nor \"scalar\"");
    }
    argument->global = kind[0] == 'g';
    if ((fault = read_integer(parser, object, "id", XCLBIN_MAX_ARGUMENTS, &id)) ||
        (fault = read_text(parser, object, "name", is_identifier, argument->name)) ||
        (fault = read_text(parser, object, "type", is_type, argument->type)) ||
        (fault = read_u32(parser, object, "size", &argument->size)) ||
        (fault = read_u32(parser, object, "offset", &argument->offset)) ||
        (fault = read_argument_port(parser, object, kernel, argument))) {
        return fault;
    }
    if (id != index) {
        return refuse(parser,
                      "argument %s has id %" PRIu64 " in place %" PRIu32
                      "; ids run from 0 without gaps",
                      argument->name, id, index);
    }
    return check_argument_offset(parser, kernel, argument);
}

static int read_arguments(const json_source *parser, const json_t *array, xclbin_kernel *kernel)
{
    int fault = XCLBIN_OK;

    if (json_array_size(array) > XCLBIN_MAX_ARGUMENTS) {
        return refuse(parser, "\"args\" has %zu entries; at most %u can be", json_array_size(array),
                      XCLBIN_MAX_ARGUMENTS);
    }
    kernel->argument_count = (uint32_t)json_array_size(array);
    for (uint32_t i = 0; i < kernel->argument_count && !fault; i++) {
        fault = read_argument(parser, json_array_get(array, i), i, kernel);
    }
    return fault;
}

static int read_kernel(const json_source *parser, const json_t *root, xclbin_kernel *kernel)
{
    const char *version = json_string_value(json_object_get(root, "version"));
    int fault;

    if (!version || !xclbin_parse_version(version, &kernel->version)) {
        return refuse(parser, "\"version\" is not of the form MAJOR.MINOR.PATCH");
    }
    if ((fault = read_text(parser, root, "name", is_identifier, kernel->name)) ||
        (fault = read_u32(parser, root, "op", &kernel->op)) ||
        (fault = read_u32(parser, root, "id", &kernel->id)) ||
        (fault = read_protocol(parser, root, &kernel->protocol)) ||
        (fault = read_ports(parser, json_object_get(root, "ports"), kernel))) {
        return fault;
    }
    return read_arguments(parser, json_object_get(root, "args"), kernel);
}

int xclbin_kernel_parse(xclbin_kernel *kernel, const char *source, const char *json, size_t length,
                        xclbin_error *error)
{
    json_source parser = {source, error};
    json_error_t where;
    json_t *root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &where);

    *kernel = (xclbin_kernel){0};
    if (!root && json_error_code(&where) == json_error_out_of_memory) {
        return xclbin_fail(error, XCLBIN_FAULT_MEMORY, XCLBIN_EMBEDDED_METADATA, 0,
                           "%s: no memory to read it", source);
    }
    if (!root) {
        return refuse(&parser, "not JSON, line %d: %s", where.line, where.text);
    }
    int fault = read_kernel(&parser, root, kernel);
    json_decref(root);
    return fault;
}
