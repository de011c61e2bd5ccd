/* The reader of `hyperion recover`: any bytes end, every item that is malformed says how, and items
 * are bounded by the input. */
#include <stdlib.h>
#include <string.h>

#include "host/cli/recover_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct recover_item item;
    char problem[160];
    enum recover_read read = RECOVER_ITEM;
    size_t items = 0;

    if (size == 0) {
        return 0;
    }
    struct recover_input input = {.file = fmemopen((void *)data, size, "r")};
    if (!input.file) {
        return 0;
    }
    while (read == RECOVER_ITEM || read == RECOVER_BAD) {
        problem[0] = 0;
        read = recover_input_next(&input, &item, problem);
        if (((read == RECOVER_BAD || read == RECOVER_BROKEN) && !problem[0]) ||
            ++items > size + 2) {
            abort();
        }
    }
    recover_input_close(&input);
    fclose(input.file);
    return 0;
}
