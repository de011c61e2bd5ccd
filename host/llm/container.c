#include "host/llm/container.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "host/llm/bytes.h"
#include "hyperion/keccak.h"

enum {
    HEADER_BYTES = 64,
    ENTRY_BYTES = 160,
    ENTRY_HASHED = 128, /* what a digest covers beside the data */
    ALIGNMENT = 64,
};

static const char magic[8] = "HYPMODEL";

/* Where the fields lie. */
enum {
    HEADER_VERSION = 8,
    HEADER_COUNT = 12,
    HEADER_SIZE = 16,
    HEADER_RESERVED = 24,
    HEADER_ROOT = 32
};
enum {
    ENTRY_TYPE = 64,
    ENTRY_RANK = 68,
    ENTRY_SHAPE = 72,
    ENTRY_OFFSET = 104,
    ENTRY_SIZE = 112,
    ENTRY_RESERVED = 120
};

const char *llm_type_name(uint32_t type)
{
    static const char *const names[] = {NULL, "u8", "i8", "i16", "i32"};
    return type <= LLM_I32 ? names[type] : NULL;
}

size_t llm_type_size(uint32_t type)
{
    static const size_t sizes[] = {0, 1, 1, 2, 4};
    return type <= LLM_I32 ? sizes[type] : 0;
}

/* ---- digests ---- */

/* keccak-256 takes whole messages, so the data are copied behind what comes before them. */
static bool tensor_digest(const uint8_t *entry, const void *data, uint64_t bytes,
                          uint8_t digest[LLM_DIGEST_SIZE])
{
    uint8_t *message = malloc(1 + ENTRY_HASHED + (size_t)bytes);

    if (!message) {
        return false;
    }
    message[0] = 0x00;
    memcpy(message + 1, entry, ENTRY_HASHED);
    if (bytes) {
        memcpy(message + 1 + ENTRY_HASHED, data, (size_t)bytes);
    }
    hyp_keccak256(message, 1 + ENTRY_HASHED + (size_t)bytes, digest);
    free(message);
    return true;
}

/* Overwrites the digests level by level; the root is the first. */
static void merkle_root(uint8_t (*digests)[LLM_DIGEST_SIZE], uint32_t count,
                        uint8_t root[LLM_DIGEST_SIZE])
{
    uint8_t message[1 + 2 * LLM_DIGEST_SIZE] = {0x01};

    for (; count > 1; count = (count + 1) / 2) {
        for (uint32_t i = 0; i < count; i += 2) {
            if (i + 1 == count) {
                memmove(digests[i / 2], digests[i], LLM_DIGEST_SIZE);
                continue;
            }
            memcpy(message + 1, digests[i], LLM_DIGEST_SIZE);
            memcpy(message + 1 + LLM_DIGEST_SIZE, digests[i + 1], LLM_DIGEST_SIZE);
            hyp_keccak256(message, sizeof message, digests[i / 2]);
        }
    }
    memcpy(root, digests[0], LLM_DIGEST_SIZE);
}

static bool root_of(const struct llm_tensor *tensors, uint32_t count, uint8_t root[LLM_DIGEST_SIZE])
{
    uint8_t(*digests)[LLM_DIGEST_SIZE] = calloc((size_t)count + 1, sizeof *digests);

    if (!digests) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        memcpy(digests[i], tensors[i].digest, LLM_DIGEST_SIZE);
    }
    merkle_root(digests, count, root);
    free(digests);
    return true;
}

/* ---- reading ---- */

static bool all_zero(const uint8_t *bytes, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        if (bytes[i]) {
            return false;
        }
    }
    return true;
}

/* Names are printed and looked up: letters, digits, dots and underscores. */
static bool name_ok(const char *name)
{
    size_t length = strnlen(name, LLM_NAME_SIZE);

    if (length == 0 || length == LLM_NAME_SIZE ||
        !all_zero((const uint8_t *)name + length, LLM_NAME_SIZE - length)) {
        return false;
    }
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._") == length;
}

/* The bytes that type and shape demand; false if they are none or too many for 64 bits. */
static bool bytes_of(const struct llm_tensor *tensor, uint64_t *bytes)
{
    *bytes = llm_type_size(tensor->type);
    for (uint32_t i = 0; i < LLM_RANK; i++) {
        if ((tensor->shape[i] == 0) != (i >= tensor->rank) ||
            (i < tensor->rank && __builtin_mul_overflow(*bytes, tensor->shape[i], bytes))) {
            return false;
        }
    }
    return *bytes > 0 && tensor->rank > 0;
}

static int read_header(const uint8_t *file, size_t size, struct llm_container *container,
                       hyp_error *error)
{
    if (size < HEADER_BYTES || memcmp(file, magic, sizeof magic) != 0) {
        return llm_fail(error, HYP_EINVAL, "not a model file (hyperion model import makes one)");
    }
    uint32_t version = llm_get_u32(file + HEADER_VERSION);
    if (version != LLM_CONTAINER_VERSION) {
        return llm_fail(error, HYP_EVERSION,
                        "the file is of version %u, this program reads version %d: import the "
                        "model again",
                        version, LLM_CONTAINER_VERSION);
    }
    uint64_t claimed = llm_get_u64(file + HEADER_SIZE);
    /* What a file that is too short lacks is told with the tensor, below. */
    if (claimed < size || !all_zero(file + HEADER_RESERVED, HEADER_ROOT - HEADER_RESERVED)) {
        return llm_fail(error, HYP_EINVAL,
                        "the header is damaged, or bytes were added: it tells of %" PRIu64
                        " bytes, the file has %zu",
                        claimed, size);
    }
    container->count = llm_get_u32(file + HEADER_COUNT);
    if (container->count == 0 || container->count > LLM_MAX_TENSORS ||
        container->count > (size - HEADER_BYTES) / ENTRY_BYTES) {
        return llm_fail(error, HYP_EINVAL,
                        "the file is truncated or damaged: %u tensors do not fit "
                        "into %zu bytes",
                        container->count, size);
    }
    memcpy(container->root, file + HEADER_ROOT, LLM_DIGEST_SIZE);
    return HYP_OK;
}

static int read_entry(const uint8_t *file, size_t size, uint32_t index, uint64_t *end,
                      struct llm_tensor *tensor, hyp_error *error)
{
    const uint8_t *entry = file + HEADER_BYTES + (size_t)index * ENTRY_BYTES;
    uint64_t offset = llm_get_u64(entry + ENTRY_OFFSET);
    uint64_t wanted;

    memcpy(tensor->name, entry, LLM_NAME_SIZE);
    tensor->type = (enum llm_type)llm_get_u32(entry + ENTRY_TYPE);
    tensor->rank = llm_get_u32(entry + ENTRY_RANK);
    tensor->bytes = llm_get_u64(entry + ENTRY_SIZE);
    for (uint32_t i = 0; i < LLM_RANK; i++) {
        tensor->shape[i] = llm_get_u64(entry + ENTRY_SHAPE + sizeof(uint64_t) * i);
    }
    memcpy(tensor->digest, entry + ENTRY_HASHED, LLM_DIGEST_SIZE);
    if (!name_ok(tensor->name) ||
        !all_zero(entry + ENTRY_RESERVED, ENTRY_HASHED - ENTRY_RESERVED)) {
        return llm_fail(error, HYP_EINVAL, "the file is damaged: tensor %u has no proper entry",
                        index);
    }
    if (!llm_type_name(tensor->type) || tensor->rank > LLM_RANK || !bytes_of(tensor, &wanted) ||
        wanted != tensor->bytes) {
        return llm_fail(error, HYP_EINVAL,
                        "the file is damaged: type, shape and size of %s do not agree",
                        tensor->name);
    }
    if (offset % ALIGNMENT || offset < *end || offset > size || tensor->bytes > size - offset) {
        bool cut = offset % ALIGNMENT == 0 && offset >= *end;
        return llm_fail(error, HYP_EINVAL, "the file is %s: %s does not lie inside its %zu bytes",
                        cut ? "truncated" : "damaged", tensor->name, size);
    }
    if (offset - *end >= ALIGNMENT || !all_zero(file + *end, offset - *end)) {
        return llm_fail(error, HYP_EINVAL, "the file is damaged before %s", tensor->name);
    }
    *end = offset + tensor->bytes;
    tensor->data = file + offset;
    return HYP_OK;
}

static int read_entries(const uint8_t *file, size_t size, struct llm_container *container,
                        hyp_error *error)
{
    uint64_t end = HEADER_BYTES + (uint64_t)container->count * ENTRY_BYTES;

    for (uint32_t i = 0; i < container->count; i++) {
        int result = read_entry(file, size, i, &end, &container->tensors[i], error);
        if (result) {
            return result;
        }
    }
    if (llm_get_u64(file + HEADER_SIZE) != size || end != size) {
        return llm_fail(error, HYP_EINVAL,
                        "the file is damaged: it has %zu bytes, its tensors end at "
                        "%" PRIu64,
                        size, end);
    }
    return HYP_OK;
}

int llm_container_read(const void *file, size_t size, struct llm_container *container,
                       hyp_error *error)
{
    *container = (struct llm_container){0};
    int result = read_header(file, size, container, error);
    if (result) {
        return result;
    }
    container->entries = (const uint8_t *)file + HEADER_BYTES;
    container->tensors = calloc(container->count, sizeof *container->tensors);
    if (!container->tensors) {
        return llm_fail(error, HYP_ENOMEM, "no memory for %u tensors", container->count);
    }
    result = read_entries(file, size, container, error);
    if (result) {
        llm_container_release(container);
    }
    return result;
}

void llm_container_release(struct llm_container *container)
{
    free(container->tensors);
    *container = (struct llm_container){0};
}

int llm_container_verify(const struct llm_container *container, hyp_error *error)
{
    uint8_t digest[LLM_DIGEST_SIZE];

    for (uint32_t i = 0; i < container->count; i++) {
        const struct llm_tensor *tensor = &container->tensors[i];
        if (!tensor_digest(container->entries + (size_t)i * ENTRY_BYTES, tensor->data,
                           tensor->bytes, digest)) {
            return llm_fail(error, HYP_ENOMEM, "no memory to check %s", tensor->name);
        }
        if (memcmp(digest, tensor->digest, LLM_DIGEST_SIZE) != 0) {
            return llm_fail(error, HYP_EMISMATCH, "tensor %s is corrupted: its digest is another",
                            tensor->name);
        }
    }
    if (!root_of(container->tensors, container->count, digest)) {
        return llm_fail(error, HYP_ENOMEM, "no memory to check the root");
    }
    if (memcmp(digest, container->root, LLM_DIGEST_SIZE) != 0) {
        return llm_fail(error, HYP_EMISMATCH,
                        "the Merkle root is corrupted: it is not that of the tensors");
    }
    return HYP_OK;
}

const struct llm_tensor *llm_container_find(const struct llm_container *container, const char *name)
{
    for (uint32_t i = 0; i < container->count; i++) {
        if (strcmp(container->tensors[i].name, name) == 0) {
            return &container->tensors[i];
        }
    }
    return NULL;
}

/* ---- writing ---- */

static uint64_t aligned(uint64_t offset)
{
    return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The size of the file; 0 if a tensor is not one. */
static uint64_t layout(const struct llm_tensor *tensors, uint32_t count, hyp_error *error)
{
    uint64_t end = HEADER_BYTES + (uint64_t)count * ENTRY_BYTES;

    for (uint32_t i = 0; i < count; i++) {
        uint64_t bytes;
        if (!name_ok(tensors[i].name) || !bytes_of(&tensors[i], &bytes) ||
            bytes != tensors[i].bytes || __builtin_add_overflow(aligned(end), bytes, &end) ||
            end > UINT64_MAX / 2) {
            llm_fail(error, HYP_EINVAL, "tensor %u (%.63s) has no proper name, shape or size", i,
                     tensors[i].name);
            return 0;
        }
    }
    return end;
}

static void write_entry(uint8_t *entry, const struct llm_tensor *tensor, uint64_t offset)
{
    memcpy(entry, tensor->name, LLM_NAME_SIZE);
    llm_put_u32(entry + ENTRY_TYPE, tensor->type);
    llm_put_u32(entry + ENTRY_RANK, tensor->rank);
    for (uint32_t i = 0; i < LLM_RANK; i++) {
        llm_put_u64(entry + ENTRY_SHAPE + sizeof(uint64_t) * i, tensor->shape[i]);
    }
    llm_put_u64(entry + ENTRY_OFFSET, offset);
    llm_put_u64(entry + ENTRY_SIZE, tensor->bytes);
}

static bool write_tensors(uint8_t *file, const struct llm_tensor *tensors, uint32_t count)
{
    uint64_t end = HEADER_BYTES + (uint64_t)count * ENTRY_BYTES;
    uint8_t(*digests)[LLM_DIGEST_SIZE] = calloc(count, sizeof *digests);
    bool done = digests != NULL;

    for (uint32_t i = 0; i < count && done; i++) {
        uint8_t *entry = file + HEADER_BYTES + (size_t)i * ENTRY_BYTES;
        uint64_t offset = aligned(end);
        write_entry(entry, &tensors[i], offset);
        memcpy(file + offset, tensors[i].data, tensors[i].bytes);
        done = tensor_digest(entry, tensors[i].data, tensors[i].bytes, digests[i]);
        memcpy(entry + ENTRY_HASHED, digests[i], LLM_DIGEST_SIZE);
        end = offset + tensors[i].bytes;
    }
    if (done) {
        merkle_root(digests, count, file + HEADER_ROOT);
    }
    free(digests);
    return done;
}

int llm_container_write(const struct llm_tensor *tensors, uint32_t count, uint8_t **file,
                        size_t *size, uint8_t root[LLM_DIGEST_SIZE], hyp_error *error)
{
    *file = NULL;
    if (count == 0 || count > LLM_MAX_TENSORS) {
        return llm_fail(error, HYP_EINVAL, "%u tensors are none or too many for a file", count);
    }
    uint64_t bytes = layout(tensors, count, error);
    if (bytes == 0) {
        return HYP_EINVAL;
    }
    uint8_t *made = calloc(1, (size_t)bytes);
    if (made) {
        memcpy(made, magic, sizeof magic);
        llm_put_u32(made + HEADER_VERSION, LLM_CONTAINER_VERSION);
        llm_put_u32(made + HEADER_COUNT, count);
        llm_put_u64(made + HEADER_SIZE, bytes);
    }
    if (!made || !write_tensors(made, tensors, count)) {
        free(made);
        return llm_fail(error, HYP_ENOMEM, "no memory for a file of %" PRIu64 " bytes", bytes);
    }
    memcpy(root, made + HEADER_ROOT, LLM_DIGEST_SIZE);
    *file = made;
    *size = (size_t)bytes;
    return HYP_OK;
}
