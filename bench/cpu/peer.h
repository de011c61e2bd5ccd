/* Another implementation of Keccak-256 to measure against, linked in if the builder has one. */
#ifndef HYPERION_BENCH_CPU_PEER_H
#define HYPERION_BENCH_CPU_PEER_H

#include <stddef.h>
#include <stdint.h>

/* "XKCP …", or NULL without a peer. */
extern const char *const peer_name;

/* Digests of `count` (a multiple of 8) messages of `length` bytes, `stride` (a multiple of 8) bytes
 * apart. */
void peer_keccak256(const uint8_t *messages, size_t stride, size_t length, size_t count,
                    uint8_t *digests);

#endif
