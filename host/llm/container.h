/* A model file: named tensors under one Merkle root. docs/llm.md has the format in words.
 *
 * Little-endian; every tensor begins at a multiple of 64 bytes; gaps are zero.
 *
 *   header, 64 bytes     "HYPMODEL", u32 version, u32 tensor count, u64 size of the file,
 *                        8 reserved bytes, Merkle root (32 bytes)
 *   entries, 160 each    name (64 bytes, padded with zeros), u32 type, u32 rank, u64 shape[4],
 *                        u64 offset, u64 bytes, 8 reserved bytes, digest (32 bytes)
 *   data of the tensors, in the order of their entries
 *
 * The digest of a tensor is keccak-256 of 0x00, its entry up to the digest (128 bytes), and its
 * data. The root is that of the binary tree over the digests in order, in which a node is
 * keccak-256 of 0x01, left child and right child, and a node without a sibling moves up as it is.
 * So the root stands for all names, shapes and data, and 32 bytes a level prove one tensor. */
#ifndef HYPERION_LLM_CONTAINER_H
#define HYPERION_LLM_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

#include "host/llm/error.h"

enum {
    LLM_CONTAINER_VERSION = 1,
    LLM_MAX_TENSORS = 65536,
    LLM_NAME_SIZE = 64, /* with at least one terminating zero */
    LLM_RANK = 4,
    LLM_DIGEST_SIZE = 32,
};

enum llm_type { LLM_U8 = 1, LLM_I8 = 2, LLM_I16 = 3, LLM_I32 = 4 };

/* "u8", "i8", "i16", "i32"; NULL for what is no type. */
const char *llm_type_name(uint32_t type);
size_t llm_type_size(uint32_t type);

struct llm_tensor {
    char name[LLM_NAME_SIZE];
    enum llm_type type;
    uint32_t rank;            /* 1 to 4 */
    uint64_t shape[LLM_RANK]; /* 0 beyond the rank; row-major, the last index fastest */
    const void *data;
    uint64_t bytes;
    uint8_t digest[LLM_DIGEST_SIZE];
};

struct llm_container {
    uint32_t count;
    struct llm_tensor *tensors;
    const uint8_t *entries; /* in the file */
    uint8_t root[LLM_DIGEST_SIZE];
};

/* Reads the structure of a file that is in memory (aligned as malloc does) and must outlive the
 * container. Checks that everything lies inside the file and holds together, not the content.
 * HYP_EINVAL: no model file, truncated, or damaged, with the tensor where there is one;
 * HYP_EVERSION: of another version. */
int llm_container_read(const void *file, size_t size, struct llm_container *container,
                       hyp_error *error);
void llm_container_release(struct llm_container *container);

/* Whether every digest and the root are right. HYP_EMISMATCH with the first tensor that is wrong.
 */
int llm_container_verify(const struct llm_container *container, hyp_error *error);

/* The tensor of that name, or NULL. */
const struct llm_tensor *llm_container_find(const struct llm_container *container,
                                            const char *name);

/* A whole file with these tensors, whose digests need not be filled in, and its root. The same
 * tensors give the same bytes. The caller frees *file. HYP_EINVAL (name or shape), HYP_ENOMEM. */
int llm_container_write(const struct llm_tensor *tensors, uint32_t count, uint8_t **file,
                        size_t *size, uint8_t root[LLM_DIGEST_SIZE], hyp_error *error);

#endif
