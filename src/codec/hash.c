/*
 * OpenSSL's low-level digests, although 3.0 marks them deprecated: every other entry (EVP, and
 * SHA256() itself) looks the algorithm up by name on each call, or keeps a fetched one in state
 * that outlives the call.  One SigV4 signature is a dozen of them over a few bytes.  They do not
 * allocate and cannot fail, so these functions need no error to pass on.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "plinth/codec/hash.h"
#include "plinth/base/arena.h"

#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include <stdint.h>
#include <string.h>

enum { SHA1_BYTES = 20, BLOCK_BYTES = 64 };

void sha256(const void *bytes, size_t len, unsigned char out[SHA256_BYTES])
{
    SHA256_CTX ctx;

    (void)SHA256_Init(&ctx);
    (void)SHA256_Update(&ctx, bytes, len);
    (void)SHA256_Final(out, &ctx);
}

void sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX_BYTES])
{
    unsigned char digest[SHA256_BYTES];

    sha256(bytes, len, digest);
    hex_encode(digest, sizeof digest, out);
}

struct sha256_stream {
    SHA256_CTX ctx;
};

struct sha256_stream *sha256_stream_new(struct arena *arena)
{
    struct sha256_stream *stream = arena_alloc(arena, sizeof *stream);

    (void)SHA256_Init(&stream->ctx);
    return stream;
}

void sha256_stream_add(struct sha256_stream *stream, const void *bytes, size_t len)
{
    (void)SHA256_Update(&stream->ctx, bytes, len);
}

void sha256_stream_hex(struct sha256_stream *stream, char out[SHA256_HEX_BYTES])
{
    unsigned char digest[SHA256_BYTES];

    (void)SHA256_Final(digest, &stream->ctx);
    hex_encode(digest, sizeof digest, out);
}

void sha1_hex(const void *bytes, size_t len, char out[41])
{
    unsigned char digest[SHA1_BYTES];
    SHA_CTX ctx;

    (void)SHA1_Init(&ctx);
    (void)SHA1_Update(&ctx, bytes, len);
    (void)SHA1_Final(digest, &ctx);
    hex_encode(digest, sizeof digest, out);
}

void md5(const void *bytes, size_t len, unsigned char out[MD5_BYTES])
{
    MD5_CTX ctx;

    (void)MD5_Init(&ctx);
    (void)MD5_Update(&ctx, bytes, len);
    (void)MD5_Final(out, &ctx);
}

/* RFC 2104: H(key ^ opad, H(key ^ ipad, text)). */
void hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
                 unsigned char out[SHA256_BYTES])
{
    unsigned char block[BLOCK_BYTES] = {0}, inner[SHA256_BYTES];
    SHA256_CTX ctx;

    if (key_len > BLOCK_BYTES)
        sha256(key, key_len, block);
    else if (key_len > 0)
        memcpy(block, key, key_len);

    for (size_t i = 0; i < BLOCK_BYTES; i++)
        block[i] ^= 0x36;
    (void)SHA256_Init(&ctx);
    (void)SHA256_Update(&ctx, block, BLOCK_BYTES);
    (void)SHA256_Update(&ctx, bytes, len);
    (void)SHA256_Final(inner, &ctx);

    for (size_t i = 0; i < BLOCK_BYTES; i++)
        block[i] ^= 0x36 ^ 0x5C;
    (void)SHA256_Init(&ctx);
    (void)SHA256_Update(&ctx, block, BLOCK_BYTES);
    (void)SHA256_Update(&ctx, inner, sizeof inner);
    (void)SHA256_Final(out, &ctx);

    OPENSSL_cleanse(block, sizeof block);
    OPENSSL_cleanse(inner, sizeof inner);
    OPENSSL_cleanse(&ctx, sizeof ctx);
}

void hex_encode(const void *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *at = bytes;

    for (size_t i = 0; i < len; i++) {
        *out++ = digits[at[i] >> 4];
        *out++ = digits[at[i] & 0xF];
    }
    *out = '\0';
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *bytes, size_t len, struct arena *arena)
{
    const unsigned char *at = bytes;
    size_t groups = len / 3 + (len % 3 != 0);
    char *out = arena_array(arena, groups + 1, 4), *to = out;

    for (size_t i = 0; i < len; i += 3, to += 4) {
        size_t left = len - i;
        uint32_t group = (uint32_t)at[i] << 16;

        if (left > 1)
            group |= (uint32_t)at[i + 1] << 8;
        if (left > 2)
            group |= at[i + 2];
        to[0] = base64_digits[group >> 18];
        to[1] = base64_digits[group >> 12 & 0x3F];
        to[2] = left > 1 ? base64_digits[group >> 6 & 0x3F] : '=';
        to[3] = left > 2 ? base64_digits[group & 0x3F] : '=';
    }
    return out;
}

/* The value of a digit; 64 if it is none. */
static uint32_t base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : 64;
}

/* Strict: whole groups, padding only at the end, no blanks, no stray bits in the last digit. */
unsigned char *base64_decode(const char *text, size_t len, struct arena *arena, size_t *out_len)
{
    unsigned char *out;
    uint32_t bits = 0;
    size_t padding = 0, count = 0;

    if (len % 4 != 0)
        return NULL;
    while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
        padding++;
    out = arena_alloc(arena, len / 4 * 3 + 1);
    for (size_t i = 0; i < len - padding; i++) {
        uint32_t value = base64_value(text[i]);

        if (value > 63)
            return NULL;
        bits = bits << 6 | value;
        if (i % 4 != 0)
            out[count++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
    }
    if ((padding == 1 && (bits & 0x3) != 0) || (padding == 2 && (bits & 0xF) != 0))
        return NULL;
    *out_len = count;
    return out;
}
