#include "plinth/base/secret.h"

#include "child.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_holds_a_copy(void **state)
{
    char bytes[] = "sesame";
    struct secret *secret = secret_new(bytes, 6);
    struct secret *binary = secret_new("a\0b", 3);
    struct secret *empty = secret_new(NULL, 0);

    (void)state;
    wipe(bytes, sizeof bytes);
    assert_string_equal(secret_reveal(secret), "sesame");
    assert_int_equal(secret_len(secret), 6);
    assert_memory_equal(secret_reveal(binary), "a\0b", 4);
    assert_string_equal(secret_reveal(empty), "");
    assert_int_equal(secret_len(empty), 0);
    assert_string_equal(secret_reveal(NULL), "");
    assert_int_equal(secret_len(NULL), 0);
    secret_free(secret);
    secret_free(binary);
    secret_free(empty);
    secret_free(NULL);
}

static void test_larger_than_a_page(void **state)
{
    static char bytes[3 * 4096];
    struct secret *secret;

    (void)state;
    memset(bytes, 's', sizeof bytes);
    secret = secret_new(bytes, sizeof bytes);
    assert_memory_equal(secret_reveal(secret), bytes, sizeof bytes);
    assert_int_equal(secret_reveal(secret)[sizeof bytes], '\0');
    secret_free(secret);
}

/* Whichever is freed first, the other stays what it was; what has no room has its own pages. */
static void test_beside_another(void **state)
{
    enum { LARGE = 5000 };
    static char large[LARGE];

    (void)state;
    memset(large, 'l', sizeof large);
    for (int round = 0; round < 2; round++) {
        struct secret *one = secret_new("sesame", 6);
        struct secret *beside = secret_new_beside(one, "open", 4);
        struct secret *apart = secret_new_beside(one, large, LARGE);
        const char *in_one_page = secret_reveal(one) - (uintptr_t)secret_reveal(one) % 4096;
        const char *freed = secret_reveal(round == 0 ? one : beside);

        assert_true(secret_reveal(beside) > secret_reveal(one));
        assert_true(secret_reveal(beside) < in_one_page + 4096);
        assert_memory_equal(secret_reveal(apart), large, LARGE);
        secret_free(round == 0 ? one : beside);
        assert_memory_equal(freed, "\0\0\0\0", 4); /* on a page that is still there */
        assert_string_equal(secret_reveal(round == 0 ? beside : one),
                            round == 0 ? "open" : "sesame");
        assert_memory_equal(secret_reveal(apart), large, LARGE);
        secret_free(round == 0 ? beside : one);
        secret_free(apart);
    }
}

static void test_compares(void **state)
{
    struct secret *a = secret_new("sesame", 6), *same = secret_new("sesame", 6);
    struct secret *last = secret_new("sesamE", 6), *longer = secret_new("sesame\0", 7);

    (void)state;
    assert_true(secret_eq(a, a));
    assert_true(secret_eq(a, same));
    assert_false(secret_eq(a, last));
    assert_false(secret_eq(a, longer));
    assert_false(secret_eq(a, NULL));
    assert_false(secret_eq(NULL, a));
    assert_true(secret_eq(NULL, NULL));
    secret_free(a);
    secret_free(same);
    secret_free(last);
    secret_free(longer);
}

static void test_wipe_overwrites(void **state)
{
    char bytes[8] = "sesame!";

    (void)state;
    wipe(bytes, 6);
    assert_memory_equal(bytes, "\0\0\0\0\0\0!", 8);
    wipe(NULL, 0);
}

/* The "VmFlags:" line of the mapping that `address` lies in; false if there is no such mapping. */
static bool mapping_flags(const void *address, char *out, int out_bytes)
{
    FILE *smaps = fopen("/proc/self/smaps", "r");
    bool inside = false;
    uintptr_t first, end;
    char line[512];

    assert_non_null(smaps);
    while (fgets(line, sizeof line, smaps) != NULL) {
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &first, &end) == 2)
            inside = (uintptr_t)address >= first && (uintptr_t)address < end;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            (void)snprintf(out, (size_t)out_bytes, "%s", line);
            (void)fclose(smaps);
            return true;
        }
    }
    (void)fclose(smaps);
    return false;
}

static void test_stays_out_of_core_dumps(void **state)
{
    struct secret *secret = secret_new("sesame", 6);
    char flags[512];

    (void)state;
    assert_true(mapping_flags(secret_reveal(secret), flags, sizeof flags));
    assert_non_null(strstr(flags, " dd")); /* "do not include area into core dump" */
    secret_free(secret);
}

static void read_byte(void *at)
{
    (void)*(volatile const char *)at;
}

static void test_bytes_are_gone_after_free(void **state)
{
    struct secret *secret = secret_new("sesame", 6);
    const char *bytes = secret_reveal(secret);
    char flags[512];
    int status = child_run(read_byte, (void *)(uintptr_t)bytes, -1);

    (void)state;
    assert_int_equal(WEXITSTATUS(status), CHILD_SURVIVED);
    assert_true(mapping_flags(bytes, flags, sizeof flags));
    secret_free(secret);
    assert_false(mapping_flags(bytes, flags, sizeof flags));
    assert_true(child_crashed(child_run(read_byte, (void *)(uintptr_t)bytes, -1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holds_a_copy),
        cmocka_unit_test(test_larger_than_a_page),
        cmocka_unit_test(test_beside_another),
        cmocka_unit_test(test_compares),
        cmocka_unit_test(test_wipe_overwrites),
        cmocka_unit_test(test_stays_out_of_core_dumps),
        cmocka_unit_test(test_bytes_are_gone_after_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
