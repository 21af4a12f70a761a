#include "world.h"

#include "plinth/codec/hash.h"

/* IAM User Guide, "Signature Version 4": the key of its example. */
static void test_the_documented_key(void **state)
{
    const struct sim_scope scope = {"AKIDEXAMPLE", "20150830", "us-east-1", "iam"};
    unsigned char key[SHA256_BYTES];
    char hex[SHA256_HEX_BYTES];

    (void)state;
    sim_auth_derive(&scope, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", key);
    hex_encode(key, sizeof key, hex);
    assert_string_equal(hex, "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_documented_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
