/* What a person lets pass, and what not. */
#include "../../support/baseline_text.h"

#include "plinth/base/arena.h"
#include "plinth/control/control.h"
#include "plinth/engine/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct baseline *load(struct arena *arena)
{
    static const char text[] =
        "apiVersion: plinth/v1\nname: test\nhome_region: eu-central-1\nregions: [eu-central-1]\n"
        "accounts:\n"
        "  - {name: Management, email: m@example.com, roles: [management]}\n"
        "  - {name: Security, email: s@example.com, roles: [security]}\n"
        "  - {name: Shop, email: shop@example.com}\n"
        "controls: {security_role: }\n"
        "policies:\n  - {name: p, type: service_control_policy, attach: [root], document: "
        "{Version: '2012-10-17', Statement: [{Sid: Keep, Effect: Deny, Action: ['iam:*'], "
        "Resource: '*'}]}}\n";

    return baseline_without_mistakes(arena, text);
}

static void test_decide(void **state)
{
    struct arena *arena = arena_new("test");
    struct baseline *baseline = load(arena);
    const struct gate_options options = {.baseline = baseline};
    const char *name = baseline->policies[0].name;
    const char *const mine[] = {name, NULL}, *const wrong[] = {"other", NULL};
    struct gate_findings findings;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(gate_check(&options, arena, &findings, &err), 0);
    assert_true(findings.count > 0);
    assert_string_equal(findings.items[0].policy, name);
    assert_int_equal(gate_decide(&options, &findings, NULL, &err), -1);
    assert_int_equal(err.code, ERR_GATE);
    assert_non_null(strstr(err.text, "statement Keep denies iam:"));
    assert_non_null(strstr(err.text, "--override-gate"));
    assert_int_equal(gate_decide(&options, &findings, wrong, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_int_equal(gate_decide(&options, &findings, mine, &err), 0);
    arena_free(arena);
}

/* A warning stops nobody. */
static void test_warnings(void **state)
{
    struct gate_finding only = {.policy = "p", .text = "perhaps", .warning = true};
    const struct gate_findings findings = {&only, 1};
    const struct gate_options options = {.baseline = NULL};
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(gate_decide(&options, &findings, NULL, &err), 0);
    only.warning = false;
    assert_int_equal(gate_decide(&options, &findings, NULL, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide),
        cmocka_unit_test(test_warnings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
