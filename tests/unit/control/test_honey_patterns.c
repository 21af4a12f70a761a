/* By what honey tokens are known: that it is well formed and fits, and that nothing which is looked
 * for gets lost. */
#include "honey_patterns.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ACCOUNT "111122223333"

static struct honey_identity token_of(enum honey_kind kind, const char *name, struct arena *arena)
{
    return (struct honey_identity){.kind = kind,
                                   .exists = true,
                                   .known = true,
                                   .label = "x",
                                   .account_id = ACCOUNT,
                                   .region = "eu-west-1",
                                   .name = name,
                                   .arn =
                                       honey_arn(kind, "aws", ACCOUNT, "eu-west-1", name, arena)};
}

static void test_what_each_kind_is_known_by(void **state)
{
    static const struct {
        enum honey_kind kind;
        const char *name, *event, *filter;
    } cases[] = {
        {HONEY_ACCESS_KEY, "svc", "arn:aws:iam::" ACCOUNT ":user/svc", "$.userIdentity.arn = "},
        {HONEY_ROLE, "boss", "arn:aws:iam::" ACCOUNT ":role/boss", "$.requestParameters.roleArn"},
        {HONEY_SECRET, "prod/db", ":secret:prod/db-\"", ":secret:prod/db-*\""},
        {HONEY_PARAMETER, "/prod/key", ":parameter/prod/key", "\"/prod/key\""},
        {HONEY_BUCKET, "payroll", "\"bucketName\":[\"payroll\"]", "bucketName = \"payroll\""},
        {HONEY_TABLE, "cards", ":table/cards", "tableName = \"cards\""},
    };
    struct arena *arena = arena_new("test");

    (void)state;
    assert_int_equal(sizeof cases / sizeof cases[0], HONEY_KIND_COUNT);
    for (size_t i = 0; i < HONEY_KIND_COUNT; i++) {
        struct honey_identity token = token_of(cases[i].kind, cases[i].name, arena);
        struct strings events = honey_event_patterns(&token, arena);
        struct strings terms = honey_filter_terms(&token, arena);
        const char *pattern = honey_event_pattern(&events, ACCOUNT, arena);
        struct err err = ERR_INIT;
        struct json *json;

        if (json_parse(pattern, strlen(pattern), arena, &json, &err) != 0)
            fail_msg("%s: %s", pattern, err.text);
        assert_non_null(strstr(pattern, cases[i].event));
        assert_non_null(strstr(honey_filter_pattern(&terms, arena), cases[i].filter));
        /* AWS adds six characters that neither knows. */
        assert_null(strchr(pattern, '?'));
        assert_null(strchr(honey_filter_pattern(&terms, arena), '?'));
        assert_string_equal(json_at(json_get(json, "account"), 0)->string, ACCOUNT);
    }
    arena_free(arena);
}

/* The longest names that AWS has, or the baseline takes. */
static void test_each_sign_fits(void **state)
{
    static const size_t longest[HONEY_KIND_COUNT] = {
        [HONEY_ACCESS_KEY] = 64, [HONEY_ROLE] = 64,       [HONEY_BUCKET] = 63,
        [HONEY_SECRET] = 512,    [HONEY_PARAMETER] = 512, [HONEY_TABLE] = 255,
    };
    struct arena *arena = arena_new("test");
    char name[512];

    (void)state;
    memset(name, 'a', sizeof name);
    for (size_t i = 0; i < HONEY_KIND_COUNT; i++) {
        struct honey_identity token =
            token_of((enum honey_kind)i, arena_printf(arena, "%.*s", (int)longest[i], name), arena);
        struct strings events = honey_event_patterns(&token, arena);
        struct strings terms = honey_filter_terms(&token, arena);

        for (size_t k = 0; k < events.count; k++)
            assert_true(strlen(events.items[k]) <= HONEY_PATTERN_MOST - HONEY_FRAME_MOST);
        for (size_t k = 0; k < terms.count; k++)
            assert_true(strlen(terms.items[k]) <= HONEY_FILTER_MOST - HONEY_FRAME_MOST);
    }
    arena_free(arena);
}

static void test_packing_fills_and_never_stops(void **state)
{
    const char *items[] = {"aaaa", "bbbb", "cc"};
    struct strings list = {items, 3};

    (void)state;
    assert_int_equal(honey_pack(&list, 9, 1), 2);
    assert_int_equal(honey_pack(&list, 8, 1), 1);
    assert_int_equal(honey_pack(&list, 12, 1), 3);
    assert_int_equal(honey_pack(&list, 1, 1), 1); /* too long: AWS says so */
    list.count = 0;
    assert_int_equal(honey_pack(&list, 9, 1), 0);
}

/* What is written is found again, whole. */
static void test_signs_are_read_back(void **state)
{
    struct arena *arena = arena_new("test");
    struct honey_identity tokens[] = {token_of(HONEY_ROLE, "boss", arena),
                                      token_of(HONEY_SECRET, "prod/db", arena),
                                      token_of(HONEY_ACCESS_KEY, "svc", arena)};

    (void)state;
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        struct strings events = honey_event_patterns(&tokens[i], arena);
        struct strings terms = honey_filter_terms(&tokens[i], arena);
        struct strings back = honey_event_signs(honey_event_pattern(&events, NULL, arena), arena);

        assert_int_equal(back.count, events.count);
        for (size_t k = 0; k < back.count; k++)
            assert_string_equal(back.items[k], events.items[k]);
        back = honey_filter_signs(honey_filter_pattern(&terms, arena), arena);
        assert_int_equal(back.count, terms.count);
        for (size_t k = 0; k < back.count; k++)
            assert_string_equal(back.items[k], terms.items[k]);
    }
    assert_int_equal(honey_event_signs("{\"source\":[\"x\"]}", arena).count, 0);
    assert_int_equal(honey_event_signs("no JSON", arena).count, 0);
    assert_int_equal(honey_event_signs(NULL, arena).count, 0);
    assert_int_equal(honey_filter_signs(")(", arena).count, 0);
    assert_int_equal(honey_filter_signs("", arena).count, 0);
    arena_free(arena);
}

/* A token that the baseline no longer names may still lie somewhere. */
static void test_what_is_looked_for_stays_until_a_prune(void **state)
{
    const char *wanted_items[] = {"c", "a"}, *live_items[] = {"b", "a"};
    const struct strings wanted = {wanted_items, 2}, live = {live_items, 2}, none = {NULL, 0};
    struct arena *arena = arena_new("test");
    struct control_ctx ctx = {.arena = arena};
    struct strings all;

    (void)state;
    all = honey_merge(&ctx, &wanted, &live);
    assert_int_equal(all.count, 3);
    assert_string_equal(all.items[0], "a");
    assert_string_equal(all.items[1], "b");
    assert_string_equal(all.items[2], "c");
    assert_int_equal(honey_merge(&ctx, &none, &none).count, 0);
    ctx.prune = true;
    all = honey_merge(&ctx, &wanted, &live);
    assert_int_equal(all.count, 2);
    assert_string_equal(all.items[1], "c");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_each_kind_is_known_by),
        cmocka_unit_test(test_each_sign_fits),
        cmocka_unit_test(test_packing_fills_and_never_stops),
        cmocka_unit_test(test_signs_are_read_back),
        cmocka_unit_test(test_what_is_looked_for_stays_until_a_prune),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
