#include "driver/xclbin/writer.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>

#include "driver/xclbin/bytes.h"
#include "driver/xclbin/error.h"
#include "driver/xclbin/layout.h"

enum { FORMAT_MAJOR = 2, FORMAT_MINOR = 13 }; /* of the XRT that these containers were tried with */

bool xclbin_sha256(const void *data, size_t size, uint8_t digest[32])
{
    return EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL) == 1;
}

bool xclbin_content_uuid(const uint8_t *image, size_t length, uint8_t uuid[16])
{
    static const uint8_t zero[AXLF_UUID_SIZE];
    uint8_t digest[32];
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool done = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(hash, image, AXLF_UUID) == 1 &&
                EVP_DigestUpdate(hash, zero, sizeof zero) == 1 &&
                EVP_DigestUpdate(hash, image + AXLF_UUID + AXLF_UUID_SIZE,
                                 length - AXLF_UUID - AXLF_UUID_SIZE) == 1 &&
                EVP_DigestFinal_ex(hash, digest, NULL) == 1;

    EVP_MD_CTX_free(hash);
    if (done) {
        memcpy(uuid, digest, AXLF_UUID_SIZE);
        uuid[6] = (uint8_t)(0x80 | (uuid[6] & 0x0f));
        uuid[8] = (uint8_t)(0x80 | (uuid[8] & 0x3f));
    }
    return done;
}

static uint16_t mode_of(xclbin_target target)
{
    switch (target) {
    case XCLBIN_TARGET_HW_EMU:
        return AXLF_MODE_HW_EMU;
    case XCLBIN_TARGET_SW_EMU:
        return AXLF_MODE_SW_EMU;
    case XCLBIN_TARGET_HW:
        break;
    }
    return AXLF_MODE_PR;
}

static bool put_header(uint8_t *image, xclbin_target target, const char *platform, uint32_t count)
{
    memcpy(image + AXLF_MAGIC, "xclbin2", AXLF_MAGIC_SIZE);
    store32(image + AXLF_SIGNATURE_LENGTH, UINT32_MAX);
    memset(image + AXLF_RESERVED, 0xff, AXLF_RESERVED_SIZE);
    image[AXLF_VERSION_MAJOR] = FORMAT_MAJOR;
    image[AXLF_VERSION_MINOR] = FORMAT_MINOR;
    store16(image + AXLF_MODE, mode_of(target));
    store32(image + AXLF_SECTION_COUNT, count);
    return xclbin_copy_text((char *)image + AXLF_PLATFORM, AXLF_PLATFORM_SIZE, platform);
}

static void append_section(xclbin_buffer *out, uint32_t index, const xclbin_content *section)
{
    uint64_t header = AXLF_SECTION_HEADERS + (uint64_t)index * AXLF_SECTION_HEADER_SIZE;

    xclbin_buffer_align(out, AXLF_SECTION_ALIGNMENT);
    uint64_t offset = out->size;
    xclbin_buffer_append(out, section->data, section->size);
    if (!out->failed) {
        store32(out->data + header + AXLF_SECTION_KIND, section->kind);
        store64(out->data + header + AXLF_SECTION_OFFSET, offset);
        store64(out->data + header + AXLF_SECTION_SIZE, section->size);
    }
}

int xclbin_write(xclbin_buffer *out, xclbin_target target, const char *platform,
                 const xclbin_content *sections, uint32_t count, xclbin_error *error)
{
    if (count == 0 || count > XCLBIN_MAX_SECTIONS) {
        return xclbin_fail(error, XCLBIN_FAULT_INPUT, XCLBIN_HEADER_SECTION, AXLF_SECTION_COUNT,
                           "header: %" PRIu32 " sections; a container has between 1 and %u", count,
                           XCLBIN_MAX_SECTIONS);
    }
    if (xclbin_buffer_extend(out, AXLF_SECTION_HEADERS + count * AXLF_SECTION_HEADER_SIZE) &&
        !put_header(out->data, target, platform, count)) {
        return xclbin_fail(error, XCLBIN_FAULT_INPUT, XCLBIN_HEADER_SECTION, AXLF_PLATFORM,
                           "header: a platform name takes at most %d characters",
                           AXLF_PLATFORM_SIZE - 1);
    }
    for (uint32_t i = 0; i < count; i++) {
        append_section(out, i, &sections[i]);
    }
    if (out->failed) {
        return xclbin_fail(error, XCLBIN_FAULT_MEMORY, XCLBIN_HEADER_SECTION, 0,
                           "no memory for the container");
    }
    store64(out->data + AXLF_LENGTH, out->size);
    if (!xclbin_content_uuid(out->data, out->size, out->data + AXLF_UUID)) {
        return xclbin_fail(error, XCLBIN_FAULT_MEMORY, XCLBIN_HEADER_SECTION, AXLF_UUID,
                           "libcrypto could not compute a sha256");
    }
    return XCLBIN_OK;
}
