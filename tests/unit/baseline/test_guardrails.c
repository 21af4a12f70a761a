/* Which policies are over whom. */
#include "plinth/base/arena.h"
#include "plinth/baseline/guardrails.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char text[] =
    "apiVersion: plinth/v1\nname: test\nhome_region: eu-central-1\n"
    "organizational_units: {A: {units: {B: }}, C: }\n"
    "accounts:\n"
    "  - {name: M, email: m@example.com, roles: [management]}\n"
    "  - {name: X, email: x@example.com, ou: A/B}\n"
    "  - {name: Y, email: y@example.com}\n"
    "policies:\n"
    "  - {name: all, type: service_control_policy, attach: [root], document: {Version: "
    "'2012-10-17', Statement: [{Sid: One, Effect: Deny, Action: 'a:One', Resource: '*'}]}}\n"
    "  - {name: unit, type: service_control_policy, attach: [A], document: {Version: "
    "'2012-10-17', Statement: [{Sid: Two, Effect: Deny, Action: 'a:Two', Resource: '*'}]}}\n"
    "  - {name: own, type: service_control_policy, attach: [{account: X}], document: {Version: "
    "'2012-10-17', Statement: [{Sid: Three, Effect: Deny, Action: 'a:Three', Resource: '*'}]}}\n"
    "  - {name: res, type: resource_control_policy, attach: [C], document: {Version: "
    "'2012-10-17', Statement: [{Sid: Four, Effect: Deny, Principal: '*', Action: 's3:Four', "
    "Resource: '*'}]}}\n";

struct world {
    struct arena *arena;
    struct baseline *baseline;
    struct guardrails *guardrails;
};

static int set_up(void **state)
{
    static const char *const no_templates[] = {NULL};
    static const struct control_section sections[] = {{.name = NULL}};
    struct baseline_options options = {.sections = sections, .template_dirs = no_templates};
    struct arena *arena = arena_new("test");
    struct world *world = arena_alloc(arena, sizeof *world);
    struct err err = ERR_INIT;
    struct diags diags;

    world->arena = arena;
    diags_init(&diags, arena);
    if (baseline_load_text(text, strlen(text), "test.yaml", &options, arena, &world->baseline,
                           &diags, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(guardrails_new(world->baseline, arena, &world->guardrails, &err), 0);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    arena_free(((struct world *)*state)->arena);
    return 0;
}

/* The Sid that denies the action to a role; "" if none does. */
static const char *denied_by(const struct world *world, const char *ou, const char *account,
                             const char *action, struct policy_answer *answer)
{
    struct policy_request request = {.action = action};
    struct policy_attached over;

    assert_true(policy_principal_parse("arn:aws:iam::111122223333:role/x", world->arena,
                                       &request.principal));
    guardrails_over(world->guardrails, ou == NULL ? NULL : baseline_ou(world->baseline, ou),
                    account == NULL ? NULL : baseline_account(world->baseline, account), &over);
    policy_evaluate(&over, &request, answer);
    return answer->outcome == POLICY_DENIED ? answer->sid : "";
}

static void test_levels(void **state)
{
    static const struct {
        const char *ou, *account, *action, *sid;
    } rows[] = {
        {NULL, NULL, "a:One", "One"},    {NULL, NULL, "a:Two", ""},
        {"A", NULL, "a:Two", "Two"},     {"A/B", NULL, "a:One", "One"},
        {"A/B", NULL, "a:Two", "Two"},   {"A/B", NULL, "a:Three", ""},
        {NULL, "X", "a:One", "One"},     {NULL, "X", "a:Two", "Two"},
        {NULL, "X", "a:Three", "Three"}, {NULL, "Y", "a:Two", ""},
        {NULL, "Y", "a:Three", ""},      {NULL, "M", "a:One", ""},
        {"C", NULL, "s3:Four", "Four"},  {NULL, "X", "s3:Four", ""},
        {NULL, "X", "a:Else", ""},
    };
    struct policy_answer answer;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *sid = denied_by(*state, rows[i].ou, rows[i].account, rows[i].action, &answer);

        if (strcmp(sid, rows[i].sid) != 0)
            fail_msg("row %zu: %s", i, sid);
    }
}

static void test_origin(void **state)
{
    const struct world *world = *state;
    struct policy_answer answer;

    assert_string_equal(denied_by(world, NULL, "X", "a:Three", &answer), "Three");
    assert_string_equal(answer.level, "account X");
    assert_string_equal(guardrails_origin(world->guardrails, answer.policy)->name,
                        policy_compiled_name(answer.policy));
    assert_string_equal(denied_by(world, NULL, "X", "a:Else", &answer), "");
    assert_string_equal(policy_compiled_name(answer.policy), "FullAWSAccess");
    assert_null(guardrails_origin(world->guardrails, answer.policy));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_levels), TEST(test_origin)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
