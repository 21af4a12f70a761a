#include "world.h"

/* A REST service that takes XML; its own protocol is the only thing tested here. */
static const struct sim_operation rest_operations[] = {
    {.name = "PutThing", .method = "PUT", .uri = "/{Bucket}?thing"},
    {.name = NULL},
};
static const struct sim_service xml_service = {
    .name = "thing", .protocol = SIM_REST_XML, .operations = {rest_operations}};
static const struct sim_service json_service = {
    .name = "thing", .protocol = SIM_REST_JSON, .operations = {rest_operations}};

/* "Operation {params}", or the error code. */
static const char *rest(struct sim_client *client, const struct sim_service *service,
                        const char *method, const char *url, const char *body)
{
    struct sim_call call = world_call(client, service);
    struct http_request request = {
        .method = method, .url = url, .body = body, .body_len = strlen(body)};
    struct err err = ERR_INIT;

    call.operation = NULL;
    call.request = &request;
    assert_int_equal(http_url_parse(url, client->arena, &call.url, &err), 0);
    if (sim_protocol_request(&call) != 0)
        return call.error_code;
    return arena_printf(client->arena, "%s %s", call.operation->name,
                        json_text(call.params, client->arena));
}

static void test_xml_bodies_come_under_their_root(void **state)
{
    assert_string_equal(rest(*state, &xml_service, "PUT", "http://h/b?thing",
                             "<Thing xmlns=\"x\"><A>1</A></Thing>"),
                        "PutThing {\"Bucket\":\"b\",\"thing\":\"\",\"Thing\":{\"A\":\"1\"}}");
    assert_string_equal(rest(*state, &xml_service, "PUT", "http://h/b?thing", "not XML"),
                        "PutThing {\"Bucket\":\"b\",\"thing\":\"\"}");
}

static void test_json_bodies_join_the_url_s_parameters(void **state)
{
    assert_string_equal(
        rest(*state, &json_service, "PUT", "http://h/b?thing", "{\"a\":[1],\"Bucket\":\"c\"}"),
        "PutThing {\"thing\":\"\",\"a\":[1],\"Bucket\":\"c\"}");
    assert_string_equal(rest(*state, &json_service, "PUT", "http://h/b?thing", "{"),
                        "SerializationException");
    assert_string_equal(rest(*state, &json_service, "PUT", "http://h/b?thing", "[]"),
                        "SerializationException");
}

static void test_routes_that_do_not_exist(void **state)
{
    assert_string_equal(rest(*state, &xml_service, "GET", "http://h/b?thing", ""),
                        "MethodNotAllowed");
    assert_string_equal(rest(*state, &json_service, "GET", "http://h/b?thing", ""),
                        "UnknownOperationException");
}

static void test_json_targets(void **state)
{
    static const char *const unknown[] = {"AWSOrganizationsV20161128.Nonsense",
                                          "AWSOrganizationsV1.ListRoots", "ListRoots",
                                          "AWSOrganizationsV20161128.", ""};
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        (void)sim_client_json(client, "organizations", unknown[i], "{}");
        EXPECT(client, "UnknownOperationException");
    }
    (void)sim_client_json(client, "organizations", "AWSOrganizationsV20161128.ListRoots", "[");
    EXPECT(client, "SerializationException");
}

static void test_queries(void **state)
{
    struct sim_client *client = *state;

    (void)sts(client, "Action=GetCallerIdentity&A=%%zz");
    EXPECT(client, "MalformedQueryString");
    (void)sim_client_rest(client, "sts", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15",
                          NULL);
    EXPECT(client, ""); /* in the URL as well as in the body */
}

static void test_the_scope_names_the_service(void **state)
{
    struct sim_client *client = *state;
    const char list[] = "Action=ListUsers&Version=2010-05-08";
    struct http_request request = {
        .method = "POST", .url = "http://localhost:1/", .body = list, .body_len = sizeof list - 1};

    sim_client_send(client, &request, "iam");
    EXPECT(client, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_xml_bodies_come_under_their_root),
        WORLD_TEST(test_json_bodies_join_the_url_s_parameters),
        WORLD_TEST(test_routes_that_do_not_exist),
        WORLD_TEST(test_json_targets),
        WORLD_TEST(test_queries),
        WORLD_TEST(test_the_scope_names_the_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
