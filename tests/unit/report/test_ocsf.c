/* test_ocsf.c - Compliance Findings: the ids that the schema has, and what became of each target.
 */
#include "about.h"
#include "plinth/codec/json.h"

static void test_findings(void **state)
{
    static const int statuses[] = {3, 3, 3, 0}; /* drifted, drifted, failed, unknown */
    struct arena *arena = arena_new("test");
    const char *text = about_print(report_ocsf, REPORT_DRIFT, arena), *end;
    size_t count = 0;

    (void)state;
    for (; *text != '\0'; text = end + 1, count++) {
        struct err err = ERR_INIT;
        struct json *event;

        end = strchr(text, '\n');
        assert_int_equal(json_parse(text, (size_t)(end - text), arena, &event, &err), 0);
        assert_true(count < 4);
        assert_true(json_number(event, "class_uid", 0) == 2003);
        assert_true(json_number(event, "type_uid", 0) == 200301);
        assert_true(json_number(event, "time", 0) == 1795521600000);
        assert_true(json_number(json_get(event, "compliance"), "status_id", -1) == statuses[count]);
        assert_string_equal(json_str(json_path(event, "cloud", "org", NULL), "uid"), "o-1");
        if (count == 1) /* of the organization: the account that called */
            assert_string_equal(json_str(json_path(event, "cloud", "account", NULL), "uid"),
                                "999988887777");
        if (count == 3) {
            assert_string_equal(json_str(json_get(event, "finding_info"), "uid"),
                                "acme/security_role/Far/eu-west-1");
            assert_string_equal(json_str(json_get(event, "cloud"), "region"), "eu-west-1");
        }
        assert_true(json_get(event, "resources")->count >= 1);
    }
    assert_int_equal(count, 4);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_findings)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
