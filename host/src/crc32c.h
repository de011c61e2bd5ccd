/* CRC32C (Castagnoli, reflected 0x82f63b78, begun and ended with all ones: "123456789" gives
 * 0xe3069283), and the checksums of beats that a kernel writes with its results
 * (hw/common/rtl/beat_crc.sv). */
#ifndef HYPERION_CRC32C_H
#define HYPERION_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The CRC32C of `crc`'s bytes with `bytes` more; 0 is that of no bytes. */
uint32_t hyp_crc32c(uint32_t crc, const void *data, size_t bytes);

/* Of each 64 bytes the CRC32C of them and their index (`index`, index + 1, …) as 8 bytes behind
 * them, little-endian; all of these added up. A last piece of less than 64 bytes counts as filled
 * with zeros. So pieces may come in any order, and each piece is found by its place. A sum, because
 * CRCs are linear: in an exclusive or, indices cancel where pieces change places, and so does the
 * same damage to two. */
uint64_t hyp_crc32c_beats(const void *data, size_t bytes, uint64_t index);

#endif
