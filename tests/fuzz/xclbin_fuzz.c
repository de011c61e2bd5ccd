/* Any bytes as a container: xclbin_open refuses them with a sentence, or every accessor stays
 * inside, and xclbin_verify says yes or no. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "driver/xclbin/bytes.h"
#include "driver/xclbin/layout.h"
#include "driver/xclbin/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads every byte, so that ASan sees a range that leaves the image. */
static unsigned touch(const uint8_t *data, uint64_t size)
{
    unsigned sum = 0;

    for (uint64_t i = 0; i < size; i++) {
        sum += data[i];
    }
    return sum;
}

static unsigned walk(const xclbin_reader *reader)
{
    unsigned sum = (unsigned)strlen(xclbin_platform(reader)) + touch(xclbin_uuid(reader), 16);

    for (uint32_t i = 0; i < xclbin_section_count(reader); i++) {
        xclbin_section section = xclbin_section_at(reader, i);
        sum += touch(section.data, section.size) + (unsigned)strlen(section.name);
    }
    for (uint32_t i = 0; i < xclbin_memory_count(reader); i++) {
        sum += (unsigned)strlen(xclbin_memory_at(reader, i).tag);
    }
    for (uint32_t i = 0; i < xclbin_unit_count(reader); i++) {
        xclbin_unit unit = xclbin_unit_at(reader, i);
        assert(unit.kernel[0] && unit.instance[0]);
        assert(xclbin_kernel_units(reader, unit.kernel) > 0);
    }
    for (uint32_t i = 0; i < xclbin_connection_count(reader); i++) {
        xclbin_connection connection = xclbin_connection_at(reader, i);
        assert(xclbin_memory_at(reader, connection.memory).used);
    }
    return sum;
}

static void check_image(const uint8_t *image, size_t size)
{
    static volatile unsigned sink;
    xclbin_reader reader;
    xclbin_error error = {.fault = XCLBIN_OK};
    int fault = xclbin_open(&reader, image, size, &error);

    if (!fault) {
        sink = walk(&reader);
        (void)sink;
        fault = xclbin_verify(&reader, NULL, &error);
    }
    assert(fault == XCLBIN_OK || (error.fault == fault && strlen(error.message) > 10));
}

/* Most mutations change the size, which the length field then tells: the second look is at the same
 * bytes with that field put right, so that the sections behind it are reached. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_image(data, size);
    if (size >= AXLF_SECTION_HEADERS) {
        uint8_t *repaired = malloc(size);
        assert(repaired);
        memcpy(repaired, data, size);
        store64(repaired + AXLF_LENGTH, size);
        store32(repaired + AXLF_SIGNATURE_LENGTH, UINT32_MAX);
        check_image(repaired, size);
        free(repaired);
    }
    return 0;
}
