#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/base/arena.h"
#include "plinth/codec/hash.h"

#include <stdlib.h>
#include <string.h>

static const char *million_a(void)
{
    static char text[1000 * 1000];

    memset(text, 'a', sizeof text);
    return text;
}

static void assert_sha256(const void *bytes, size_t len, const char *wanted)
{
    char hex[SHA256_HEX_BYTES];

    sha256_hex(bytes, len, hex);
    assert_string_equal(hex, wanted);
}

/* FIPS 180-4, the examples of NIST. */
static void test_sha256(void **state)
{
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

    (void)state;
    assert_sha256("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_sha256(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_sha256("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_sha256(two_blocks, strlen(two_blocks),
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_sha256(million_a(), 1000 * 1000,
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void test_sha256_of_pieces(void **state)
{
    static const size_t pieces[] = {1, 63, 64, 0, 65, 999807};
    struct arena *arena = arena_new("test");
    struct sha256_stream *stream = sha256_stream_new(arena);
    const char *at = million_a();
    char hex[SHA256_HEX_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; at += pieces[i++])
        sha256_stream_add(stream, at, pieces[i]);
    sha256_stream_hex(stream, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    arena_free(arena);
}

static void test_sha1(void **state)
{
    char hex[41];

    (void)state;
    sha1_hex("abc", 3, hex);
    assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
    sha1_hex("", 0, hex);
    assert_string_equal(hex, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

/* RFC 1321, A.5. */
static void test_md5(void **state)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned char digest[MD5_BYTES];
        char hex[2 * MD5_BYTES + 1];

        md5(cases[i].text, strlen(cases[i].text), digest);
        hex_encode(digest, sizeof digest, hex);
        assert_string_equal(hex, cases[i].wanted);
    }
}

static void assert_hmac(const char *key, size_t key_len, const char *text, const char *wanted)
{
    unsigned char mac[SHA256_BYTES];
    char hex[SHA256_HEX_BYTES];

    hmac_sha256(key, key_len, text, strlen(text), mac);
    hex_encode(mac, sizeof mac, hex);
    assert_string_equal(hex, wanted);
}

/* RFC 4231, cases 1, 2, 6 and 7; then the edges of the key's block. */
static void test_hmac_sha256(void **state)
{
    char key[200];

    (void)state;
    memset(key, 0x0b, 20);
    assert_hmac(key, 20, "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_hmac("Jefe", 4, "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, 131);
    assert_hmac(key, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_hmac(key, 131,
                "This is a test using a larger than block-size key and a larger than block-size "
                "data. The key needs to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
    assert_hmac("", 0, "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    assert_hmac(NULL, 0, "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* A key of one block is used as it is; a longer one as its digest. */
static void test_hmac_of_a_key_at_the_block(void **state)
{
    unsigned char longer[SHA256_BYTES], digested[SHA256_BYTES], digest[SHA256_BYTES];
    char key[65];

    (void)state;
    memset(key, 'k', sizeof key);
    sha256(key, 65, digest);
    hmac_sha256(key, 65, "x", 1, longer);
    hmac_sha256(digest, sizeof digest, "x", 1, digested);
    assert_memory_equal(longer, digested, sizeof longer);
    sha256(key, 64, digest);
    hmac_sha256(key, 64, "x", 1, longer);
    hmac_sha256(digest, sizeof digest, "x", 1, digested);
    assert_memory_not_equal(longer, digested, sizeof longer);
}

static void test_hex(void **state)
{
    char hex[9];

    (void)state;
    hex_encode("\x00\x7f\x80\xff", 4, hex);
    assert_string_equal(hex, "007f80ff");
    hex_encode(NULL, 0, hex);
    assert_string_equal(hex, "");
}

/* RFC 4648, 10. */
static void test_base64_vectors(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    struct arena *arena = arena_new("test");
    size_t len = 99;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned char *decoded = base64_decode(cases[i][1], strlen(cases[i][1]), arena, &len);

        assert_string_equal(base64_encode(cases[i][0], strlen(cases[i][0]), arena), cases[i][1]);
        assert_non_null(decoded);
        assert_int_equal(len, strlen(cases[i][0]));
        assert_string_equal(decoded, cases[i][0]);
    }
    assert_string_equal(base64_encode("\xfb\xff\xbf", 3, arena), "+/+/");
    assert_string_equal(base64_encode("\0\0", 2, arena), "AAA=");
    arena_free(arena);
}

static void test_base64_of_every_byte(void **state)
{
    struct arena *arena = arena_new("test");
    unsigned char bytes[256];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        const char *text = base64_encode(bytes, len, arena);
        size_t back_len;
        unsigned char *back = base64_decode(text, strlen(text), arena, &back_len);

        assert_non_null(back);
        assert_int_equal(back_len, len);
        assert_memory_equal(back, bytes, len);
        assert_int_equal(back[len], 0);
    }
    arena_free(arena);
}

static void test_base64_refuses_what_is_not(void **state)
{
    static const char *const wrong[] = {
        "Z",     "Zg",   "Zg=",  "=",    "====",  "Z===", "Zg==Zg==", "Zm9v\n",
        "Zm 9v", "Zh==", "Zm9=", "Z-_v", "Zm9v=", "=Zm9", "Z=9v",     "Zm\xc3\xa9",
    };
    struct arena *arena = arena_new("test");

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        size_t len = 4711;

        assert_null(base64_decode(wrong[i], strlen(wrong[i]), arena, &len));
        assert_int_equal(len, 4711);
    }
    assert_null(base64_decode("Zm\0v", 4, arena, &(size_t){0}));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_sha256_of_pieces),
        cmocka_unit_test(test_sha1),
        cmocka_unit_test(test_md5),
        cmocka_unit_test(test_hmac_sha256),
        cmocka_unit_test(test_hmac_of_a_key_at_the_block),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_base64_vectors),
        cmocka_unit_test(test_base64_of_every_byte),
        cmocka_unit_test(test_base64_refuses_what_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
