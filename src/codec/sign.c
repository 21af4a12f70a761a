#include "plinth/codec/sign.h"

#include "plinth/base/arena.h"
#include "plinth/base/secret.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { PEM_BYTES_MOST = 64 * 1024 };

struct sign_key {
    EVP_PKEY *pkey;
    bool is_private;
};

static struct sign_key *key_of(EVP_PKEY *pkey, bool is_private)
{
    struct sign_key *key = malloc(sizeof *key);

    if (key == NULL)
        abort();
    *key = (struct sign_key){.pkey = pkey, .is_private = is_private};
    return key;
}

void sign_key_free(struct sign_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

/* --- New -----------------------------------------------------------------------------------------
 */

/* What a memory BIO holds; OpenSSL wipes private ones when they are freed. */
static size_t bytes_of(BIO *bio, const char **out)
{
    char *bytes = NULL;
    long len = BIO_get_mem_data(bio, &bytes);

    *out = bytes;
    return len < 0 ? 0 : (size_t)len;
}

int sign_new_pair(struct secret **out_private, char **out_public, struct arena *arena,
                  struct err *err)
{
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    BIO *private = BIO_new(BIO_s_secmem()), *public = BIO_new(BIO_s_mem());
    const char *text;
    size_t len;
    int result = -1;

    if (pkey == NULL || private == NULL || public == NULL ||
        PEM_write_bio_PrivateKey(private, pkey, NULL, NULL, 0, NULL, NULL) != 1 ||
        PEM_write_bio_PUBKEY(public, pkey) != 1) {
        (void)err_set(err, ERR_IO, "OpenSSL cannot make an Ed25519 key");
    } else {
        len = bytes_of(public, &text);
        *out_public = arena_strn(arena, text, len);
        len = bytes_of(private, &text);
        *out_private = secret_new(text, len);
        result = 0;
    }
    BIO_free(private);
    BIO_free(public);
    EVP_PKEY_free(pkey);
    return result;
}

/* --- Read ----------------------------------------------------------------------------------------
 */

/* There is nobody to ask: a key behind a passphrase is refused. */
static int no_passphrase(char *out, int size, int writing, void *arg)
{
    (void)out, (void)size, (void)writing, (void)arg;
    return -1;
}

static int take(EVP_PKEY *pkey, bool is_private, struct sign_key **out, struct err *err)
{
    const char *what = is_private ? "private" : "public";

    if (pkey == NULL)
        return err_set(err, ERR_PROTOCOL, "this is no %s key in PEM without a passphrase", what);
    if (EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519) {
        EVP_PKEY_free(pkey);
        return err_set(err, ERR_PROTOCOL, "this is a %s key, but not of Ed25519", what);
    }
    *out = key_of(pkey, is_private);
    return 0;
}

int sign_read_private(const struct secret *pem, struct sign_key **out, struct err *err)
{
    size_t len = secret_len(pem);
    BIO *bio = len > PEM_BYTES_MOST ? NULL : BIO_new_mem_buf(secret_reveal(pem), (int)len);
    EVP_PKEY *pkey = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);

    BIO_free(bio);
    return take(pkey, true, out, err);
}

int sign_read_public(const char *pem, size_t len, struct sign_key **out, struct err *err)
{
    BIO *bio = len > PEM_BYTES_MOST ? NULL : BIO_new_mem_buf(pem, (int)len);
    EVP_PKEY *pkey = bio == NULL ? NULL : PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);

    BIO_free(bio);
    return take(pkey, false, out, err);
}

int sign_raw_private(const unsigned char bytes[SIGN_KEY_BYTES], struct sign_key **out,
                     struct err *err)
{
    return take(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, SIGN_KEY_BYTES), true,
                out, err);
}

void sign_public_bytes(const struct sign_key *key, unsigned char out[SIGN_KEY_BYTES])
{
    size_t len = SIGN_KEY_BYTES;
    int done = EVP_PKEY_get_raw_public_key(key->pkey, out, &len);

    assert(done == 1 && len == SIGN_KEY_BYTES);
    (void)done;
}

/* --- Sign ----------------------------------------------------------------------------------------
 */

int sign_bytes(const struct sign_key *key, const void *bytes, size_t len,
               unsigned char out[SIGN_BYTES], struct err *err)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t out_len = SIGN_BYTES;
    bool ok = key->is_private && context != NULL &&
              EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
              EVP_DigestSign(context, out, &out_len, bytes, len) == 1 && out_len == SIGN_BYTES;

    EVP_MD_CTX_free(context);
    return ok ? 0 : err_set(err, ERR_BUG, "OpenSSL cannot sign with this key");
}

bool sign_is_good(const struct sign_key *key, const void *bytes, size_t len,
                  const unsigned char signature[SIGN_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL &&
                EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
                EVP_DigestVerify(context, signature, SIGN_BYTES, bytes, len) == 1;

    EVP_MD_CTX_free(context);
    return good;
}
