/*
 * ear.c - hear what the central topic tells.
 */
#include "ear.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/alarms.h"
#include "plinth/fiber/fiber.h"

enum { WAIT_S = 2, RANDOM_CHARS = 16, MESSAGES_MOST = 10 };

static const enum aws_op ear_ops[] = {
    AWS_SQS_CREATE_QUEUE, AWS_SQS_RECEIVE_MESSAGE, AWS_SQS_DELETE_QUEUE,
    AWS_SNS_SUBSCRIBE,    AWS_SNS_UNSUBSCRIBE,     AWS_OP_NONE,
};

const char *ear_random(const struct ear *ear)
{
    char *uuid = arena_alloc(ear->arena, 37);

    rng_uuid(ear->session->env.rng, uuid);
    uuid[RANDOM_CHARS + 2] = '\0'; /* with its two dashes */
    return uuid;
}

int ear_central(const struct ear *ear, const enum aws_op *allowed, struct aws_target *out,
                struct err *err)
{
    const struct baseline *baseline = ear->session->loaded.baseline;
    const struct account *security = baseline_account_with_role(baseline, ROLE_SECURITY);

    if (!engine_enter(ear->session->engine, security, baseline->home_region, out))
        return err_set(err, ERR_NOTFOUND, "account %s does not exist yet", security->name);
    out->allowed = allowed;
    return 0;
}

/* --- Listening -----------------------------------------------------------------------------------
 */

static const char *arn_of(const struct ear *ear, const struct aws_target *target,
                          const char *service, const char *name)
{
    return arena_printf(ear->arena, "arn:%s:%s:%s:%s:%s", ear->session->identity.partition, service,
                        target->region, target->account_id, name);
}

static const char *queue_policy(const struct ear *ear, const struct aws_target *target)
{
    struct json *document = json_object(ear->arena), *statement;

    json_put_str(document, "Version", "2012-10-17");
    statement = json_add_object(json_put_array(document, "Statement"));
    json_put_str(statement, "Effect", "Allow");
    json_put_str(json_put_object(statement, "Principal"), "Service", "sns.amazonaws.com");
    json_put_str(statement, "Action", "sqs:SendMessage");
    json_put_str(statement, "Resource", arn_of(ear, target, "sqs", ear->queue_name));
    json_put_str(json_put_object(json_put_object(statement, "Condition"), "ArnEquals"),
                 "aws:SourceArn", arn_of(ear, target, "sns", ALARMS_NAME));
    return json_text(document, ear->arena);
}

/* Creating it once more finds it, so a lost answer is asked for again. */
static int create_queue(struct ear *ear, const struct aws_target *target, struct err *err)
{
    struct json *params = json_object(ear->arena);
    const struct json *answer;
    int result;

    ear->queue_name = arena_printf(ear->arena, ALARMS_NAME "-test-%s", ear_random(ear));
    json_put_str(params, "QueueName", ear->queue_name);
    json_put_str(json_put_object(params, "Attributes"), "Policy", queue_policy(ear, target));
    result = aws_call(target, AWS_SQS_CREATE_QUEUE, params, ear->arena, &answer, err);
    if (result != 0 && err->code == ERR_LOST) {
        err_clear(err);
        result = aws_call(target, AWS_SQS_CREATE_QUEUE, params, ear->arena, &answer, err);
    }
    return result != 0 ? -1 : json_need_str(answer, "QueueUrl", &ear->queue_url, err);
}

int ear_open(struct ear *ear, struct err *err)
{
    struct json *params = json_object(ear->arena);
    const struct json *answer;
    struct aws_target central, *target = &central;

    if (ear_central(ear, ear_ops, target, err) != 0 || create_queue(ear, target, err) != 0)
        return -1;
    json_put_str(params, "TopicArn", arn_of(ear, target, "sns", ALARMS_NAME));
    json_put_str(params, "Protocol", "sqs");
    json_put_str(params, "Endpoint", arn_of(ear, target, "sqs", ear->queue_name));
    json_put_bool(params, "ReturnSubscriptionArn", true);
    if (aws_call(target, AWS_SNS_SUBSCRIBE, params, ear->arena, &answer, err) != 0)
        return err->code == ERR_NOTFOUND
                   ? err_wrap(err, "the alarms are not there yet (plinth apply)")
                   : -1;
    return json_need_str(answer, "SubscriptionArn", &ear->subscription_arn, err);
}

/* A poll that fails is followed by the next one: only the end of the time counts. */
int ear_hear(struct ear *ear, struct arena *arena, const struct json **out, struct err *err)
{
    struct json *params = json_object(arena);
    const struct json *answer;
    struct aws_target target;

    *out = NULL;
    if (ear_central(ear, ear_ops, &target, err) != 0)
        return -1;
    json_put_str(params, "QueueUrl", ear->queue_url);
    json_put_number(params, "MaxNumberOfMessages", MESSAGES_MOST);
    json_put_number(params, "WaitTimeSeconds", WAIT_S);
    if (aws_call(&target, AWS_SQS_RECEIVE_MESSAGE, params, arena, &answer, err) == 0)
        *out = json_get(answer, "Messages");
    else if (err->code == ERR_CANCELLED)
        return -1;
    err_clear(err);
    return 0;
}

/* --- Cleaning up ---------------------------------------------------------------------------------
 */

/* A lost answer is no matter: both may be done again. */
static int forget(const struct ear *ear, const struct aws_target *target, enum aws_op op,
                  const char *key, const char *value, struct err *err)
{
    struct json *params = json_object(ear->arena);

    json_put_str(params, key, value);
    for (int attempt = 0; attempt < 2; attempt++) {
        err_clear(err);
        if (aws_call(target, op, params, ear->arena, NULL, err) == 0 || err->code == ERR_NOTFOUND)
            return 0;
    }
    return -1;
}

static int clean_up(struct ear *ear, struct err *err)
{
    struct session *session = ear->session;
    struct aws_target target;

    if ((session->identity.account_id == NULL &&
         engine_identify(session->engine, &session->identity, err) != 0) ||
        ear_central(ear, ear_ops, &target, err) != 0)
        return -1;
    if (ear->subscription_arn != NULL && forget(ear, &target, AWS_SNS_UNSUBSCRIBE,
                                                "SubscriptionArn", ear->subscription_arn, err) != 0)
        return -1;
    ear->subscription_arn = NULL;
    if (forget(ear, &target, AWS_SQS_DELETE_QUEUE, "QueueUrl", ear->queue_url, err) != 0)
        return -1;
    ear->queue_url = NULL;
    return 0;
}

struct cleaning {
    struct ear *ear;
    struct err err;
    int failed;
};

static void clean_fiber(void *arg)
{
    struct cleaning *cleaning = arg;

    cleaning->failed = clean_up(cleaning->ear, &cleaning->err);
}

/* False: something stays behind, and is named. */
static bool take_away(struct ear *ear)
{
    struct cleaning cleaning = {.ear = ear, .err = ERR_INIT};

    if (ear->queue_url == NULL)
        return true;
    sched_run(ear->session->sched, clean_fiber, &cleaning);
    if (cleaning.failed == 0)
        return true;
    (void)err_wrap(&cleaning.err,
                   "queue %s stays in the security account: delete it, and its "
                   "subscription to topic %s",
                   ear->queue_name, ALARMS_NAME);
    put_error(&ear->session->options->baseline.common, &cleaning.err);
    return false;
}

int ear_close(struct ear *ear)
{
    const struct run_opts *options = ear->session->options;

    if (!sched_stopping(ear->session->sched))
        return take_away(ear) ? EXIT_DONE : EXIT_ERROR;
    session_close(ear->session);
    if (session_open(ear->session, options, ear->baseline) != EXIT_DONE)
        return EXIT_ERROR;
    return take_away(ear) ? EXIT_INTERRUPTED : EXIT_ERROR;
}
