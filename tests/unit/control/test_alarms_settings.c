/* What the baseline may say of alarms, and what each rule then looks for. */
#include "../../support/baseline_text.h"

#include "alarms_settings.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SECURITY "  - {name: Security, email: b@example.com, roles: [security]}\n"

static struct baseline *load(struct arena *arena, const char *accounts, const char *settings,
                             struct diags *diags)
{
    const char *text = arena_printf(arena,
                                    "apiVersion: plinth/v1\n"
                                    "name: test\n"
                                    "home_region: eu-central-1\n"
                                    "regions: [eu-central-1]\n"
                                    "accounts:\n"
                                    "  - {name: Main, email: a@example.com, roles: [management]}\n"
                                    "%s"
                                    "controls:\n"
                                    "  alarms: %s\n",
                                    accounts, settings);

    return baseline_of_text(arena, text, diags);
}

static void expect_mistake(const char *accounts, const char *settings, const char *wanted)
{
    struct arena *arena = arena_new("test");
    struct diags diags;

    (void)load(arena, accounts, settings, &diags);
    if (diags.count == 0 || strstr(diags.items[0].text, wanted) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", settings,
                 diags.count == 0 ? "" : diags.items[0].text, wanted);
    arena_free(arena);
}

static void test_mistakes(void **state)
{
    (void)state;
    expect_mistake("", "{emails: [a@example.com]}", "account with role security");
    expect_mistake(SECURITY, "{}", "nobody to tell");
    expect_mistake(SECURITY, "{webhooks: ['http://example.com']}", "begins with https://");
    expect_mistake(SECURITY, "{emails: [nobody]}", "emails");
    expect_mistake(SECURITY, "{emails: [a@example.com], events: [fire]}", "must be one of");
}

struct place {
    struct arena *arena;
    struct control_ctx ctx;
};

/* The context of an account in a region. */
static struct place place_of(const char *settings, size_t account, const char *region)
{
    struct place place = {.arena = arena_new("test")};
    struct diags diags;
    struct baseline *baseline = load(place.arena, SECURITY, settings, &diags);
    struct alarms_spec *spec = arena_alloc(place.arena, sizeof *spec);

    assert_non_null(baseline);
    schema_decode(&alarms_schema, baseline_control_node(baseline, "alarms", NULL), place.arena,
                  spec, &diags);
    assert_int_equal(diags.count, 0);
    place.ctx = (struct control_ctx){.baseline = baseline,
                                     .account = &baseline->accounts[account],
                                     .account_id = "111122223333",
                                     .region = region,
                                     .partition = "aws",
                                     .spec = spec,
                                     .arena = place.arena};
    return place;
}

enum { MAIN, SECURITY_ACCOUNT };

static bool looks_for(const char *settings, size_t account, const char *region, const char *what)
{
    struct place place = place_of(settings, account, region);
    const char *pattern = alarms_pattern(&place.ctx);
    bool found = strstr(pattern, what) != NULL;
    struct json *json;
    struct err err = ERR_INIT;

    assert_true(strlen(pattern) <= 2048); /* AWS takes no more */
    assert_int_equal(json_parse(pattern, strlen(pattern), place.arena, &json, &err), 0);
    arena_free(place.arena);
    return found;
}

#define EVERYTHING                                                                                 \
    "{emails: [a@example.com], events: [findings, root, console_login_without_mfa, guards, "       \
    "organization, iam_users_and_keys, denied], severity: medium}"
#define NOTHING "{emails: [a@example.com], events: []}"

static void test_where_what_is_looked_for(void **state)
{
    (void)state;
    /* The service itself is recorded in one region only. */
    assert_true(looks_for(EVERYTHING, MAIN, "us-east-1", "aws.organizations"));
    assert_true(looks_for(EVERYTHING, MAIN, "us-east-1", "CreateAccessKey"));
    assert_false(looks_for(EVERYTHING, MAIN, "eu-central-1", "aws.organizations"));
    assert_false(looks_for(EVERYTHING, MAIN, "eu-central-1", "CreateAccessKey"));
    /* The security account has everybody's findings. */
    assert_true(looks_for(EVERYTHING, SECURITY_ACCOUNT, "us-east-1", "[\">=\",4]"));
    assert_false(looks_for(EVERYTHING, MAIN, "eu-central-1", "GuardDuty"));
    /* The rest is everywhere. */
    assert_true(looks_for(EVERYTHING, MAIN, "eu-central-1", "AccessDenied"));
    assert_true(looks_for(EVERYTHING, MAIN, "eu-central-1", "StopLogging"));
    assert_true(looks_for(EVERYTHING, MAIN, "eu-central-1", ALARMS_TEST_SOURCE));
    assert_false(looks_for(NOTHING, MAIN, "eu-central-1", "StopLogging"));
    assert_true(looks_for(NOTHING, MAIN, "eu-central-1", ALARMS_TEST_SOURCE));
}

static const char *state_with(const char *events)
{
    struct arena *arena = arena_new("test");
    struct place place = place_of(
        arena_printf(arena, "{emails: [a@example.com], events: [%s]}", events), MAIN, "eu-west-1");
    const char *state = alarms_rule_state(place.ctx.spec);

    arena_free(place.arena);
    arena_free(arena);
    return state; /* static storage */
}

static void test_who_must_see_reads(void **state)
{
    (void)state;
    assert_string_equal(state_with("guards, organization"), "ENABLED");
    assert_string_equal(state_with("denied"), "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS");
    assert_string_equal(state_with("root"), "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS");
}

static void test_json_by_meaning(void **state)
{
    struct arena *arena = arena_new("test");

    (void)state;
    assert_true(alarms_json_equal("{\"a\":1,\"b\":2}", "{\"b\": 2, \"a\": 1}", arena));
    assert_false(alarms_json_equal("{\"a\":1}", "{\"a\":2}", arena));
    assert_false(alarms_json_equal("broken", "broken", arena));
    assert_false(alarms_json_equal(NULL, "{}", arena));
    assert_true(alarms_json_equal(NULL, NULL, arena));
    arena_free(arena);
}

static void test_names(void **state)
{
    struct place place = place_of(NOTHING, MAIN, "eu-west-1");

    (void)state;
    assert_string_equal(alarms_role_arn(&place.ctx),
                        "arn:aws:iam::111122223333:role/plinth-alarms");
    place.ctx.account_id = NULL;
    assert_null(alarms_role_arn(&place.ctx));
    arena_free(place.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_where_what_is_looked_for),
        cmocka_unit_test(test_who_must_see_reads),
        cmocka_unit_test(test_json_by_meaning),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
