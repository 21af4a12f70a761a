/* Every operator, on keys that are there, absent, several, and not given. */
#include "evaluate_priv.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evaluate_world.h"

struct sample {
    const char *condition; /* {"operator": {"aws:K": ...}} */
    const char *const *values;
    size_t count;
    enum truth truth;
};

static enum truth meets(const char *condition, const struct policy_key *keys, size_t key_count,
                        struct arena *arena)
{
    const struct json *op = json_of(condition, arena)->first;
    struct policy_request request = request_of("*", "s3:GetObject", "*", arena);
    struct condition compiled;
    struct context context;
    struct err err = ERR_INIT;
    enum truth truth;

    request.keys = keys;
    request.key_count = key_count;
    evaluate_context_init(&context, &request);
    assert_int_equal(condition_compile(op->key, op->first, true, arena, &compiled, &err), 0);
    truth = condition_match(&compiled, &context);
    assert_int_equal(truth == TRUTH_MAYBE, context.missing != NULL);
    return truth;
}

static void check(const struct sample *samples, size_t count, struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        const struct policy_key key = {"aws:K", samples[i].values, samples[i].count};
        enum truth truth = meets(samples[i].condition, &key, 1, arena);

        if (truth != samples[i].truth)
            fail_msg("%s on %s: %d", samples[i].condition,
                     samples[i].count == 0 ? "nothing" : samples[i].values[0], (int)truth);
    }
}

#define CHECK(samples, arena) check(samples, sizeof(samples) / sizeof(samples)[0], arena)
#define ONE(text) (const char *const[]){text}, 1
#define TWO(a, b) (const char *const[]){a, b}, 2
#define NONE NULL, 0

static void test_strings(void **state)
{
    const struct sample samples[] = {
        {"{'StringEquals':{'aws:K':'a'}}", ONE("a"), TRUTH_YES},
        {"{'StringEquals':{'AWS:k':['b','a']}}", ONE("a"), TRUTH_YES},
        {"{'StringEquals':{'aws:K':'A'}}", ONE("a"), TRUTH_NO},
        {"{'StringEquals':{'aws:K':'*'}}", ONE("a"), TRUTH_NO},
        {"{'StringNotEquals':{'aws:K':['a','b']}}", ONE("a"), TRUTH_NO},
        {"{'StringNotEquals':{'aws:K':['b','c']}}", ONE("a"), TRUTH_YES},
        {"{'StringEqualsIgnoreCase':{'aws:K':'ABC'}}", ONE("aBc"), TRUTH_YES},
        {"{'StringNotEqualsIgnoreCase':{'aws:K':'ABC'}}", ONE("aBc"), TRUTH_NO},
        {"{'StringLike':{'aws:K':'a*c'}}", ONE("abc"), TRUTH_YES},
        {"{'StringLike':{'aws:K':'a?d'}}", ONE("abc"), TRUTH_NO},
        {"{'StringNotLike':{'aws:K':'a*'}}", ONE("abc"), TRUTH_NO},
        {"{'StringEquals':{'aws:K':true}}", ONE("true"), TRUTH_YES},
        {"{'StringEquals':{'aws:K':12}}", ONE("12"), TRUTH_YES},
        {"{'StringEquals':{'aws:K':'${aws:K}'}}", ONE("x"), TRUTH_YES},
    };

    CHECK(samples, *state);
}

static void test_numbers(void **state)
{
    const struct sample samples[] = {
        {"{'NumericEquals':{'aws:K':'10'}}", ONE("10.0"), TRUTH_YES},
        {"{'NumericEquals':{'aws:K':[1,2]}}", ONE("2"), TRUTH_YES},
        {"{'NumericNotEquals':{'aws:K':10}}", ONE("10"), TRUTH_NO},
        {"{'NumericNotEquals':{'aws:K':10}}", ONE("11"), TRUTH_YES},
        {"{'NumericLessThan':{'aws:K':10}}", ONE("9.5"), TRUTH_YES},
        {"{'NumericLessThan':{'aws:K':10}}", ONE("10"), TRUTH_NO},
        {"{'NumericLessThanEquals':{'aws:K':10}}", ONE("10"), TRUTH_YES},
        {"{'NumericGreaterThan':{'aws:K':10}}", ONE("10"), TRUTH_NO},
        {"{'NumericGreaterThan':{'aws:K':10}}", ONE("1e2"), TRUTH_YES},
        {"{'NumericGreaterThanEquals':{'aws:K':10}}", ONE("10"), TRUTH_YES},
        {"{'NumericGreaterThanEquals':{'aws:K':'-3'}}", ONE("-2"), TRUTH_YES},
        /* what is no number equals none */
        {"{'NumericEquals':{'aws:K':'ten'}}", ONE("10"), TRUTH_NO},
        {"{'NumericLessThan':{'aws:K':10}}", ONE("0x1"), TRUTH_NO},
        {"{'NumericLessThan':{'aws:K':10}}", ONE(""), TRUTH_NO},
    };

    CHECK(samples, *state);
}

static void test_dates(void **state)
{
    const struct sample samples[] = {
        {"{'DateEquals':{'aws:K':'2026-11-24T14:17:21Z'}}", ONE("2026-11-24T15:17:21+01:00"),
         TRUTH_YES},
        {"{'DateEquals':{'aws:K':'1795529841'}}", ONE("2026-11-24T14:17:21Z"), TRUTH_YES},
        {"{'DateEquals':{'aws:K':'2026'}}", ONE("2026-01-01T00:00:00Z"), TRUTH_YES},
        {"{'DateEquals':{'aws:K':'2026-03'}}", ONE("2026-03-01T00:00:00Z"), TRUTH_YES},
        {"{'DateEquals':{'aws:K':'2026-03-04T05:06Z'}}", ONE("2026-03-04T05:06:00Z"), TRUTH_YES},
        {"{'DateNotEquals':{'aws:K':'2026-03-04'}}", ONE("2026-03-04"), TRUTH_NO},
        {"{'DateLessThan':{'aws:K':'2026-03-04'}}", ONE("2026-03-03T23:59:59Z"), TRUTH_YES},
        {"{'DateLessThanEquals':{'aws:K':'2026-03-04'}}", ONE("2026-03-04"), TRUTH_YES},
        {"{'DateGreaterThan':{'aws:K':'2026-03-04'}}", ONE("2026-03-04"), TRUTH_NO},
        {"{'DateGreaterThanEquals':{'aws:K':'2026-03-04'}}", ONE("2026-03-05"), TRUTH_YES},
        {"{'DateLessThan':{'aws:K':'soon'}}", ONE("2026-03-05"), TRUTH_NO},
        {"{'DateLessThan':{'aws:K':'2026-13-05'}}", ONE("2026-03-05"), TRUTH_NO},
    };

    CHECK(samples, *state);
}

static void test_addresses(void **state)
{
    const struct sample samples[] = {
        {"{'IpAddress':{'aws:K':'10.1.0.0/16'}}", ONE("10.1.200.3"), TRUTH_YES},
        {"{'IpAddress':{'aws:K':'10.1.0.0/15'}}", ONE("10.0.1.1"), TRUTH_YES},
        {"{'IpAddress':{'aws:K':'10.1.0.0/16'}}", ONE("10.2.0.1"), TRUTH_NO},
        {"{'IpAddress':{'aws:K':'10.1.2.3'}}", ONE("10.1.2.3"), TRUTH_YES},
        {"{'IpAddress':{'aws:K':'0.0.0.0/0'}}", ONE("203.0.113.9"), TRUTH_YES},
        {"{'IpAddress':{'aws:K':'0.0.0.0/0'}}", ONE("2001:db8::1"), TRUTH_NO},
        {"{'IpAddress':{'aws:K':'2001:DB8:1::/47'}}", ONE("2001:db8:0:5::1"), TRUTH_YES},
        {"{'IpAddress':{'aws:K':'2001:db8::/32'}}", ONE("2001:db9::1"), TRUTH_NO},
        {"{'IpAddress':{'aws:K':['192.0.2.0/24','::/0']}}", ONE("2001:db9::1"), TRUTH_YES},
        {"{'NotIpAddress':{'aws:K':'10.0.0.0/8'}}", ONE("10.9.9.9"), TRUTH_NO},
        {"{'NotIpAddress':{'aws:K':'10.0.0.0/8'}}", ONE("11.9.9.9"), TRUTH_YES},
        {"{'IpAddress':{'aws:K':'10.0.0.0/33'}}", ONE("10.0.0.0"), TRUTH_NO},
        {"{'IpAddress':{'aws:K':'10.0.0/8'}}", ONE("10.0.0.0"), TRUTH_NO},
    };

    CHECK(samples, *state);
}

static void test_others(void **state)
{
    const struct sample samples[] = {
        {"{'Bool':{'aws:K':'true'}}", ONE("true"), TRUTH_YES},
        {"{'Bool':{'aws:K':true}}", ONE("True"), TRUTH_YES},
        {"{'Bool':{'aws:K':'false'}}", ONE("true"), TRUTH_NO},
        {"{'BinaryEquals':{'aws:K':'QmluYXJ5'}}", ONE("QmluYXJ5"), TRUTH_YES},
        {"{'BinaryEquals':{'aws:K':'QmluYXJ5'}}", ONE("qmluyxj5"), TRUTH_NO},
        {"{'ArnLike':{'aws:K':'arn:aws:iam::*:role/a*'}}", ONE("arn:aws:iam::1:role/abc"),
         TRUTH_YES},
        {"{'ArnEquals':{'aws:K':'arn:aws:iam::*:role/a*'}}", ONE("arn:aws:iam::1:role/abc"),
         TRUTH_YES},
        {"{'ArnNotLike':{'aws:K':'arn:aws:iam::*:role/a*'}}", ONE("arn:aws:iam::1:role/abc"),
         TRUTH_NO},
        {"{'ArnNotEquals':{'aws:K':'arn:aws:iam::*:role/b'}}", ONE("arn:aws:iam::1:role/abc"),
         TRUTH_YES},
        {"{'Null':{'aws:K':'true'}}", NONE, TRUTH_YES},
        {"{'Null':{'aws:K':'false'}}", NONE, TRUTH_NO},
        {"{'Null':{'aws:K':'true'}}", ONE("a"), TRUTH_NO},
        {"{'Null':{'aws:K':false}}", ONE("a"), TRUTH_YES},
    };

    CHECK(samples, *state);
}

static void test_absent_keys(void **state)
{
    const struct sample samples[] = {
        {"{'StringEquals':{'aws:K':'a'}}", NONE, TRUTH_NO},
        {"{'StringLike':{'aws:K':'*'}}", NONE, TRUTH_NO},
        {"{'StringEqualsIfExists':{'aws:K':'a'}}", NONE, TRUTH_YES},
        {"{'StringEqualsIfExists':{'aws:K':'a'}}", ONE("b"), TRUTH_NO},
        {"{'StringNotEquals':{'aws:K':'a'}}", NONE, TRUTH_YES},
        {"{'StringNotEqualsIfExists':{'aws:K':'a'}}", NONE, TRUTH_YES},
        {"{'ArnNotLike':{'aws:K':'arn:aws:iam::*:role/a*'}}", NONE, TRUTH_YES},
        {"{'NotIpAddress':{'aws:K':'10.0.0.0/8'}}", NONE, TRUTH_YES},
        {"{'NumericLessThan':{'aws:K':1}}", NONE, TRUTH_NO},
        {"{'NumericNotEquals':{'aws:K':1}}", NONE, TRUTH_YES},
        {"{'DateLessThanIfExists':{'aws:K':'2026'}}", NONE, TRUTH_YES},
        {"{'Bool':{'aws:K':'false'}}", NONE, TRUTH_NO},
        {"{'BoolIfExists':{'aws:K':'false'}}", NONE, TRUTH_YES},
        {"{'ForAllValues:StringEquals':{'aws:K':'a'}}", NONE, TRUTH_YES},
        {"{'ForAllValues:StringNotEquals':{'aws:K':'a'}}", NONE, TRUTH_YES},
        {"{'ForAnyValue:StringEquals':{'aws:K':'a'}}", NONE, TRUTH_NO},
        {"{'ForAnyValue:StringNotEquals':{'aws:K':'a'}}", NONE, TRUTH_NO},
        {"{'ForAnyValue:StringEqualsIfExists':{'aws:K':'a'}}", NONE, TRUTH_MAYBE},
    };

    CHECK(samples, *state);
}

static void test_several_values(void **state)
{
    const struct sample samples[] = {
        {"{'ForAllValues:StringEquals':{'aws:K':['a','b','c']}}", TWO("a", "b"), TRUTH_YES},
        {"{'ForAllValues:StringEquals':{'aws:K':['a','c']}}", TWO("a", "b"), TRUTH_NO},
        {"{'ForAllValues:StringNotEquals':{'aws:K':['c','d']}}", TWO("a", "b"), TRUTH_YES},
        {"{'ForAllValues:StringNotEquals':{'aws:K':['b','d']}}", TWO("a", "b"), TRUTH_NO},
        {"{'ForAnyValue:StringEquals':{'aws:K':['b','c']}}", TWO("a", "b"), TRUTH_YES},
        {"{'ForAnyValue:StringEquals':{'aws:K':['c','d']}}", TWO("a", "b"), TRUTH_NO},
        {"{'ForAnyValue:StringNotEquals':{'aws:K':['b','d']}}", TWO("a", "b"), TRUTH_YES},
        {"{'ForAnyValue:StringNotEquals':{'aws:K':['a','b']}}", TWO("a", "b"), TRUTH_NO},
        {"{'ForAllValues:StringLike':{'aws:K':'k*'}}", TWO("k1", "k2"), TRUTH_YES},
        {"{'ForAnyValue:NumericLessThan':{'aws:K':2}}", TWO("3", "1"), TRUTH_YES},
        /* without a set operator: only where it makes no difference which value is meant */
        {"{'StringEquals':{'aws:K':['a','b']}}", TWO("a", "b"), TRUTH_YES},
        {"{'StringEquals':{'aws:K':'c'}}", TWO("a", "b"), TRUTH_NO},
        {"{'StringEquals':{'aws:K':'a'}}", TWO("a", "b"), TRUTH_MAYBE},
        {"{'StringNotEquals':{'aws:K':'a'}}", TWO("a", "b"), TRUTH_MAYBE},
    };

    CHECK(samples, *state);
}

static void test_unknown_keys(void **state)
{
    static const char *const red[] = {"red"};
    static const struct policy_key other = {"aws:Team", red, 1};
    static const char *const conditions[] = {
        "{'StringEquals':{'aws:K':'a'}}",
        "{'StringNotEqualsIfExists':{'aws:K':'a'}}",
        "{'Null':{'aws:K':'true'}}",
        "{'ForAllValues:StringEquals':{'aws:K':'a'}}",
        "{'StringEquals':{'aws:Team':'${aws:K}'}}",
        "{'StringNotEquals':{'aws:Team':['x','${aws:K}']}}",
    };

    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++)
        assert_int_equal(meets(conditions[i], &other, 1, *state), TRUTH_MAYBE);
    /* Another value settles it. */
    assert_int_equal(meets("{'StringEquals':{'aws:Team':['${aws:K}','red']}}", &other, 1, *state),
                     TRUTH_YES);
    assert_int_equal(
        meets("{'StringNotEquals':{'aws:Team':['${aws:K}','red']}}", &other, 1, *state), TRUTH_NO);
    assert_int_equal(meets("{'StringEquals':{'aws:Team':'blue-${aws:K}'}}", &other, 1, *state),
                     TRUTH_NO);
}

/* No operator but those of strings and ARNs knows variables. */
static void test_variables_elsewhere(void **state)
{
    const struct sample samples[] = {
        {"{'NumericEquals':{'aws:K':'${aws:K}'}}", ONE("1"), TRUTH_NO},
        {"{'Bool':{'aws:K':'${aws:K}'}}", ONE("true"), TRUTH_NO},
    };

    CHECK(samples, *state);
}

static int set_up(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_strings),        TEST(test_numbers),      TEST(test_dates),
        TEST(test_addresses),      TEST(test_others),       TEST(test_absent_keys),
        TEST(test_several_values), TEST(test_unknown_keys), TEST(test_variables_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
