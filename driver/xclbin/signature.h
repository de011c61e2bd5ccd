/* Detached signatures of whole files: who made an xclbin, where the manifest only says that it is
 * undamaged.
 *
 * A signature is the 64 bytes of pure Ed25519 (RFC 8032) over the whole file, in a file of its own
 * beside it, FILE.sig. Keys are PEM, as `openssl genpkey -algorithm ed25519` and
 * `openssl pkey -pubout` write them; `openssl pkeyutl -verify -rawin` checks the same signature. */
#ifndef HYPERION_DRIVER_XCLBIN_SIGNATURE_H
#define HYPERION_DRIVER_XCLBIN_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "driver/xclbin/xclbin.h"

#define XCLBIN_SIGNATURE_SIZE 64u
/* A PEM key of this kind has about 120 bytes. */
#define XCLBIN_KEY_MAX 1024u

/* Signs `length` bytes with a private key of `key_length` bytes of PEM. Returns XCLBIN_OK,
 * XCLBIN_FAULT_KEY (no private Ed25519 key, or one behind a passphrase) or XCLBIN_FAULT_MEMORY. */
int xclbin_sign(const void *image, size_t length, const char *key, size_t key_length,
                uint8_t signature[XCLBIN_SIGNATURE_SIZE], xclbin_error *error);

/* Checks a signature with a public key. Returns XCLBIN_OK, XCLBIN_FAULT_SIGNATURE (not the
 * signature of these bytes by this key), XCLBIN_FAULT_KEY or XCLBIN_FAULT_MEMORY. */
int xclbin_check_signature(const void *image, size_t length, const char *key, size_t key_length,
                           const uint8_t *signature, size_t signature_length, xclbin_error *error);

#endif
