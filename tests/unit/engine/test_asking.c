#include "asking.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/control/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "apiVersion: plinth/v1\nname: test\nhome_region: eu-central-1\n"

static const struct baseline *load(struct arena *arena, const char *text)
{
    struct baseline_options options = {.sections = controls_sections(arena)};
    struct baseline *baseline = NULL;
    struct err err = ERR_INIT;
    struct diags diags;

    diags_init(&diags, arena);
    if (baseline_load_text(text, strlen(text), "test.yaml", &options, arena, &baseline, &diags,
                           &err) != 0)
        fail_msg("%s", diags.count == 0 ? err.text : diags.items[0].text);
    return baseline;
}

static void test_settings(void **state)
{
    struct arena *arena = arena_new("test");
    const struct baseline *baseline =
        load(arena, HEAD "organization: {trusted_access: [iam.amazonaws.com]}\n"
                         "controls: {security_role: {name: Watch}, root_access: }\n"
                         "accounts:\n"
                         "  - {name: A, email: a@example.com, roles: [security]}\n");

    (void)state;
    assert_string_equal(asking_setting(baseline, NULL, "security_role", "name"), "Watch");
    assert_string_equal(asking_setting(baseline, NULL, "root_access", "sessions"), "true");
    assert_null(asking_setting(baseline, NULL, "root_access", "nothing"));
    assert_null(asking_setting(baseline, NULL, "guardduty", "plans"));
    arena_free(arena);
}

static void test_organization(void **state)
{
    struct arena *arena = arena_new("test");
    const struct baseline *plain = load(arena, HEAD);
    const struct baseline *named =
        load(arena, HEAD "policies:\n"
                         "  - {name: p, type: service_control_policy, attach: [root], document:\n"
                         "     {Version: '2012-10-17', Statement: {Effect: Deny, Action: 's3:*',\n"
                         "      Resource: '*', Condition: {StringNotEquals:\n"
                         "       {'aws:ResourceOrgID': o-abcdefghij}}}}}\n");

    (void)state;
    assert_string_equal(asking_organization(plain, NULL), "o-0000000000");
    assert_string_equal(asking_organization(plain, "o-x"), "o-x");
    assert_null(asking_organization(named, NULL));
    assert_string_equal(asking_organization(named, "o-x"), "o-x");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_organization),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
