#include "world.h"

static const struct sim_operation operations[] = {{.name = "DoIt"}, {.name = NULL}};

/* What a service of this protocol answers with these members. */
static const struct http_response *answer(struct sim_client *client, struct sim_service service,
                                          const char *members)
{
    struct sim_service *kept = arena_alloc(client->arena, sizeof *kept);
    struct http_request request = {.method = "POST"};
    struct sim_call call;

    *kept = service;
    kept->operations[0] = operations;
    call = world_call(client, kept);
    call.request = &request;
    call.answer = world_json(client, members);
    memcpy(call.request_id, "id-1", 5);
    sim_protocol_answer(&call, &client->response);
    return &client->response;
}

static const struct http_response *failure(struct sim_client *client, struct sim_service service,
                                           int status)
{
    struct sim_service *kept = arena_alloc(client->arena, sizeof *kept);
    struct http_request request = {.method = "POST"};
    struct sim_call call;

    *kept = service;
    kept->operations[0] = operations;
    call = world_call(client, kept);
    call.request = &request;
    memcpy(call.request_id, "id-1", 5);
    (void)sim_error(&call, "Bad", status, "a < b");
    sim_error_put(&call, "Reason", "WHY");
    sim_protocol_answer(&call, &client->response);
    return &client->response;
}

static const char *header(const struct http_response *response, const char *name)
{
    const char *value = http_header_get(&response->headers, name);

    return value == NULL ? "" : value;
}

static void test_json(void **state)
{
    const struct sim_service service = {
        .name = "x", .protocol = SIM_JSON, .json_version = "1.0", .target_prefix = "X"};
    const struct http_response *response =
        answer(*state, service, "{'A':1,'_b':2,'C':[{'_d':1,'E':true}]}");

    assert_int_equal(response->status, 200);
    assert_string_equal(response->body, "{\"A\":1,\"C\":[{\"E\":true}]}");
    assert_string_equal(header(response, "Content-Type"), "application/x-amz-json-1.0");
    assert_string_equal(header(response, "x-amzn-RequestId"), "id-1");
    assert_string_equal(header(response, "Date"), "Tue, 24 Nov 2026 12:00:00 GMT");
    assert_string_equal(answer(*state, service, "{}")->body, "{}");
    response = failure(*state, service, 400);
    assert_int_equal(response->status, 400);
    assert_string_equal(response->body,
                        "{\"__type\":\"Bad\",\"Message\":\"a < b\",\"Reason\":\"WHY\"}");
}

static void test_rest_json(void **state)
{
    const struct sim_service service = {.name = "x", .protocol = SIM_REST_JSON};
    const struct http_response *response = answer(*state, service, "{'a':'b'}");

    assert_string_equal(response->body, "{\"a\":\"b\"}");
    assert_string_equal(header(response, "Content-Type"), "application/json");
    response = failure(*state, service, 404);
    assert_string_equal(response->body, "{\"message\":\"a < b\",\"Reason\":\"WHY\"}");
    assert_string_equal(header(response, "x-amzn-ErrorType"), "Bad");
}

static void test_query(void **state)
{
    const struct sim_service service = {.name = "x", .protocol = SIM_QUERY, .xmlns = "urn:x"};
    const struct http_response *response =
        answer(*state, service,
               "{'A':[{'K':1},{'K':2}],'B':[],'M':{'entry':[{'key':'k','value':3}]},'_h':1}");

    assert_string_equal(response->body,
                        "<DoItResponse xmlns=\"urn:x\"><DoItResult>"
                        "<A><member><K>1</K></member><member><K>2</K></member></A><B></B>"
                        "<M><entry><key>k</key><value>3</value></entry></M></DoItResult>"
                        "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata>"
                        "</DoItResponse>");
    assert_string_equal(header(response, "Content-Type"), "text/xml");
    assert_string_equal(answer(*state, service, "{}")->body,
                        "<DoItResponse xmlns=\"urn:x\"><ResponseMetadata><RequestId>id-1"
                        "</RequestId></ResponseMetadata></DoItResponse>");
    assert_string_equal(failure(*state, service, 500)->body,
                        "<ErrorResponse xmlns=\"urn:x\"><Error><Type>Receiver</Type>"
                        "<Code>Bad</Code><Message>a &lt; b</Message><Reason>WHY</Reason></Error>"
                        "<RequestId>id-1</RequestId></ErrorResponse>");
    assert_non_null(strstr(failure(*state, service, 400)->body, "<Type>Sender</Type>"));
}

static void test_ec2(void **state)
{
    const struct sim_service service = {.name = "x", .protocol = SIM_EC2, .xmlns = "urn:x"};

    assert_string_equal(answer(*state, service, "{'set':[{'a':'1'}]}")->body,
                        "<DoItResponse xmlns=\"urn:x\"><requestId>id-1</requestId>"
                        "<set><item><a>1</a></item></set></DoItResponse>");
    assert_string_equal(failure(*state, service, 400)->body,
                        "<Response><Errors><Error><Code>Bad</Code><Message>a &lt; b</Message>"
                        "<Reason>WHY</Reason></Error></Errors><RequestID>id-1</RequestID>"
                        "</Response>");
}

static void test_rest_xml(void **state)
{
    const struct sim_service s3 = {.name = "s3", .protocol = SIM_REST_XML, .xmlns = "urn:s3"};
    const struct sim_service control = {.name = "s3-control", .protocol = SIM_REST_XML};
    const struct http_response *response = answer(*state, s3, "{'Rule':[{'ID':'a'},{'ID':'b'}]}");

    assert_string_equal(response->body,
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DoItResult xmlns=\"urn:s3\">"
                        "<Rule><ID>a</ID></Rule><Rule><ID>b</ID></Rule></DoItResult>");
    assert_string_equal(header(response, "x-amz-request-id"), "id-1");
    assert_string_equal(answer(*state, s3, "{}")->body, "");
    assert_string_equal(failure(*state, s3, 404)->body,
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>Bad</Code>"
                        "<Message>a &lt; b</Message><Reason>WHY</Reason><RequestId>id-1"
                        "</RequestId><HostId>id-1</HostId></Error>");
    assert_true(str_starts(failure(*state, control, 404)->body, "<ErrorResponse><Error>"));
}

static void test_what_a_handler_may_set(void **state)
{
    struct sim_client *client = *state;
    static const struct sim_service service = {
        .name = "x", .protocol = SIM_REST_XML, .operations = {operations}};
    struct http_request request = {.method = "GET"};
    struct sim_call call = world_call(client, &service);

    call.request = &request;
    call.answer_text = "{\"Statement\":[]}";
    call.status = 201;
    http_header_add(&call.headers, client->arena, "Content-Type", "application/json");
    sim_protocol_answer(&call, &client->response);
    assert_int_equal(client->response.status, 201);
    assert_string_equal(client->response.body, "{\"Statement\":[]}");
    assert_string_equal(header(&client->response, "Content-Type"), "application/json");

    call = world_call(client, &service);
    call.request = &request;
    call.answer_root = "Root";
    sim_protocol_answer(&call, &client->response);
    assert_true(str_ends(client->response.body, "<Root></Root>"));

    request.method = "HEAD";
    sim_protocol_answer(&call, &client->response);
    assert_int_equal(client->response.body_len, 0);
}

static void test_a_stranger_is_answered_in_xml(void **state)
{
    struct sim_client *client = *state;
    struct http_request request = {.method = "GET"};
    struct sim_call call = {.sim = client->sim, .arena = client->arena, .request = &request};

    (void)sim_error(&call, "What", 400, "?");
    sim_protocol_answer(&call, &client->response);
    assert_true(str_starts(client->response.body, "<ErrorResponse><Error>"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_json),
        WORLD_TEST(test_rest_json),
        WORLD_TEST(test_query),
        WORLD_TEST(test_ec2),
        WORLD_TEST(test_rest_xml),
        WORLD_TEST(test_what_a_handler_may_set),
        WORLD_TEST(test_a_stranger_is_answered_in_xml),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
