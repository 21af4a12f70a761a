#include "world.h"

/* The parameters as a tree, printed. */
static const char *tree(struct arena *arena, const char *text)
{
    struct http_param *params = NULL;
    size_t count = 0;
    struct err err = ERR_INIT;

    assert_int_equal(http_params_parse(text, arena, &params, &count, &err), 0);
    return json_text(sim_params_unflatten(params, count, arena), arena);
}

static int open_arena(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int close_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void test_scalars_stay_text(void **state)
{
    assert_string_equal(tree(*state, "Action=A&N=5&Flag=true&Empty="),
                        "{\"Action\":\"A\",\"N\":\"5\",\"Flag\":\"true\",\"Empty\":\"\"}");
    assert_string_equal(tree(*state, ""), "{}");
}

static void test_lists_of_the_query_protocol(void **state)
{
    assert_string_equal(tree(*state, "TagKeys.member.1=a&TagKeys.member.2=b"),
                        "{\"TagKeys\":[\"a\",\"b\"]}");
    assert_string_equal(
        tree(*state, "Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.2.Key=l"),
        "{\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"},{\"Key\":\"l\"}]}");
}

static void test_lists_of_ec2(void **state)
{
    assert_string_equal(
        tree(*state, "Filter.1.Name=n&Filter.1.Value.1=x&Filter.1.Value.2=y&RegionName.1=r"),
        "{\"Filter\":[{\"Name\":\"n\",\"Value\":[\"x\",\"y\"]}],\"RegionName\":[\"r\"]}");
}

static void test_structures_nest(void **state)
{
    assert_string_equal(
        tree(*state, "TaskPolicyArn.arn=x&A.B.C=1&A.B.D=2"),
        "{\"TaskPolicyArn\":{\"arn\":\"x\"},\"A\":{\"B\":{\"C\":\"1\",\"D\":\"2\"}}}");
}

static void test_maps(void **state)
{
    assert_string_equal(tree(*state, "M.entry.1.key=a&M.entry.1.value=b"),
                        "{\"M\":{\"entry\":[{\"key\":\"a\",\"value\":\"b\"}]}}");
}

static void test_numbers_are_in_their_order(void **state)
{
    assert_string_equal(tree(*state, "L.member.10=j&L.member.2=b&L.member.1=a"),
                        "{\"L\":[\"a\",\"b\",\"j\"]}");
}

static void test_what_contradicts_itself(void **state)
{
    assert_string_equal(tree(*state, "A=1&A=2&A.B=3"), "{\"A\":\"1\"}");
    assert_string_equal(tree(*state, "A.B=3&A=1"), "{\"A\":{\"B\":\"3\"}}");
    assert_string_equal(tree(*state, "L.member.1=a&L.x=b"),
                        "{\"L\":{\"member\":[\"a\"],\"x\":\"b\"}}");
}

static void test_depth_is_bounded(void **state)
{
    const char *text = tree(*state, "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1");

    assert_null(strstr(text, "1"));
}

#define ARENA_TEST(test) cmocka_unit_test_setup_teardown(test, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(test_scalars_stay_text),
        ARENA_TEST(test_lists_of_the_query_protocol),
        ARENA_TEST(test_lists_of_ec2),
        ARENA_TEST(test_structures_nest),
        ARENA_TEST(test_maps),
        ARENA_TEST(test_numbers_are_in_their_order),
        ARENA_TEST(test_what_contradicts_itself),
        ARENA_TEST(test_depth_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
