/* Any text as a kernel.json: it is refused with a sentence, or packs into a container that
 * verifies. */
#include <assert.h>
#include <string.h>

#include "driver/xclbin/pack.h"
#include "driver/xclbin/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_container(const xclbin_kernel *kernel, const xclbin_buffer *container)
{
    xclbin_reader reader;
    xclbin_error error;

    assert(xclbin_open(&reader, container->data, container->size, &error) == XCLBIN_OK);
    assert(xclbin_verify(&reader, NULL, &error) == XCLBIN_OK);
    assert(xclbin_kernel_units(&reader, kernel->name) == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    xclbin_kernel kernel;
    const xclbin_pack_kernel packed = {&kernel, 2};
    const xclbin_pack_options options = {.name = "fuzz",
                                         .version = "1",
                                         .platform = "vendor_board",
                                         .kernels = &packed,
                                         .kernel_count = 1,
                                         .simulator = "x",
                                         .simulator_size = 1};
    xclbin_buffer container = {0};
    xclbin_error error = {.fault = XCLBIN_OK};
    int fault = xclbin_kernel_parse(&kernel, "kernel.json", (const char *)data, size, &error);

    if (!fault) {
        fault = xclbin_pack(&options, &container, &error);
    }
    if (fault) {
        assert(error.fault == fault && strlen(error.message) > 10);
    } else {
        check_container(&kernel, &container);
    }
    xclbin_buffer_free(&container);
    return 0;
}
