/* NumPy's file format for one array (.npy), versions 1.0, 2.0 and 3.0:
 * numpy.org/doc/stable/reference/generated/numpy.lib.format.html. Read and written are integers of
 * 8, 16 and 32 bits, little-endian. */
#ifndef HYPERION_CLI_NPY_H
#define HYPERION_CLI_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum npy_type { NPY_I8, NPY_U8, NPY_I16, NPY_U16, NPY_I32, NPY_U32 };
enum { NPY_MAX_RANK = 8, NPY_TEXT = 128 };

/* "int8", …, as NumPy names it. */
const char *npy_type_name(enum npy_type type);
size_t npy_type_size(enum npy_type type);

struct npy {
    enum npy_type type;
    uint32_t rank;
    uint64_t shape[NPY_MAX_RANK];
    bool fortran; /* the first index is the fastest */
    const void *data;
    uint64_t bytes;
};

/* Reads a whole file that is in memory and must outlive the array. Nothing is converted and data
 * may be unaligned. Returns false and a sentence when it is no such file, damaged, or of another
 * type. */
bool npy_read(const void *file, size_t size, struct npy *array, char message[256]);

/* The shape as Python writes it: "(2, 3)", "(4,)", "()". Cut to NPY_TEXT. */
void npy_format_shape(const struct npy *array, char text[NPY_TEXT]);

/* The elements of an array of rank 1 or 2 in row-major order, in memory that the caller frees; NULL
 * without memory. */
void *npy_row_major(const struct npy *array);

/* A file of version 1.0 with a row-major array [rows][columns], in memory that the caller frees;
 * NULL without memory. The same array gives the bytes that numpy.save writes. */
uint8_t *npy_write(enum npy_type type, uint64_t rows, uint64_t columns, const void *data,
                   size_t *size);

#endif
