/* Any bytes as a NumPy file: refused with a sentence, or an array that lies inside the file and, as
 * this program writes it, is read back the same. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_read(const struct npy *array, const void *elements)
{
    char message[256];
    struct npy again;
    size_t size;

    uint8_t *file = npy_write(array->type, array->shape[0], array->shape[1], elements, &size);
    assert(file && npy_read(file, size, &again, message));
    assert(again.type == array->type && again.rank == 2 && !again.fortran);
    assert(again.shape[0] == array->shape[0] && again.shape[1] == array->shape[1]);
    assert(again.bytes == array->bytes && memcmp(again.data, elements, again.bytes) == 0);
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char message[256] = "";
    char shape[NPY_TEXT];
    struct npy array;
    uint8_t *copy = malloc(size + 1);

    assert(copy);
    if (size) {
        memcpy(copy, data, size);
    }
    if (!npy_read(copy, size, &array, message)) {
        assert(strlen(message) > 10);
        free(copy);
        return 0;
    }
    assert(array.bytes <= size && array.rank <= NPY_MAX_RANK);
    npy_format_shape(&array, shape);
    assert(shape[0] == '(');
    if (array.rank == 1 || array.rank == 2) {
        void *elements = npy_row_major(&array);
        assert(elements);
        if (array.rank == 2) {
            write_and_read(&array, elements);
        }
        free(elements);
    }
    free(copy);
    return 0;
}
