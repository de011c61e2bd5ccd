/* Builds RLP whose sizes are not known beforehand, in memory that grows. */
#ifndef HYPERION_ETH_WRITER_H
#define HYPERION_ETH_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/eth/bytes.h"

/* All zero is an empty writer. data[0 … size) is what was written; valid unless `failed`, which is
 * set when memory could not be had and stays: check it once, at the end. */
struct eth_writer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool failed;
};

void eth_writer_release(struct eth_writer *writer);

void eth_write_string(struct eth_writer *writer, struct eth_bytes string);
void eth_write_u64(struct eth_writer *writer, uint64_t value);
/* Bytes as they are, such as an encoded item or a type byte. */
void eth_write_raw(struct eth_writer *writer, struct eth_bytes bytes);

/* What is written between the two is the content of a list, or of a string; they may be nested.
 * `start` is what eth_write_begin returned. */
size_t eth_write_begin(const struct eth_writer *writer);
void eth_write_end_list(struct eth_writer *writer, size_t start);
void eth_write_end_string(struct eth_writer *writer, size_t start);

#endif
