/*
 * random_policy.h - documents and requests from a seed, small enough to overlap often.
 */
#ifndef TESTS_UNIT_POLICY_RANDOM_POLICY_H
#define TESTS_UNIT_POLICY_RANDOM_POLICY_H

#include "plinth/base/env.h"
#include "plinth/codec/json.h"

#include "judge.h"

static const char *pick(struct rng *rng, const char *const *from, size_t count)
{
    return from[rng_below(rng, count)];
}

#define PICK(rng, list) pick(rng, list, sizeof(list) / sizeof(list)[0])

static void put_random_list(struct rng *rng, struct json *statement, const char *key,
                            const char *const *from, size_t count)
{
    struct json *list;

    if (rng_below(rng, 4) == 0) {
        json_put_str(statement, key, pick(rng, from, count));
        return;
    }
    list = json_put_array(statement, key);
    for (size_t left = 1 + rng_below(rng, 4); left > 0; left--)
        json_add_str(list, pick(rng, from, count));
}

static void put_random_condition(struct rng *rng, struct json *statement)
{
    static const char *const operators[] = {"StringEquals", "StringNotEquals", "StringLike"};
    static const char *const values[] = {"a", "b", "*"};
    struct json *condition = json_put_object(statement, "Condition");

    for (size_t left = 1 + rng_below(rng, 2); left > 0; left--) {
        const char *operator= PICK(rng, operators);

        if (json_get(condition, operator) == NULL)
            put_random_list(rng, json_put_object(condition, operator), "aws:Key", values, 3);
    }
}

/* `allow`: among its statements may be some that allow. */
static struct json *random_policy(struct rng *rng, bool allow, struct arena *arena)
{
    static const char *const actions[] = {"*",        "s3:*",       "s3:Get*", "s3:GetObject",
                                          "S3:put*",  "s3:?etA",    "ec2:*",   "iam:*User",
                                          "iam:Get*", "iam:GetUser"};
    static const char *const resources[] = {"*", "arn:aws:s3:::*", "arn:aws:s3:::a/*",
                                            "arn:aws:s3:::a/b", "arn:*:iam::*:role/?"};
    struct json *document = json_object(arena), *list;

    json_put_str(document, "Version", "2012-10-17");
    list = json_put_array(document, "Statement");
    for (size_t left = 1 + rng_below(rng, 5); left > 0; left--) {
        struct json *statement = json_add_object(list);

        json_put_str(statement, "Effect", allow && rng_below(rng, 3) == 0 ? "Allow" : "Deny");
        put_random_list(rng, statement, rng_below(rng, 4) == 0 ? "NotAction" : "Action", actions,
                        sizeof actions / sizeof actions[0]);
        put_random_list(rng, statement, rng_below(rng, 4) == 0 ? "NotResource" : "Resource",
                        resources, sizeof resources / sizeof resources[0]);
        if (rng_below(rng, 2) == 0)
            put_random_condition(rng, statement);
    }
    return document;
}

enum { REQUESTS = 8 * 5 * 3 };

/* The requests that such documents can tell apart, by number. */
static struct request request_by_number(size_t number)
{
    static const char *const actions[] = {"s3:GetObject", "s3:PutObject", "s3:GetA",
                                          "s3:Get",       "ec2:Run",      "iam:GetUser",
                                          "iam:PutUser",  "sqs:Send"};
    static const char *const resources[] = {"arn:aws:s3:::a/b", "arn:aws:s3:::a/c",
                                            "arn:aws:s3:::b", "arn:aws:iam::1:role/x", "*"};
    static const char *const a[] = {"aws:Key", "a", NULL}, *const c[] = {"aws:Key", "c", NULL};
    static const char *const *const contexts[] = {a, c, NULL};

    return (struct request){actions[number % 8], resources[number / 8 % 5],
                            contexts[number / 40 % 3]};
}

#endif
