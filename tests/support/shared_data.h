/* Test data that is kept outside the repository, beside it, in ../shared/data. */
#ifndef HYPERION_TESTS_SHARED_DATA_H
#define HYPERION_TESTS_SHARED_DATA_H

#include <stddef.h>
#include <stdint.h>

/* Path of a file or folder of the shared data, or NULL where it is absent (then skip the test). The
 * folder is $HYP_TEST_DATA, else ../shared/data. Static storage, overwritten by the next call. */
const char *shared_data_path(const char *name);

/* Reads a whole file; NULL if it cannot be read. One zero byte follows the content. The caller
 * frees it. */
uint8_t *read_whole_file(const char *path, size_t *length);

#endif
