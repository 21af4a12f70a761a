#include "call_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_form(const struct aws_op_info *info, const char *params, const char *wanted)
{
    struct arena *arena = arena_new("test");
    struct json *tree = NULL;
    struct buf out;
    struct err err = ERR_INIT;

    if (params != NULL)
        assert_int_equal(json_parse(params, strlen(params), arena, &tree, &err), 0);
    buf_init(&out, 4096);
    form_print(info, tree, arena, &out);
    assert_string_equal(buf_text(&out), wanted);
    buf_fini(&out);
    arena_free(arena);
}

static void test_query(void **state)
{
    (void)state;
    assert_form(aws_op_info(AWS_STS_GET_CALLER_IDENTITY), NULL,
                "Action=GetCallerIdentity&Version=2011-06-15");
    assert_form(aws_op_info(AWS_IAM_CREATE_ROLE),
                "{\"RoleName\": \"a b\", \"MaxSessionDuration\": 3600, \"Tags\": [{\"Key\": \"k\", "
                "\"Value\": \"v&\"}, {\"Key\": \"ü\", \"Value\": \"\"}]}",
                "Action=CreateRole&Version=2010-05-08&RoleName=a%20b&MaxSessionDuration=3600"
                "&Tags.member.1.Key=k&Tags.member.1.Value=v%26"
                "&Tags.member.2.Key=%C3%BC&Tags.member.2.Value=");
    assert_form(aws_op_info(AWS_IAM_UNTAG_ROLE), "{\"RoleName\": null, \"TagKeys\": []}",
                "Action=UntagRole&Version=2010-05-08&TagKeys=");
    assert_form(aws_op_info(AWS_IAM_UPDATE_ACCOUNT_PASSWORD_POLICY), "{\"RequireNumbers\": true}",
                "Action=UpdateAccountPasswordPolicy&Version=2010-05-08&RequireNumbers=true");
}

static void test_ec2(void **state)
{
    (void)state;
    assert_form(aws_op_info(AWS_EC2_DESCRIBE_REGIONS),
                "{\"filter\": [{\"Name\": \"n\", \"Value\": [\"x\", \"y\"]}], \"RegionName\": [], "
                "\"AllRegions\": false}",
                "Action=DescribeRegions&Version=2016-11-15&Filter.1.Name=n&Filter.1.Value.1=x"
                "&Filter.1.Value.2=y&AllRegions=false");
}

/* An object is a structure unless the row says that it is a map. */
static void test_maps(void **state)
{
    struct aws_op_info info = {
        .service = AWS_SERVICE_IAM, .name = "Op", .maps = "Attributes Other"};
    static const char params[] = "{\"Attributes\": {\"a b\": \"1\", \"c\": {\"Type\": \"t\"}}, "
                                 "\"Attribute\": {\"Attributes\": {\"x\": \"y\"}}}";

    (void)state;
    assert_form(&info, params,
                "Action=Op&Version=2010-05-08"
                "&Attributes.entry.1.key=a%20b&Attributes.entry.1.value=1"
                "&Attributes.entry.2.key=c&Attributes.entry.2.value.Type=t"
                "&Attribute.Attributes.x=y");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_ec2),
        cmocka_unit_test(test_maps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
