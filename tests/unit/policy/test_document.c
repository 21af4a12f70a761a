/* The structure of documents: what each kind takes, and what an error says. */
#include "plinth/policy/document.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct sample {
    enum policy_kind kind;
    const char *text;
    const char *error; /* a part of it; NULL: it is right */
};

/* A document of one statement, with the rest of a statement that is right for an SCP. */
#define ONE(statement) "{\"Version\":\"2012-10-17\",\"Statement\":[{" statement "}]}"
#define DENY "\"Effect\":\"Deny\","
#define ALL "\"Action\":\"*\",\"Resource\":\"*\""
#define WITH_CONDITION(condition) ONE(DENY ALL ",\"Condition\":" condition)

static void check(const struct sample *sample)
{
    struct arena *arena = arena_new("test");
    struct json *document = NULL;
    struct err err = ERR_INIT;
    int result;

    if (json_parse(sample->text, strlen(sample->text), arena, &document, &err) != 0)
        fail_msg("%s: %s", sample->text, err.text);
    result = policy_document_check_kind(document, sample->kind, &err);
    if (sample->error == NULL && result != 0)
        fail_msg("%s: %s", sample->text, err.text);
    if (sample->error != NULL && result == 0)
        fail_msg("%s is taken", sample->text);
    if (sample->error != NULL &&
        (err.code != ERR_CONFIG || strstr(err.text, sample->error) == NULL))
        fail_msg("%s: \"%s\" and not \"%s\"", sample->text, err.text, sample->error);
    arena_free(arena);
}

static void check_all(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(&samples[i]);
}

#define CHECK_ALL(samples) check_all(samples, sizeof(samples) / sizeof(samples)[0])

static void test_documents(void **state)
{
    static const struct sample samples[] = {
        {POLICY_ANY, ONE(DENY ALL), NULL},
        {POLICY_ANY, "{\"Statement\":{\"Effect\":\"Allow\"," ALL "}}", NULL},
        {POLICY_ANY, "{\"Version\":\"2008-10-17\",\"Id\":\"x\",\"Statement\":{" DENY ALL "}}",
         NULL},
        {POLICY_ANY, "[]", "must be a map"},
        {POLICY_ANY, "{}", "no Statement"},
        {POLICY_ANY, "{\"Statement\":[]}", "no Statement"},
        {POLICY_ANY, "{\"Statement\":[1]}", "statement 1: must be a map"},
        {POLICY_ANY, "{\"Version\":\"2012-10-18\",\"Statement\":[]}", "Version: must be"},
        {POLICY_ANY, "{\"Version\":2012,\"Statement\":[]}", "Version: must be"},
        {POLICY_ANY, "{\"Id\":1,\"Statement\":[]}", "Id: must be a string"},
        {POLICY_ANY, "{\"statement\":[]}",
         "unknown element \"statement\"; did you mean Statement?"},
        {POLICY_SCP, "{\"Statement\":[{" DENY ALL "}]}", "Version: must be \"2012-10-17\""},
        {POLICY_SCP, "{\"Version\":\"2012-10-17\",\"Id\":\"x\",\"Statement\":[]}", "has no Id"},
    };

    (void)state;
    CHECK_ALL(samples);
}

static void test_statements(void **state)
{
    static const struct sample samples[] = {
        {POLICY_ANY, ONE(ALL), "statement 1: no Effect"},
        {POLICY_ANY, ONE("\"Effect\":\"deny\"," ALL), "spelled so"},
        {POLICY_ANY, ONE(DENY "\"Resource\":\"*\""), "neither Action nor NotAction"},
        {POLICY_ANY, ONE(DENY "\"NotAction\":\"a:*\"," ALL), "exclude each other"},
        {POLICY_ANY, ONE(DENY ALL ",\"NotResource\":\"*\""),
         "Resource and NotResource exclude each other"},
        {POLICY_ANY, ONE(DENY ALL ",\"Conditions\":{}"), "did you mean Condition?"},
        {POLICY_ANY, ONE(DENY ALL ",\"Whatever\":{}"), "unknown element \"Whatever\""},
        {POLICY_ANY, ONE("\"Sid\":\"Known\",\"Effect\":1," ALL), "statement 1 (Known): Effect"},
        {POLICY_ANY, "{\"Statement\":[{\"Sid\":\"a\"," DENY ALL "},{\"Sid\":\"a\"," DENY ALL "}]}",
         "statement 2: Sid: \"a\" is used before"},
        {POLICY_ANY, "{\"Statement\":[{\"Sid\":\"\"," DENY ALL "},{\"Sid\":\"\"," DENY ALL "}]}",
         NULL},
        {POLICY_SCP, ONE("\"Sid\":\"With blank\"," DENY ALL), "letters and digits"},
        {POLICY_RESOURCE, ONE("\"Sid\":\"With blank\",\"Principal\":\"*\"," DENY ALL), NULL},
        {POLICY_ANY, ONE("\"Sid\":1," DENY ALL), "Sid: must be a string"},
    };

    (void)state;
    CHECK_ALL(samples);
}

static void test_actions_and_resources(void **state)
{
    static const struct sample samples[] = {
        {POLICY_SCP, ONE(DENY "\"Action\":[\"s3:Get*\",\"IAM:*User?\"],\"Resource\":\"*\""), NULL},
        {POLICY_SCP, ONE(DENY "\"NotAction\":\"*:*\",\"NotResource\":\"arn:aws:s3:::b/*\""), NULL},
        {POLICY_SCP, ONE(DENY "\"Action\":[],\"Resource\":\"*\""), "Action: is an empty list"},
        {POLICY_SCP, ONE(DENY "\"Action\":[1],\"Resource\":\"*\""), "must be a string or a list"},
        {POLICY_SCP, ONE(DENY "\"Action\":{},\"Resource\":\"*\""), "must be a string or a list"},
        {POLICY_SCP, ONE(DENY "\"Action\":\"GetObject\",\"Resource\":\"*\""), "is no action"},
        {POLICY_SCP, ONE(DENY "\"Action\":\"s*:Get\",\"Resource\":\"*\""), "without wildcards"},
        {POLICY_SCP, ONE(DENY "\"Action\":\":Get\",\"Resource\":\"*\""), "is no action"},
        {POLICY_SCP, ONE(DENY "\"Action\":\"s3:\",\"Resource\":\"*\""), "is no action"},
        {POLICY_SCP, ONE(DENY "\"Action\":\"s3:Get Object\",\"Resource\":\"*\""), "is no action"},
        {POLICY_SCP, ONE(DENY "\"Action\":\"*\",\"Resource\":\"bucket\""), "\"*\" or an ARN"},
        {POLICY_SCP, ONE(DENY "\"Action\":\"*\",\"Resource\":\"arn:aws:s3\""), "six parts"},
        {POLICY_SCP, ONE(DENY "\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::\""), "is empty"},
        {POLICY_RESOURCE, ONE(DENY "\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"x\""),
         NULL},
        {POLICY_RESOURCE, ONE(DENY "\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"\""),
         "is empty"},
    };

    (void)state;
    CHECK_ALL(samples);
}

static void test_principals(void **state)
{
    static const struct sample samples[] = {
        {POLICY_TRUST,
         ONE("\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{\"AWS\":"
             "[\"111111111111\"],\"Service\":\"ec2.amazonaws.com\",\"Federated\":\"x\"}"),
         NULL},
        {POLICY_RESOURCE, ONE(DENY ALL ",\"NotPrincipal\":{\"CanonicalUser\":\"x\"}"), NULL},
        {POLICY_RESOURCE, ONE(DENY ALL), "neither Principal nor NotPrincipal"},
        {POLICY_RESOURCE, ONE(DENY ALL ",\"Principal\":\"111111111111\""),
         "must be \"*\" or a map"},
        {POLICY_RESOURCE, ONE(DENY ALL ",\"Principal\":{}"), "must be \"*\" or a map"},
        {POLICY_RESOURCE, ONE(DENY ALL ",\"Principal\":{\"aws\":\"x\"}"), "unknown type"},
        {POLICY_RESOURCE, ONE(DENY ALL ",\"Principal\":{\"AWS\":111111111111}"),
         "must be a string"},
        {POLICY_RESOURCE, ONE(DENY ALL ",\"Principal\":{\"AWS\":[]}"), "empty list"},
        {POLICY_RESOURCE, ONE(DENY ALL ",\"Principal\":{\"AWS\":\"\"}"), "is empty"},
    };

    (void)state;
    CHECK_ALL(samples);
}

static void test_kinds_differ(void **state)
{
    static const struct sample samples[] = {
        {POLICY_IDENTITY, ONE(DENY ALL ",\"Principal\":\"*\""), "an identity policy has no Princ"},
        {POLICY_IDENTITY, ONE(DENY "\"Action\":\"*\""), "neither Resource nor NotResource"},
        {POLICY_TRUST, ONE(DENY ALL ",\"Principal\":\"*\""), "a trust policy has no Resource"},
        {POLICY_RESOURCE, ONE(DENY "\"Action\":\"*\",\"Principal\":\"*\""), NULL},
        {POLICY_SCP, ONE(DENY ALL ",\"Principal\":\"*\""), "an SCP has no Principal"},
        {POLICY_SCP, ONE(DENY ALL ",\"NotPrincipal\":\"*\""), "an SCP has no NotPrincipal"},
        {POLICY_SCP,
         ONE("\"Effect\":\"Allow\",\"NotAction\":\"a:b\",\"Resource\":\"arn:a:b:c:d:e\","
             "\"Condition\":{\"Bool\":{\"k\":true}}"),
         NULL},
        {POLICY_RCP, ONE(DENY "\"Action\":\"s3:*\",\"Resource\":\"*\",\"Principal\":\"*\""), NULL},
        {POLICY_RCP, ONE(DENY "\"Action\":\"s3:*\",\"Resource\":\"*\""), "no Principal"},
        {POLICY_RCP,
         ONE(DENY "\"Action\":\"s3:*\",\"Resource\":\"*\",\"Principal\":{\"AWS\":\"*\"}"),
         "must be \"*\""},
        {POLICY_RCP, ONE(DENY ALL ",\"Principal\":\"*\""), "must name a service"},
        {POLICY_RCP, ONE(DENY "\"NotAction\":\"s3:*\",\"Resource\":\"*\",\"Principal\":\"*\""),
         "an RCP has no NotAction"},
        {POLICY_RCP,
         ONE("\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Principal\":\"*\""),
         "an RCP can only deny"},
    };

    (void)state;
    CHECK_ALL(samples);
}

static void test_conditions(void **state)
{
    static const struct sample samples[] = {
        {POLICY_SCP, WITH_CONDITION("{\"StringEquals\":{\"k\":[\"a\",\"b\"]}}"), NULL},
        {POLICY_SCP, WITH_CONDITION("{\"ForAllValues:StringLikeIfExists\":{\"k\":\"a\"}}"), NULL},
        {POLICY_SCP, WITH_CONDITION("{\"ForAnyValue:ArnNotEquals\":{\"k\":\"a\"}}"), NULL},
        {POLICY_SCP, WITH_CONDITION("{\"NumericLessThanEqualsIfExists\":{\"k\":5}}"), NULL},
        {POLICY_SCP, WITH_CONDITION("{\"Null\":{\"k\":true}}"), NULL},
        {POLICY_SCP, WITH_CONDITION("{}"), NULL},
        {POLICY_SCP, WITH_CONDITION("[]"), "must be a map of operators"},
        {POLICY_SCP, WITH_CONDITION("{\"NullIfExists\":{\"k\":true}}"), "unknown operator"},
        {POLICY_SCP, WITH_CONDITION("{\"StringEqual\":{\"k\":\"a\"}}"),
         "did you mean StringEquals?"},
        {POLICY_SCP, WITH_CONDITION("{\"ForSome:StringEquals\":{\"k\":\"a\"}}"),
         "unknown operator"},
        {POLICY_SCP, WITH_CONDITION("{\"IfExists\":{\"k\":\"a\"}}"), "unknown operator"},
        {POLICY_SCP, WITH_CONDITION("{\"Bool\":{}}"), "Bool: must be a map of keys"},
        {POLICY_SCP, WITH_CONDITION("{\"Bool\":\"x\"}"), "Bool: must be a map of keys"},
        {POLICY_SCP, WITH_CONDITION("{\"Bool\":{\"k\":[]}}"), "Bool k: must be a value"},
        {POLICY_SCP, WITH_CONDITION("{\"Bool\":{\"k\":null}}"), "Bool k: must be a value"},
        {POLICY_SCP, WITH_CONDITION("{\"Bool\":{\"k\":[{}]}}"), "Bool k: must be a value"},
    };

    (void)state;
    CHECK_ALL(samples);
}

static void test_plain_check_takes_any_kind(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(policy_document_check(NULL, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_statements),
        cmocka_unit_test(test_actions_and_resources),
        cmocka_unit_test(test_principals),
        cmocka_unit_test(test_kinds_differ),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_plain_check_takes_any_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
