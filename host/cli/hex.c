/* Hex as people and other programs write it. */
#include "host/cli/cli.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

long cli_parse_hex(const char *text, size_t length, uint8_t *out, size_t *column)
{
    size_t start = length >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 2 : 0;

    /* A digit without its partner is told before `out` would be too short for it. */
    size_t pairs = (length - start) / 2;
    for (size_t i = start; i < start + 2 * pairs; i++) {
        int digit = hex_digit(text[i]);
        if (digit < 0) {
            *column = i + 1;
            return -1;
        }
        uint8_t *byte = &out[(i - start) / 2];
        *byte = (uint8_t)((i - start) % 2 ? *byte | digit : digit << 4);
    }
    if ((length - start) % 2) {
        *column = hex_digit(text[length - 1]) < 0 ? length : length + 1;
        return -1;
    }
    return (long)pairs;
}

void cli_format_hex(const uint8_t *bytes, size_t length, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < length; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * length] = 0;
}
