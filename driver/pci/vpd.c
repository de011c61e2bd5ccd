#include "driver/pci/vpd.h"

#include <stdio.h>
#include <string.h>

enum {
    TAG_PRODUCT = 0x82, /* large resources: a length of two bytes follows */
    TAG_READ_ONLY = 0x90,
    TAG_READ_WRITE = 0x91,
    TAG_END = 0x78, /* small resource; its length is in bits 2..0 */
    TAG_LARGE = 0x80,
};

static void copy_text(char *text, size_t size, const uint8_t *bytes, size_t length)
{
    snprintf(text, size, "%.*s", (int)(length < size ? length : size - 1), (const char *)bytes);
    for (char *c = text; *c; c++) {
        if (*c < ' ' || *c > '~') {
            *c = '?';
        }
    }
    for (size_t end = strlen(text); end && text[end - 1] == ' ';) {
        text[--end] = 0;
    }
}

/* Keywords of two letters, each with a length of one byte. */
static bool parse_fields(const uint8_t *bytes, size_t length, pcie_function *function)
{
    size_t at = 0;

    while (at + 3 <= length) {
        size_t size = bytes[at + 2];
        if (size > length - at - 3) {
            return false;
        }
        if (memcmp(bytes + at, "SN", 2) == 0) {
            copy_text(function->serial, sizeof function->serial, bytes + at + 3, size);
        } else if (memcmp(bytes + at, "PN", 2) == 0) {
            copy_text(function->part_number, sizeof function->part_number, bytes + at + 3, size);
        }
        at += 3 + size;
    }
    return at == length;
}

bool pcie_parse_vpd(const uint8_t *bytes, size_t size, pcie_function *function)
{
    size_t at = 0;

    while (at < size && (bytes[at] & ~7u) != TAG_END) {
        if (!(bytes[at] & TAG_LARGE) || at + 3 > size) {
            return false;
        }
        size_t length = (size_t)bytes[at + 1] | (size_t)bytes[at + 2] << 8;
        const uint8_t *content = bytes + at + 3;
        if (length > size - at - 3) {
            return false;
        }
        if (bytes[at] == TAG_PRODUCT) {
            copy_text(function->product, sizeof function->product, content, length);
        } else if (bytes[at] == TAG_READ_ONLY && !parse_fields(content, length, function)) {
            return false;
        }
        at += 3 + length;
    }
    return at < size;
}
