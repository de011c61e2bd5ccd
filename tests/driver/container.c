#include "tests/driver/container.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/shared_data.h"

static int read_kernel(const char *path, xclbin_kernel *kernel, xclbin_error *error)
{
    size_t length = 0;
    uint8_t *json = read_whole_file(path, &length);
    int fault = xclbin_kernel_parse(kernel, path, (const char *)json, length, error);

    free(json);
    return fault;
}

uint8_t *container_make(size_t *length)
{
    static const char simulator[] = "#!/bin/sh\nexit 0\n";
    xclbin_kernel kernels[2];
    const xclbin_pack_kernel packed[2] = {{&kernels[0], 2}, {&kernels[1], 1}};
    const xclbin_pack_options options = {
        .name = "test",
        .version = "9.8.7",
        .platform = "vendor_board_name_1",
        .kernels = packed,
        .kernel_count = 2,
        .simulator = simulator,
        .simulator_size = sizeof simulator - 1,
    };
    xclbin_buffer out = {0};
    xclbin_error error;

    if (read_kernel(CONTAINER_ADDER, &kernels[0], &error) ||
        read_kernel(CONTAINER_COPIER, &kernels[1], &error) || xclbin_pack(&options, &out, &error)) {
        fprintf(stderr, "# %s\n", error.message);
        xclbin_buffer_free(&out);
        return NULL;
    }
    *length = out.size;
    return out.data;
}
