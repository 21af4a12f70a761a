#include "world.h"

static int nothing(struct sim_call *call)
{
    (void)call;
    return 0;
}

static const struct sim_operation operations[] = {
    {.name = "ListBuckets", .handler = nothing, .method = "GET", .uri = "/"},
    {.name = "ListObjects", .handler = nothing, .method = "GET", .uri = "/{Bucket}"},
    {.name = "GetPolicy", .handler = nothing, .method = "GET", .uri = "/{Bucket}?policy"},
    {.name = "ListV2", .handler = nothing, .method = "GET", .uri = "/{Bucket}?list-type=2"},
    {.name = "GetObject", .handler = nothing, .method = "GET", .uri = "/{Bucket}/{Key+}"},
    {.name = "PutObject", .handler = nothing, .method = "PUT", .uri = "/{Bucket}/{Key+}"},
    {.name = "GetDetector", .handler = nothing, .method = "GET", .uri = "/detector/{id}"},
    {.name = "GetAdmin", .handler = nothing, .method = "GET", .uri = "/detector/{id}/admin"},
    {.name = NULL},
};
static const struct sim_service service = {.name = "x", .operations = {operations}};

/* "Operation {params}". */
static const char *route(struct sim_client *client, const char *method, const char *path,
                         const char *query)
{
    struct json *params = json_object(client->arena);
    const struct sim_operation *found =
        sim_route(&service, method, path, query, client->arena, params);

    return arena_printf(client->arena, "%s %s", found == NULL ? "-" : found->name,
                        json_text(params, client->arena));
}

static void test_labels(void **state)
{
    struct sim_client *client = *state;

    assert_string_equal(route(client, "GET", "/", ""), "ListBuckets {}");
    assert_string_equal(route(client, "GET", "/b", ""), "ListObjects {\"Bucket\":\"b\"}");
    assert_string_equal(route(client, "GET", "/b/", ""), "ListObjects {\"Bucket\":\"b\"}");
    assert_string_equal(route(client, "GET", "/a%2Fb", ""), "ListObjects {\"Bucket\":\"a/b\"}");
}

static void test_a_greedy_label_takes_the_rest(void **state)
{
    assert_string_equal(route(*state, "GET", "/b/x/y%20z", ""),
                        "GetObject {\"Bucket\":\"b\",\"Key\":\"x/y z\"}");
    assert_string_equal(route(*state, "PUT", "/b/x", ""),
                        "PutObject {\"Bucket\":\"b\",\"Key\":\"x\"}");
}

static void test_the_more_exact_pattern_wins(void **state)
{
    assert_string_equal(route(*state, "GET", "/detector/7", ""), "GetDetector {\"id\":\"7\"}");
    assert_string_equal(route(*state, "GET", "/detector/7/admin", ""), "GetAdmin {\"id\":\"7\"}");
}

static void test_a_query_literal_must_be_there(void **state)
{
    assert_string_equal(route(*state, "GET", "/b", "policy"),
                        "GetPolicy {\"Bucket\":\"b\",\"policy\":\"\"}");
    assert_string_equal(route(*state, "GET", "/b", "list-type=2"),
                        "ListV2 {\"Bucket\":\"b\",\"list-type\":\"2\"}");
    assert_string_equal(route(*state, "GET", "/b", "list-type=1"),
                        "ListObjects {\"Bucket\":\"b\",\"list-type\":\"1\"}");
}

static void test_a_repeated_parameter_is_a_list(void **state)
{
    assert_string_equal(route(*state, "GET", "/", "k=a&k=b&k=c"),
                        "ListBuckets {\"k\":[\"a\",\"b\",\"c\"]}");
}

static void test_a_parameter_does_not_replace_a_label(void **state)
{
    assert_string_equal(route(*state, "GET", "/b", "Bucket=other"),
                        "ListObjects {\"Bucket\":[\"b\",\"other\"]}");
}

static void test_what_fits_nothing(void **state)
{
    assert_string_equal(route(*state, "DELETE", "/b", ""), "- {}");
    assert_string_equal(route(*state, "GET", "/b%zz", ""), "- {}");
    assert_string_equal(route(*state, "GET", "/b", "a=%z"), "- {}");
    assert_string_equal(route(*state, "PUT", "/b/", ""), "- {}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_labels),
        WORLD_TEST(test_a_greedy_label_takes_the_rest),
        WORLD_TEST(test_the_more_exact_pattern_wins),
        WORLD_TEST(test_a_query_literal_must_be_there),
        WORLD_TEST(test_a_repeated_parameter_is_a_list),
        WORLD_TEST(test_a_parameter_does_not_replace_a_label),
        WORLD_TEST(test_what_fits_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
