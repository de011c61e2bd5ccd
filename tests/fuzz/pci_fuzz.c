/* Any bytes as what a card says of itself, by the first of them: configuration space, which gives
 * findings that all have a cause and a remedy; or vital product data. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "driver/pci/capabilities.h"
#include "driver/pci/checks.h"
#include "driver/pci/vpd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_config(const uint8_t *config, size_t size, pcie_function *function)
{
    report findings = {0};

    /* What libpci can read are these sizes. */
    unsigned readable = size >= 4096 ? 4096 : size >= 256 ? 256 : size >= 64 ? 64 : 0;
    pcie_read_capabilities(config, readable, function);
    assert(pcie_find_capability(config, readable, 0x10) < 256);
    assert(pcie_find_extended(config, readable, 1) < 4096);
    pcie_check_function(function, &findings);
    assert(findings.count > 0);
    for (size_t i = 0; i < findings.count; i++) {
        assert(*findings.findings[i].fact && *findings.findings[i].cause);
        assert(*findings.findings[i].remedy && *findings.findings[i].check);
    }
    report_free(&findings);
}

static bool is_text(const char *text, size_t size)
{
    const char *end = memchr(text, 0, size);

    for (const char *c = text; end && c < end; c++) {
        if (*c < ' ' || *c > '~') {
            return false;
        }
    }
    return end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pcie_function *function = calloc(1, sizeof *function);
    uint8_t *copy = malloc(size ? size : 1); /* exactly as large as is told */

    assert(function && copy);
    if (size > 0) {
        memcpy(copy, data + 1, size - 1);
        if (data[0] & 1) {
            pcie_parse_vpd(copy, size - 1, function);
            assert(is_text(function->serial, sizeof function->serial));
            assert(is_text(function->part_number, sizeof function->part_number));
            assert(is_text(function->product, sizeof function->product));
        } else {
            function->id = data[0] & 2 ? pcie_find_card_id(0x10ee, 0x505d) : NULL;
            read_config(copy, size - 1, function);
        }
    }
    free(copy);
    free(function);
    return 0;
}
