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

/* False when the platform name does not fit. */
static bool make_header(uint8_t header[AXLF_SECTION_HEADERS], xclbin_target target,
                        const char *platform)
{
    memset(header, 0, AXLF_SECTION_HEADERS);
    memcpy(header + AXLF_MAGIC, "xclbin2", AXLF_MAGIC_SIZE);
    store32(header + AXLF_SIGNATURE_LENGTH, UINT32_MAX);
    memset(header + AXLF_RESERVED, 0xff, AXLF_RESERVED_SIZE);
    header[AXLF_VERSION_MAJOR] = FORMAT_MAJOR;
    header[AXLF_VERSION_MINOR] = FORMAT_MINOR;
    store16(header + AXLF_MODE, mode_of(target));
    return xclbin_copy_text((char *)header + AXLF_PLATFORM, AXLF_PLATFORM_SIZE, platform);
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
        if (section->name) {
            memcpy(out->data + header + AXLF_SECTION_NAME, section->name,
                   strnlen(section->name, AXLF_SECTION_NAME_SIZE));
        }
    }
}

int xclbin_rewrite(xclbin_buffer *out, const uint8_t *header, const xclbin_content *sections,
                   uint32_t count, xclbin_error *error)
{
    if (count == 0 || count > XCLBIN_MAX_SECTIONS) {
        return xclbin_fail(error, XCLBIN_FAULT_INPUT, XCLBIN_HEADER_SECTION, AXLF_SECTION_COUNT,
                           "header: %" PRIu32 " sections; a container has between 1 and %u", count,
                           XCLBIN_MAX_SECTIONS);
    }
    xclbin_buffer_append(out, header, AXLF_SECTION_HEADERS);
    xclbin_buffer_extend(out, (size_t)count * AXLF_SECTION_HEADER_SIZE);
    for (uint32_t i = 0; i < count; i++) {
        append_section(out, i, &sections[i]);
    }
    if (out->failed) {
        return xclbin_fail(error, XCLBIN_FAULT_MEMORY, XCLBIN_HEADER_SECTION, 0,
                           "no memory for the container");
    }
    store32(out->data + AXLF_SECTION_COUNT, count);
    store64(out->data + AXLF_LENGTH, out->size);
    if (!xclbin_content_uuid(out->data, out->size, out->data + AXLF_UUID)) {
        return xclbin_fail(error, XCLBIN_FAULT_MEMORY, XCLBIN_HEADER_SECTION, AXLF_UUID,
                           "libcrypto could not compute a sha256");
    }
    return XCLBIN_OK;
}

int xclbin_write(xclbin_buffer *out, xclbin_target target, const char *platform,
                 const xclbin_content *sections, uint32_t count, xclbin_error *error)
{
    uint8_t header[AXLF_SECTION_HEADERS];

    if (!make_header(header, target, platform)) {
        return xclbin_fail(error, XCLBIN_FAULT_INPUT, XCLBIN_HEADER_SECTION, AXLF_PLATFORM,
                           "header: a platform name takes at most %d characters",
                           AXLF_PLATFORM_SIZE - 1);
    }
    return xclbin_rewrite(out, header, sections, count, error);
}
