#include "plinth/policy/actions.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_looks(void **state)
{
    static const struct {
        const char *action;
        enum policy_action is;
        const char *text; /* NULL: none */
    } rows[] = {
        {"s3:GetObject", POLICY_ACTION_KNOWN, NULL},
        {"S3:getobject", POLICY_ACTION_KNOWN, NULL},
        {"execute-api:Invoke", POLICY_ACTION_KNOWN, NULL},
        {"s3:GetObjct", POLICY_ACTION_UNKNOWN, "did you mean s3:GetObject?"},
        {"s3:Zzzzzzzzzzzzzzz", POLICY_ACTION_UNKNOWN, "s3 has no action \"Zzzzzzzzzzzzzzz\""},
        {"organisations:CreateAccount", POLICY_ACTION_UNKNOWN, "did you mean organizations?"},
        {"s3:*", POLICY_ACTION_MALFORMED, "not the pattern"},
        {"GetObject", POLICY_ACTION_MALFORMED, "service:Action"},
        {":GetObject", POLICY_ACTION_MALFORMED, "service:Action"},
        {"s3:", POLICY_ACTION_MALFORMED, "service:Action"},
        {"s3:Get Object", POLICY_ACTION_MALFORMED, "service:Action"},
        {"s 3:GetObject", POLICY_ACTION_MALFORMED, "service:Action"},
        {"s3:a:b", POLICY_ACTION_MALFORMED, "service:Action"},
        {"", POLICY_ACTION_MALFORMED, "service:Action"},
    };
    struct arena *arena = arena_new("test");

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *text;

        assert_int_equal(policy_action_look(rows[i].action, arena, &text), rows[i].is);
        if (rows[i].text == NULL)
            assert_null(text);
        else
            assert_non_null(strstr(text, rows[i].text));
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_looks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
