/*
 * sign.h - Ed25519 keys and signatures, through OpenSSL.
 *
 * Layer:  codec.
 * Source: RFC 8032 (pure Ed25519); keys in PEM: PKCS #8 (RFC 8410) and SubjectPublicKeyInfo.
 */
#ifndef PLINTH_CODEC_SIGN_H
#define PLINTH_CODEC_SIGN_H

#include "plinth/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;    /* base/arena.h */
struct secret;   /* base/secret.h */
struct sign_key; /* opaque: private with its public part, or public alone */

enum { SIGN_BYTES = 64, SIGN_KEY_BYTES = 32 };

/* A new pair, in PEM.  owns: the secret is the caller's, the public part `arena`'s.
 * err: ERR_IO.  yields: no. */
int sign_new_pair(struct secret **out_private, char **out_public, struct arena *arena,
                  struct err *err);

/* From PEM.  A key of another kind, or one behind a passphrase, is refused.
 * owns: caller, sign_key_free().  err: ERR_PROTOCOL.  yields: no. */
int sign_read_private(const struct secret *pem, struct sign_key **out, struct err *err);
int sign_read_public(const char *pem, size_t len, struct sign_key **out, struct err *err);

/* From the bytes of RFC 8032.  Likewise. */
int sign_raw_private(const unsigned char bytes[SIGN_KEY_BYTES], struct sign_key **out,
                     struct err *err);

void sign_key_free(struct sign_key *key); /* NULL is a no-op */

/* The bytes of the public key.  yields: no. */
void sign_public_bytes(const struct sign_key *key, unsigned char out[SIGN_KEY_BYTES]);

/* err: ERR_BUG with a public key.  yields: no. */
int sign_bytes(const struct sign_key *key, const void *bytes, size_t len,
               unsigned char out[SIGN_BYTES], struct err *err);
bool sign_is_good(const struct sign_key *key, const void *bytes, size_t len,
                  const unsigned char signature[SIGN_BYTES]);

#endif
