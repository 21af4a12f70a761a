/* What counts as a call that an organization policy denied, and when it is too many.  Reading the
 * event history is in test_rollout_policies.c. */
#include "plinth/engine/rollout.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SCP "User: x is not authorized to perform: s3:GetObject with an explicit deny in a service "
#define PERSON "arn:aws:sts::111122223333:assumed-role/Admin/ann"

static bool counts(const char *code, const char *message, const char *arn)
{
    struct arena *arena = arena_new("record");
    struct json *record = json_object(arena);
    bool result;

    json_put_str(record, "errorCode", code);
    json_put_str(record, "errorMessage", message);
    json_put_str(json_put_object(record, "userIdentity"), "arn", arn);
    result = rollout_is_denial(record, "Member");
    arena_free(arena);
    return result;
}

static void test_what_counts(void **state)
{
    (void)state;
    assert_true(counts("AccessDenied", SCP "control policy", PERSON));
    assert_true(counts("AccessDeniedException", SCP "control policy: arn:aws:x", PERSON));
    assert_true(counts("Client.UnauthorizedOperation", SCP "control policy", PERSON));
    assert_true(counts("AccessDenied", "with an explicit deny in a resource control policy", NULL));
    assert_false(
        counts("AccessDenied", "with an explicit deny in an identity-based policy", PERSON));
    assert_false(counts("AccessDenied", "because no service control policy allows it", PERSON));
    assert_false(counts("ThrottlingException", SCP "control policy", PERSON));
    assert_false(counts(NULL, NULL, PERSON));
}

static void test_our_own_calls_do_not(void **state)
{
    (void)state;
    assert_false(counts("AccessDenied", SCP "control policy",
                        "arn:aws:sts::111122223333:assumed-role/Member/plinth"));
    assert_true(counts("AccessDenied", SCP "control policy",
                       "arn:aws:sts::111122223333:assumed-role/Member/ann"));
    assert_true(counts("AccessDenied", SCP "control policy",
                       "arn:aws:sts::111122223333:assumed-role/MemberOfStaff/plinth"));
}

static void test_what_is_too_much(void **state)
{
    (void)state;
    assert_false(rollout_alarms(&(struct rollout_denied){.before = 0, .after = 0}, 0));
    assert_true(rollout_alarms(&(struct rollout_denied){.before = 0, .after = 1}, 0));
    assert_false(rollout_alarms(&(struct rollout_denied){.before = 5, .after = 15}, 10));
    assert_true(rollout_alarms(&(struct rollout_denied){.before = 5, .after = 16}, 10));
    assert_false(rollout_alarms(&(struct rollout_denied){.before = 50, .after = 16}, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_counts),
        cmocka_unit_test(test_our_own_calls_do_not),
        cmocka_unit_test(test_what_is_too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
