#include "driver/xclbin/signature.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "driver/xclbin/error.h"

/* A key behind a passphrase must not make a program ask for it. The type is OpenSSL's. */
static int no_passphrase(char *text, // NOLINT(readability-non-const-parameter)
                         int size, int writing, void *user)
{
    (void)text;
    (void)size;
    (void)writing;
    (void)user;
    return -1;
}

/* NULL where the text is no Ed25519 key of the kind. */
static EVP_PKEY *read_key(const char *text, size_t length, bool private_key)
{
    BIO *bio = length <= XCLBIN_KEY_MAX ? BIO_new_mem_buf(text, (int)length) : NULL;
    EVP_PKEY *key = NULL;

    if (bio) {
        key = private_key ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL)
                          : PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
    }
    if (key && EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    BIO_free(bio);
    return key;
}

static int no_key(xclbin_error *error, const char *kind)
{
    return xclbin_fail(error, XCLBIN_FAULT_KEY, XCLBIN_HEADER_SECTION, 0,
                       "the key is no %s Ed25519 key in PEM without a passphrase: make one with "
                       "`openssl genpkey -algorithm ed25519`%s",
                       kind, kind[1] == 'u' ? " and `openssl pkey -pubout`" : "");
}

static int no_memory(xclbin_error *error)
{
    return xclbin_fail(error, XCLBIN_FAULT_MEMORY, XCLBIN_HEADER_SECTION, 0,
                       "no memory for a signature");
}

int xclbin_sign(const void *image, size_t length, const char *key, size_t key_length,
                uint8_t signature[XCLBIN_SIGNATURE_SIZE], xclbin_error *error)
{
    EVP_PKEY *pkey = read_key(key, key_length, true);
    EVP_MD_CTX *context = pkey ? EVP_MD_CTX_new() : NULL;
    size_t size = XCLBIN_SIGNATURE_SIZE;
    int result = XCLBIN_OK;

    if (!pkey) {
        return no_key(error, "private");
    }
    if (!context || EVP_DigestSignInit(context, NULL, NULL, NULL, pkey) != 1 ||
        EVP_DigestSign(context, signature, &size, image, length) != 1 ||
        size != XCLBIN_SIGNATURE_SIZE) {
        result = no_memory(error);
    }
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    return result;
}

int xclbin_check_signature(const void *image, size_t length, const char *key, size_t key_length,
                           const uint8_t *signature, size_t signature_length, xclbin_error *error)
{
    EVP_PKEY *pkey = read_key(key, key_length, false);
    EVP_MD_CTX *context = pkey ? EVP_MD_CTX_new() : NULL;
    int result = XCLBIN_OK;

    if (!pkey) {
        return no_key(error, "public");
    }
    if (!context || EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) != 1) {
        result = no_memory(error);
    } else if (signature_length != XCLBIN_SIGNATURE_SIZE ||
               EVP_DigestVerify(context, signature, signature_length, image, length) != 1) {
        result = xclbin_fail(error, XCLBIN_FAULT_SIGNATURE, XCLBIN_HEADER_SECTION, 0,
                             "the signature is not one of this file by this key: the file was "
                             "changed after it was signed, or another key signed it");
    }
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    return result;
}
