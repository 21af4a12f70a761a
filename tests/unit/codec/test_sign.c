/* Ed25519: the vectors of RFC 8032, section 7.1, and keys in PEM. */
#include "plinth/base/arena.h"
#include "plinth/base/secret.h"
#include "plinth/codec/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static size_t unhex(const char *hex, unsigned char *out)
{
    size_t len = strlen(hex) / 2;

    for (size_t i = 0; i < len; i++) {
        unsigned byte;

        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (unsigned char)byte;
    }
    return len;
}

static void test_vectors(void **state)
{
    static const struct {
        const char *secret, *public, *message, *signature;
    } vectors[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
         "cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d"
         "0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f7609"
         "84dc6594a7c15e9716ed28dc027beceea1ec40a"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        unsigned char secret[SIGN_KEY_BYTES], public[SIGN_KEY_BYTES], seen[SIGN_KEY_BYTES];
        unsigned char message[8], wanted[SIGN_BYTES], signature[SIGN_BYTES];
        struct err err = ERR_INIT;
        struct sign_key *key;
        size_t len;

        (void)unhex(vectors[i].secret, secret);
        (void)unhex(vectors[i].public, public);
        (void)unhex(vectors[i].signature, wanted);
        len = unhex(vectors[i].message, message);
        assert_int_equal(sign_raw_private(secret, &key, &err), 0);
        sign_public_bytes(key, seen);
        assert_memory_equal(seen, public, sizeof seen);
        assert_int_equal(sign_bytes(key, message, len, signature, &err), 0);
        assert_memory_equal(signature, wanted, sizeof signature);
        assert_true(sign_is_good(key, message, len, signature));
        for (size_t bit = 0; bit < 8 * sizeof signature; bit += 13) {
            signature[bit / 8] ^= (unsigned char)(1U << bit % 8);
            assert_false(sign_is_good(key, message, len, signature));
            signature[bit / 8] ^= (unsigned char)(1U << bit % 8);
        }
        sign_key_free(key);
    }
}

static void test_pem(void **state)
{
    struct arena *arena = arena_new("test");
    struct sign_key *private_key, *public_key;
    unsigned char signature[SIGN_BYTES];
    struct secret *private;
    struct err err = ERR_INIT;
    char *public;

    (void)state;
    assert_int_equal(sign_new_pair(&private, &public, arena, &err), 0);
    assert_non_null(strstr(public, "BEGIN PUBLIC KEY"));
    assert_int_equal(sign_read_private(private, &private_key, &err), 0);
    assert_int_equal(sign_read_public(public, strlen(public), &public_key, &err), 0);
    assert_int_equal(sign_bytes(private_key, "text", 4, signature, &err), 0);
    assert_true(sign_is_good(public_key, "text", 4, signature));
    assert_false(sign_is_good(public_key, "tent", 4, signature));
    assert_int_equal(sign_bytes(public_key, "text", 4, signature, &err), -1);
    sign_key_free(private_key);
    sign_key_free(public_key);
    err_clear(&err);
    assert_int_equal(sign_read_public("nothing", 7, &public_key, &err), -1);
    assert_int_equal(err.code, ERR_PROTOCOL);
    err_clear(&err);
    assert_int_equal(
        sign_read_public(secret_reveal(private), secret_len(private), &public_key, &err), -1);
    secret_free(private);
    private = secret_new(public, strlen(public));
    err_clear(&err);
    assert_int_equal(sign_read_private(private, &private_key, &err), -1);
    secret_free(private);
    arena_free(arena);
}

/* A key of another kind signs something else than what a reader expects. */
static void test_another_kind_of_key(void **state)
{
    static const char p256[] = "-----BEGIN PUBLIC KEY-----\n"
                               "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n"
                               "6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n"
                               "-----END PUBLIC KEY-----\n";
    struct sign_key *key;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(sign_read_public(p256, sizeof p256 - 1, &key, &err), -1);
    assert_non_null(strstr(err.text, "not of Ed25519"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_pem),
        cmocka_unit_test(test_another_kind_of_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
