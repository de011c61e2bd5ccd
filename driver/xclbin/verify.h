/* Whether a container is what its manifest says, byte for byte. This finds damage and mix-ups; it
 * is no signature: who can write the file can write a manifest to match. */
#ifndef HYPERION_DRIVER_XCLBIN_VERIFY_H
#define HYPERION_DRIVER_XCLBIN_VERIFY_H

#include "driver/xclbin/manifest.h"
#include "driver/xclbin/xclbin.h"

/* Compares an opened container with its manifest: size, crc32 and sha256 of every section, no
 * section that the manifest lacks, target, platform, compute units; then the uuid with the content.
 * Returns XCLBIN_OK and stores the manifest (may be NULL), or the fault. */
int xclbin_verify(const xclbin_reader *reader, xclbin_manifest *manifest, xclbin_error *error);

#endif
