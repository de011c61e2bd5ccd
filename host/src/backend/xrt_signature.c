#include "host/src/backend/xrt_signature.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "host/src/fail.h"

/* Reads a whole small file. Returns its length, or -1 with errno; EFBIG for a larger one. */
static long read_small(const char *path, void *bytes, size_t size)
{
    char more;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return -1;
    size_t length = fread(bytes, 1, size, file);
    int error = ferror(file) ? EIO : fread(&more, 1, 1, file) ? EFBIG : 0;
    fclose(file);
    errno = error;
    return error ? -1 : (long)length;
}

int hyp_xrt_read_signature(const hyp_device_options *options, const char *bitstream,
                           struct card_host_load *load, hyp_error *error)
{
    char path[PATH_MAX];
    if (!options || !options->require_signed)
        return HYP_OK;
    const char *key = options->public_key ? options->public_key : HYP_XRT_DEFAULT_KEY;
    load->require_signed = 1;
    long length = read_small(key, load->key, sizeof(load->key));
    if (length < 0)
        return hyp_fail(error, HYP_EBITSTREAM,
                        "signed xclbins are required, and the public key %s cannot be read: %s",
                        key, strerror(errno));
    load->key_bytes = (uint32_t)length;
    if (snprintf(path, sizeof(path), "%s.sig", bitstream) >= PATH_MAX)
        return hyp_fail(error, HYP_EINVAL, "the path of %s.sig is too long", bitstream);
    length = read_small(path, load->signature, sizeof(load->signature));
    if (length < 0)
        return hyp_fail(error, HYP_EBITSTREAM,
                        "%s is not signed (%s: %s), and signed xclbins are required: sign it with "
                        "`hyperion bitstream sign`, or load one that is",
                        bitstream, path, strerror(errno));
    load->signature_bytes = (uint32_t)length;
    return HYP_OK;
}
