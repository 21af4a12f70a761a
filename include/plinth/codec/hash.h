/*
 * hash.h - SHA-256, HMAC-SHA-256, MD5 (S3's Content-MD5 only), hex and base64, through OpenSSL.
 *
 * Layer:  codec.
 * Source: FIPS 180-4, RFC 2104, RFC 4648.
 */
#ifndef PLINTH_CODEC_HASH_H
#define PLINTH_CODEC_HASH_H

#include <stddef.h>

struct arena;         /* base/arena.h */
struct sha256_stream; /* opaque */

enum { SHA256_BYTES = 32, SHA256_HEX_BYTES = 65, MD5_BYTES = 16 };

/* yields: no. */
void sha256(const void *bytes, size_t len, unsigned char out[SHA256_BYTES]);
void sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX_BYTES]);

/* The same over bytes that come piece by piece; ended once.  owns: `arena`.  yields: no. */
struct sha256_stream *sha256_stream_new(struct arena *arena);
void sha256_stream_add(struct sha256_stream *stream, const void *bytes, size_t len);
void sha256_stream_hex(struct sha256_stream *stream, char out[SHA256_HEX_BYTES]);

void sha1_hex(const void *bytes, size_t len, char out[41]);
void md5(const void *bytes, size_t len, unsigned char out[MD5_BYTES]);
void hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
                 unsigned char out[SHA256_BYTES]);

/* Lower case, NUL-terminated: `out` holds 2 * len + 1.  yields: no. */
void hex_encode(const void *bytes, size_t len, char *out);

/* owns: `arena`.  base64_decode: NULL if it is not base64 as RFC 4648 writes it (padded, no
 * blanks); a NUL that is not counted follows the bytes.  yields: no. */
char *base64_encode(const void *bytes, size_t len, struct arena *arena);
unsigned char *base64_decode(const char *text, size_t len, struct arena *arena, size_t *out_len);

#endif
