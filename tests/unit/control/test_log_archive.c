/* What the laws of log_key, log_archive and cloudtrail cannot show: settings that make no sense,
 * and what is somebody else's. */
#include "../../support/baseline_text.h"
#include "../../support/operator.h"
#include "../../support/rehearsal.h"

#include "plinth/base/arena.h"
#include "plinth/baseline/diag.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* --- Settings --- */

static const char *mistake(const char *trusted, const char *roles, const char *settings,
                           struct arena *arena)
{
    const char *text = arena_printf(arena,
                                    "apiVersion: plinth/v1\nname: test\nhome_region: eu-central-1\n"
                                    "regions: [eu-central-1]\n"
                                    "organization: {trusted_access: [%s]}\n"
                                    "accounts:\n"
                                    "  - {name: Management, email: a@example.com, roles: "
                                    "[management]}\n"
                                    "  - {name: Logs, email: b@example.com, roles: [%s]}\n"
                                    "controls:\n  log_archive: {%s}\n",
                                    trusted, roles, settings);

    return baseline_mistake(arena, text);
}

static void test_settings_that_make_no_sense(void **state)
{
    static const char trail[] = "cloudtrail.amazonaws.com";
    static const struct {
        const char *trusted, *roles, *settings, *says;
    } cases[] = {
        {trail, "log_archive", "", ""},
        {trail, "log_archive", "keep_days: 0, object_lock: {mode: governance, days: 9}", ""},
        {"iam.amazonaws.com", "log_archive", "", "needs cloudtrail.amazonaws.com under"},
        {trail, "", "", "needs an account with role log_archive"},
        {trail, "log_archive", "keep_days: 30, object_lock: {mode: compliance, days: 31}",
         "deleted after 30 days, but object_lock holds them for 31"},
        {trail, "log_archive", "keep_days: 30, archive_after_days: 30", "archived after they are"},
        {trail, "log_archive", "bucket: My Logs", "\"My Logs\" is no bucket name"},
        {trail, "log_archive", "object_lock: {mode: firm, days: 1}", "governance"},
    };
    struct arena *arena = arena_new("test");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *said = mistake(cases[i].trusted, cases[i].roles, cases[i].settings, arena);

        if (cases[i].says[0] == '\0')
            assert_string_equal(said, "");
        else if (strstr(said, cases[i].says) == NULL)
            fail_msg("\"%s\" instead of \"%s\"", said, cases[i].says);
    }
    arena_free(arena);
}

/* --- What is somebody else's --- */

static const struct baseline *baseline_of(struct rehearsal *rehearsal)
{
    return rehearsal_baseline(rehearsal,
                              PLINTH_SOURCEDIR "/tests/control/log_archive/baseline.yaml");
}

static int setup(void **state)
{
    static const char *const only[] = {"organization", "accounts", NULL};
    struct rehearsal_options options = {.selection.only = only, .apply = true};
    struct rehearsal *rehearsal = rehearsal_new(7, false);

    *state = rehearsal;
    return rehearsal_run(rehearsal, baseline_of(rehearsal), &options).result;
}

static int teardown(void **state)
{
    rehearsal_free(*state);
    return 0;
}

/* Calls as in damage.json; ' stands for ". */
static void operate(struct rehearsal *rehearsal, const char *text)
{
    struct arena *arena = rehearsal_arena(rehearsal);
    char *copy = arena_str(arena, text);
    struct err err = ERR_INIT;
    struct json *calls;

    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    if (json_parse(copy, strlen(copy), arena, &calls, &err) != 0)
        fail_msg("%s", err.text);
    operator_call_all(rehearsal, calls);
}

static struct rehearsal_outcome apply(struct rehearsal *rehearsal)
{
    struct rehearsal_options options = {.apply = true};

    return rehearsal_run(rehearsal, baseline_of(rehearsal), &options);
}

static void stopped_by(struct rehearsal *rehearsal, const char *text)
{
    struct rehearsal_outcome outcome = apply(rehearsal);

    if (strstr(outcome.text, text) == NULL)
        fail_msg("no \"%s\" in\n%s", text, outcome.text);
}

#define CREATE_BUCKET(REGION)                                                                      \
    "[{'operation':'s3:CreateBucket','account':'Logs','region':'" REGION "','params':{'Bucket':"   \
    "'laws-test-logs','CreateBucketConfiguration':{'LocationConstraint':'" REGION "'}}}]"

static void test_a_bucket_without_our_tag(void **state)
{
    operate(*state, CREATE_BUCKET("eu-central-1"));
    stopped_by(*state, "bucket laws-test-logs exists and is not this baseline's (no tag "
                       "plinth:baseline=laws)");
}

static void test_a_bucket_in_another_region(void **state)
{
    operate(*state, CREATE_BUCKET("eu-west-1"));
    stopped_by(*state, "bucket laws-test-logs exists, but not in eu-central-1");
}

static void test_a_bucket_of_another_account(void **state)
{
    operate(*state, "[{'operation':'s3:CreateBucket','region':'eu-central-1','params':{'Bucket':"
                    "'laws-test-logs','CreateBucketConfiguration':"
                    "{'LocationConstraint':'eu-central-1'}}}]");
    stopped_by(*state, "bucket laws-test-logs is another account's");
}

/* A key of the account Logs with this policy; NULL: with the one that KMS gives. */
static const char *make_key(struct rehearsal *rehearsal, const char *policy)
{
    struct arena *arena = rehearsal_arena(rehearsal);
    struct json *call = json_object(arena), *params, *answer;
    struct err err = ERR_INIT;
    const char *text;

    json_put_str(call, "operation", "kms:CreateKey");
    json_put_str(call, "account", "Logs");
    json_put_str(call, "region", "eu-central-1");
    params = json_put_object(call, "params");
    json_put_str(params, "Policy", policy);
    json_put_bool(params, "BypassPolicyLockoutSafetyCheck", true);
    text = operator_call(rehearsal, call);
    assert_int_equal(json_parse(text, strlen(text), arena, &answer, &err), 0);
    return json_str(json_get(answer, "KeyMetadata"), "KeyId");
}

static void test_an_alias_of_another_key(void **state)
{
    operate(*state, arena_printf(rehearsal_arena(*state),
                                 "[{'operation':'kms:CreateAlias','account':'Logs','region':"
                                 "'eu-central-1','params':{'AliasName':'alias/laws-logs',"
                                 "'TargetKeyId':'%s'}}]",
                                 make_key(*state, NULL)));
    stopped_by(*state, "alias/laws-logs names a key that is not this baseline's");
}

/* Without an alias the keys are looked through, and some may not be looked at. */
static void test_a_key_that_keeps_us_out(void **state)
{
    (void)make_key(*state, "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
                           "\"111122223333\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}}");
    assert_int_equal(apply(*state).summary.outcomes[OUTCOME_FAILED], 0);
    assert_int_equal(sim_calls(rehearsal_sim(*state), "kms", "CreateKey"), 2);
}

#define FOREIGN_TRAIL(REGION, MORE)                                                                \
    "[{'operation':'s3:CreateBucket','region':'eu-west-1','params':{'Bucket':'foreign-logs',"      \
    "'CreateBucketConfiguration':{'LocationConstraint':'eu-west-1'}}},"                            \
    "{'operation':'s3:PutBucketPolicy','region':'eu-west-1','params':{'Bucket':'foreign-logs',"    \
    "'Policy':'{\\'Statement\\':{\\'Effect\\':\\'Allow\\',\\'Principal\\':{\\'Service\\':"         \
    "\\'cloudtrail.amazonaws.com\\'},\\'Action\\':\\'s3:*\\',\\'Resource\\':"                      \
    "[\\'arn:aws:s3:::foreign-logs\\',\\'arn:aws:s3:::foreign-logs/*\\']}}'}},"                    \
    "{'operation':'cloudtrail:CreateTrail','region':'" REGION "','params':{'Name':'organization'," \
    "'S3BucketName':'foreign-logs'" MORE "}}]"

static void test_a_trail_without_our_tag(void **state)
{
    operate(*state, FOREIGN_TRAIL("eu-central-1", ""));
    stopped_by(*state, "trail organization exists and is not this baseline's");
}

static void test_a_trail_with_another_home(void **state)
{
    operate(*state, FOREIGN_TRAIL("eu-west-1", ",'IsMultiRegionTrail':true"));
    stopped_by(*state, "trail organization exists with home region eu-west-1");
}

#define OWN_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_that_make_no_sense),
        OWN_TEST(test_a_bucket_without_our_tag),
        OWN_TEST(test_a_bucket_in_another_region),
        OWN_TEST(test_a_bucket_of_another_account),
        OWN_TEST(test_an_alias_of_another_key),
        OWN_TEST(test_a_key_that_keeps_us_out),
        OWN_TEST(test_a_trail_without_our_tag),
        OWN_TEST(test_a_trail_with_another_home),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
