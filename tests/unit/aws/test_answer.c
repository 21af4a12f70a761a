#include "call_priv.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct json *parse(enum aws_op op, const char *body, struct arena *arena, struct err *err)
{
    struct http_response response = {.status = 200, .body = body, .body_len = strlen(body)};
    struct json *out = NULL;

    return answer_parse(aws_op_info(op), &response, arena, &out, err) == 0 ? out : NULL;
}

static void test_an_object_has_its_etag(void **state)
{
    struct arena *arena = arena_new("test");
    struct http_response response = {.status = 200, .body = "x", .body_len = 1};
    struct err err = ERR_INIT;
    struct json *out;

    (void)state;
    http_header_add(&response.headers, arena, "etag", "\"0\"");
    http_header_add(&response.headers, arena, "x-other", "1");
    assert_int_equal(answer_parse(aws_op_info(AWS_S3_GET_OBJECT), &response, arena, &out, &err), 0);
    assert_string_equal(json_text(out, arena), "{\"Body\":\"x\",\"ETag\":\"\\\"0\\\"\"}");
    response.body = "x\0";
    response.body_len = 2;
    assert_int_equal(answer_parse(aws_op_info(AWS_S3_GET_OBJECT), &response, arena, &out, &err),
                     -1);
    assert_int_equal(err.code, ERR_PROTOCOL);
    arena_free(arena);
}

struct row {
    enum aws_op op;
    const char *body, *tree;
};

static void test_every_protocol_gives_a_tree(void **state)
{
    static const struct row rows[] = {
        {AWS_ORGANIZATIONS_LIST_ROOTS, "{\"Roots\":[{\"Id\":\"r-1\"}]}",
         "{\"Roots\":[{\"Id\":\"r-1\"}]}"},
        {AWS_ORGANIZATIONS_ATTACH_POLICY, "", "{}"},
        {AWS_STS_GET_CALLER_IDENTITY,
         "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
         "<GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult>"
         "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
         "</GetCallerIdentityResponse>",
         "{\"Account\":\"111122223333\"}"},
        {AWS_IAM_TAG_ROLE,
         "<TagRoleResponse><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
         "</TagRoleResponse>",
         "{}"},
        {AWS_IAM_LIST_ACCOUNT_ALIASES,
         "<ListAccountAliasesResponse><ListAccountAliasesResult/></ListAccountAliasesResponse>",
         "{}"},
        {AWS_EC2_DESCRIBE_REGIONS,
         "<DescribeRegionsResponse><requestId>r</requestId><regionInfo><item><regionName>eu-west-1"
         "</regionName></item></regionInfo></DescribeRegionsResponse>",
         "{\"requestId\":\"r\",\"regionInfo\":{\"item\":{\"regionName\":\"eu-west-1\"}}}"},
        {AWS_S3_GET_BUCKET_LOCATION, "<LocationConstraint>eu-west-1</LocationConstraint>",
         "{\"LocationConstraint\":\"eu-west-1\"}"},
        {AWS_S3_GET_BUCKET_VERSIONING, "<VersioningConfiguration xmlns=\"x\"/>", "{}"},
        {AWS_S3_GET_BUCKET_VERSIONING,
         "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
         "{\"Status\":\"Enabled\"}"},
        {AWS_S3_GET_BUCKET_POLICY, "{\"Version\":\"2012-10-17\"}",
         "{\"Policy\":\"{\\\"Version\\\":\\\"2012-10-17\\\"}\"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new("test");
        struct err err = ERR_INIT;
        struct json *tree = parse(rows[i].op, rows[i].body, arena, &err);

        assert_non_null(tree);
        assert_string_equal(json_text(tree, arena), rows[i].tree);
        arena_free(arena);
    }
}

static void test_nonsense_is_an_error(void **state)
{
    static const struct row rows[] = {
        {AWS_ORGANIZATIONS_LIST_ROOTS, "<html>", NULL},
        {AWS_ORGANIZATIONS_LIST_ROOTS, "[1]", NULL},
        {AWS_ORGANIZATIONS_LIST_ROOTS, "{\"Roots\":[", NULL},
        {AWS_IAM_TAG_ROLE, "{}", NULL},
        {AWS_IAM_TAG_ROLE, "<TagRoleResponse>", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new("test");
        struct err err = ERR_INIT;

        assert_null(parse(rows[i].op, rows[i].body, arena, &err));
        assert_int_equal(err.code, ERR_PROTOCOL);
        arena_free(arena);
    }
}

static void test_items_of_pages_are_one_array(void **state)
{
    struct arena *arena = arena_new("test");
    struct json *items = json_array(arena);
    const struct aws_op_info *info = aws_op_info(AWS_IAM_LIST_ROLES);
    struct err err = ERR_INIT;
    static const char *const pages[] = {
        "<R><ListRolesResult><Roles><member><RoleName>a</RoleName></member>"
        "<member><RoleName>b</RoleName></member></Roles></ListRolesResult></R>",
        "<R><ListRolesResult><Roles/><IsTruncated>true</IsTruncated></ListRolesResult></R>",
        "<R><ListRolesResult><IsTruncated>true</IsTruncated></ListRolesResult></R>",
        "<R><ListRolesResult><Roles><member><RoleName>c</RoleName></member></Roles>"
        "</ListRolesResult></R>",
    };

    (void)state;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        answer_take_items(info, parse(AWS_IAM_LIST_ROLES, pages[i], arena, &err), items);
    assert_int_equal(items->count, 3);
    assert_string_equal(json_text(items, arena),
                        "[{\"RoleName\":\"a\"},{\"RoleName\":\"b\"},{\"RoleName\":\"c\"}]");
    assert_string_equal(json_str(json_at(items, 2), "RoleName"), "c");
    assert_null(json_at(items, 0)->key);
    arena_free(arena);
}

static void test_request_ids(void **state)
{
    static const char *const names[] = {"x-amzn-RequestId", "x-amz-request-id",
                                        "X-Amzn-Request-Id"};
    struct arena *arena = arena_new("test");
    struct http_response none = {.status = 200};

    (void)state;
    assert_string_equal(answer_request_id(&none), "");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct http_response response = {.status = 200};

        http_header_add(&response.headers, arena, names[i], "id");
        assert_string_equal(answer_request_id(&response), "id");
        response.headers.items[0].value = "not \xFF text";
        assert_string_equal(answer_request_id(&response), "");
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_protocol_gives_a_tree),
        cmocka_unit_test(test_an_object_has_its_etag),
        cmocka_unit_test(test_nonsense_is_an_error),
        cmocka_unit_test(test_items_of_pages_are_one_array),
        cmocka_unit_test(test_request_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
