/* The table of operations: what the rows must hold whatever AWS's models say. */
#include "plinth/aws/ops.h"

#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = words; at != NULL && *at != '\0'; at = strchr(at, ' ')) {
        at += *at == ' ';
        if (strncmp(at, word, len) == 0 && (at[len] == ' ' || at[len] == '\0'))
            return true;
    }
    return false;
}

static void test_every_row_is_whole(void **state)
{
    (void)state;
    for (int op = AWS_OP_NONE + 1; op < AWS_OP_COUNT; op++) {
        const struct aws_op_info *info = aws_op_info((enum aws_op)op);
        const struct aws_service_info *service = aws_service_info(info->service);

        assert_non_null(info->name);
        assert_int_equal(info->uri[0], '/');
        assert_true(service->protocol == AWS_REST_JSON || service->protocol == AWS_REST_XML ||
                    (str_eq(info->method, "POST") && str_eq(info->uri, "/")));
        assert_true(info->iam_action == NULL || strchr(info->iam_action, ':') != NULL);
    }
}

/* A row with half a paging rule would list the first page and call it all. */
static void test_paging_is_whole_or_absent(void **state)
{
    (void)state;
    for (int op = AWS_OP_NONE + 1; op < AWS_OP_COUNT; op++) {
        const struct aws_op_info *info = aws_op_info((enum aws_op)op);

        assert_int_equal(info->page_in == NULL, info->page_out == NULL);
        assert_int_equal(info->page_in == NULL, info->page_items == NULL);
        if (info->page_in != NULL && str_eq(info->method, "GET"))
            assert_true(has_word(info->query, info->page_in));
    }
}

static void test_names_are_unique_in_a_service(void **state)
{
    (void)state;
    for (int a = AWS_OP_NONE + 1; a < AWS_OP_COUNT; a++)
        for (int b = a + 1; b < AWS_OP_COUNT; b++)
            assert_false(
                aws_op_info((enum aws_op)a)->service == aws_op_info((enum aws_op)b)->service &&
                str_eq(aws_op_info((enum aws_op)a)->name, aws_op_info((enum aws_op)b)->name));
}

static void test_service_find(void **state)
{
    (void)state;
    assert_int_equal(aws_service_find("organizations"), AWS_SERVICE_ORGANIZATIONS);
    assert_int_equal(aws_service_find("s3-control"), AWS_SERVICE_S3CONTROL);
    assert_int_equal(aws_service_find("no-such-service"), AWS_SERVICE_NONE);
    assert_int_equal(aws_service_find("none"), AWS_SERVICE_NONE);
    assert_int_equal(aws_service_find(NULL), AWS_SERVICE_NONE);
}

/* What the controls rest on. */
static void test_some_rows(void **state)
{
    const struct aws_op_info *create = aws_op_info(AWS_ORGANIZATIONS_CREATE_ACCOUNT);
    const struct aws_op_info *list = aws_op_info(AWS_IAM_LIST_ATTACHED_ROLE_POLICIES);

    (void)state;
    assert_int_equal(create->access, AWS_WRITE);
    assert_null(create->token); /* a lost answer must be looked up, never sent again */
    assert_int_equal(list->access, AWS_READ);
    assert_string_equal(list->page_in, "Marker");
    assert_string_equal(list->page_items, "AttachedPolicies");
    assert_string_equal(aws_op_info(AWS_GUARDDUTY_CREATE_DETECTOR)->token, "clientToken");
    assert_true(aws_op_info(AWS_STS_ASSUME_ROLE_WITH_WEB_IDENTITY)->anonymous);
    assert_false(aws_op_info(AWS_STS_ASSUME_ROLE)->anonymous);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_is_whole),
        cmocka_unit_test(test_paging_is_whole_or_absent),
        cmocka_unit_test(test_names_are_unique_in_a_service),
        cmocka_unit_test(test_service_find),
        cmocka_unit_test(test_some_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
