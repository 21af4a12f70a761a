/* Events and the actions that they take; the tables are in order. */
#include "replay_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *source, const char *name, enum action_kind kind, const char *action)
{
    char text[ACTION_BYTES_MOST] = "";

    assert_int_equal(replay_action_of(source, name, text), kind);
    assert_string_equal(text, action);
}

static void test_actions(void **state)
{
    (void)state;
    expect("ec2.amazonaws.com", "RunInstances", ACTION_KNOWN, "ec2:RunInstances");
    expect("s3.amazonaws.com", "ListObjects", ACTION_KNOWN, "s3:ListBucket");
    expect("s3.amazonaws.com", "GetObject", ACTION_KNOWN, "s3:GetObject");
    expect("s3.amazonaws.com", "PutBucketCors", ACTION_KNOWN, "s3:PutBucketCORS");
    expect("monitoring.amazonaws.com", "PutMetricData", ACTION_KNOWN, "cloudwatch:PutMetricData");
    expect("email.amazonaws.com", "SendEmail", ACTION_KNOWN, "ses:SendEmail");
    expect("lambda.amazonaws.com", "Invoke", ACTION_KNOWN, "lambda:InvokeFunction");
    expect("lambda.amazonaws.com", "Invoke20150331", ACTION_KNOWN, "lambda:InvokeFunction");
    expect("lambda.amazonaws.com", "GetFunction20150331v2", ACTION_KNOWN, "lambda:GetFunction");
    expect("cloudfront.amazonaws.com", "GetDistribution2020_05_31", ACTION_KNOWN,
           "cloudfront:GetDistribution");
    expect("ec2.amazonaws.com.cn", "RunInstances", ACTION_KNOWN, "ec2:RunInstances");
    expect("sts.amazonaws.com", "GetCallerIdentity", ACTION_FREE, "");
    expect("new.amazonaws.com", "DoThings20150331", ACTION_ASSUMED, "new:DoThings20150331");
    expect("ec2.amazonaws.com", "DoThings", ACTION_ASSUMED, "ec2:DoThings");
}

static void test_too_long(void **state)
{
    char name[2 * ACTION_BYTES_MOST], text[ACTION_BYTES_MOST];

    (void)state;
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_int_equal(replay_action_of("ec2.amazonaws.com", name, text), ACTION_NONE);
    assert_int_equal(replay_action_of(name, "x", text), ACTION_NONE);
    name[ACTION_BYTES_MOST - 1] = '\0';
    assert_int_equal(replay_action_of("ec2.amazonaws.com", name, text), ACTION_NONE);
}

/* Every row of the table of events is reachable, and its action exists. */
static void test_rows(void **state)
{
    static const struct {
        const char *prefix, *event, *action;
    } rows[] = {
#define SOURCE(source_, prefix_)
#define EVENT(prefix_, event_, action_) {prefix_, event_, action_},
#include "cloudtrail_events.def"
#undef SOURCE
#undef EVENT
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[ACTION_BYTES_MOST] = "", again[ACTION_BYTES_MOST] = "", *colon;

        if (rows[i].action == NULL)
            continue;
        assert_int_equal(replay_action_of(rows[i].prefix, rows[i].event, text), ACTION_KNOWN);
        assert_string_equal(text, rows[i].action);
        colon = strchr(text, ':');
        *colon = '\0';
        if (replay_action_of(text, colon + 1, again) == ACTION_ASSUMED)
            fail_msg("%s is no action", rows[i].action);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_actions),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
