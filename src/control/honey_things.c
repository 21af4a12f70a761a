/*
 * honey_things.c - the things behind honey tokens: an IAM user or role that may do nothing, an
 *                  empty bucket, a secret, a parameter, an empty table.
 *
 * Source: API references of IAM (2010-05-08), S3 (2006-03-01), Secrets Manager (2017-10-17),
 *         Systems Manager (2014-11-06) and DynamoDB (2012-08-10).
 * Limits:    descriptions, tags and values are given when a thing is made and not looked at again.
 *
 * They are looked at only with calls that say nothing of their content (Describe, Get of a user):
 * those who read the values are whom the tokens are for.
 */
#include "honey_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"
#include "plinth/codec/hash.h"
#include "plinth/codec/http.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"
#include "plinth/policy/document.h"

#include <string.h>

/* As ordinary as a name can be; who reads it sees the document as well. */
#define GUARD_NAME "permissions"

enum { VALUE_BYTES = 24 };

static const char deny_all[] = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\","
                               "\"Action\":\"*\",\"Resource\":\"*\"}]}";

/* How each kind is asked for, made and deleted. */
static const struct {
    const char *noun;
    const char *member; /* of requests: what holds its name */
    enum aws_op read, create, destroy;
    enum aws_op read_guard, guard, unguard; /* AWS_OP_NONE: it has none */
    enum aws_op bound;
} kinds[HONEY_KIND_COUNT] = {
    [HONEY_ACCESS_KEY] = {"user", "UserName", AWS_IAM_GET_USER, AWS_IAM_CREATE_USER,
                          AWS_IAM_DELETE_USER, AWS_IAM_GET_USER_POLICY, AWS_IAM_PUT_USER_POLICY,
                          AWS_IAM_DELETE_USER_POLICY, AWS_IAM_PUT_USER_PERMISSIONS_BOUNDARY},
    [HONEY_ROLE] = {"role", "RoleName", AWS_IAM_GET_ROLE, AWS_IAM_CREATE_ROLE, AWS_IAM_DELETE_ROLE,
                    AWS_IAM_GET_ROLE_POLICY, AWS_IAM_PUT_ROLE_POLICY, AWS_IAM_DELETE_ROLE_POLICY,
                    AWS_IAM_PUT_ROLE_PERMISSIONS_BOUNDARY},
    [HONEY_BUCKET] = {"bucket", "Bucket", AWS_S3_HEAD_BUCKET, AWS_S3_CREATE_BUCKET,
                      AWS_S3_DELETE_BUCKET, AWS_S3_GET_PUBLIC_ACCESS_BLOCK,
                      AWS_S3_PUT_PUBLIC_ACCESS_BLOCK, AWS_OP_NONE, AWS_OP_NONE},
    [HONEY_SECRET] = {"secret", "SecretId", AWS_SECRETSMANAGER_DESCRIBE_SECRET,
                      AWS_SECRETSMANAGER_CREATE_SECRET, AWS_SECRETSMANAGER_DELETE_SECRET,
                      AWS_OP_NONE, AWS_OP_NONE, AWS_OP_NONE, AWS_OP_NONE},
    [HONEY_PARAMETER] = {"parameter", "Name", AWS_SSM_DESCRIBE_PARAMETERS, AWS_SSM_PUT_PARAMETER,
                         AWS_SSM_DELETE_PARAMETER, AWS_OP_NONE, AWS_OP_NONE, AWS_OP_NONE,
                         AWS_OP_NONE},
    [HONEY_TABLE] = {"table", "TableName", AWS_DYNAMODB_DESCRIBE_TABLE, AWS_DYNAMODB_CREATE_TABLE,
                     AWS_DYNAMODB_DELETE_TABLE, AWS_OP_NONE, AWS_OP_NONE, AWS_OP_NONE, AWS_OP_NONE},
};

const char *honey_noun(enum honey_kind kind)
{
    return kinds[kind].noun;
}

bool honey_has_guard(enum honey_kind kind)
{
    return kinds[kind].guard != AWS_OP_NONE;
}

bool honey_has_boundary(enum honey_kind kind)
{
    return kinds[kind].bound != AWS_OP_NONE;
}

const char *honey_boundary(const struct control_ctx *ctx)
{
    return arena_printf(ctx->arena, "arn:%s:iam::aws:policy/AWSDenyAll", ctx->partition);
}

/* The target in the thing's region, and parameters that name it. */
static struct json *about(const struct control_ctx *ctx, const struct honey_thing *thing,
                          struct aws_target *out_target)
{
    struct json *params = json_object(ctx->arena);

    *out_target = *ctx->target;
    out_target->region = thing->region;
    json_put_str(params, kinds[thing->kind].member, thing->name);
    return params;
}

/* --- Read ----------------------------------------------------------------------------------------
 */

/* A call to which "not there" is an answer: then *out is NULL. */
static int ask(const struct aws_target *target, enum aws_op op, const struct json *params,
               struct arena *arena, const struct json **out, struct err *err)
{
    if (aws_call(target, op, params, arena, out, err) == 0)
        return 0;
    if (err->code != ERR_NOTFOUND)
        return -1;
    err_clear(err);
    *out = NULL;
    return 0;
}

/* Parameters are described by a filter, as GetParameter would look like a use. */
static int read_parameter(const struct control_ctx *ctx, const struct honey_thing *thing,
                          struct honey_live *out, struct err *err)
{
    struct aws_target target;
    struct json *params = about(ctx, thing, &target), *filter;
    const struct json *list;

    json_remove(params, "Name");
    filter = json_add_object(json_put_array(params, "ParameterFilters"));
    json_put_str(filter, "Key", "Name");
    json_put_str(filter, "Option", "Equals");
    json_add_str(json_put_array(filter, "Values"), thing->name);
    if (aws_list(&target, AWS_SSM_DESCRIBE_PARAMETERS, params, ctx->arena, &list, err) != 0)
        return -1;
    out->exists = list->count > 0;
    return 0;
}

static bool is_closed(const struct json *answer)
{
    static const char *const members[] = {"BlockPublicAcls", "IgnorePublicAcls",
                                          "BlockPublicPolicy", "RestrictPublicBuckets"};

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (!json_bool(answer, members[i], false))
            return false;
    return true;
}

static int read_guard(const struct control_ctx *ctx, const struct honey_thing *thing,
                      struct honey_live *out, struct err *err)
{
    struct aws_target target;
    struct json *params = about(ctx, thing, &target);
    const struct json *answer;
    const char *document;

    if (thing->kind != HONEY_BUCKET)
        json_put_str(params, "PolicyName", GUARD_NAME);
    if (ask(&target, kinds[thing->kind].read_guard, params, ctx->arena, &answer, err) != 0)
        return -1;
    if (thing->kind == HONEY_BUCKET) {
        out->guarded = is_closed(answer);
        return 0;
    }
    document = json_str(answer, "PolicyDocument");
    out->guarded =
        document != NULL &&
        policy_text_equal(uri_decode(document, strlen(document), 0, ctx->arena), deny_all);
    return 0;
}

/* What S3 says of another account's bucket: 403, or 301 when it is in another region. */
bool honey_is_taken(const struct honey_thing *thing, const struct err *err)
{
    return thing->kind == HONEY_BUCKET && (err->http_status == 403 || err->http_status == 301);
}

int honey_thing_read(const struct control_ctx *ctx, const struct honey_thing *thing,
                     struct honey_live *out, struct err *err)
{
    struct aws_target target;
    struct json *params = about(ctx, thing, &target);
    const struct json *answer, *entity;

    *out = (struct honey_live){.exists = false};
    if (thing->kind == HONEY_PARAMETER)
        return read_parameter(ctx, thing, out, err);
    if (ask(&target, kinds[thing->kind].read, params, ctx->arena, &answer, err) != 0)
        return honey_is_taken(thing, err) ? err_wrap(err, "its name is taken elsewhere in AWS")
                                          : -1;
    if (answer == NULL)
        return 0;
    out->deleted = json_get(answer, "DeletedDate") != NULL;
    out->exists = !out->deleted;
    if (honey_has_boundary(thing->kind)) {
        entity = json_get(answer, thing->kind == HONEY_ROLE ? "Role" : "User");
        out->bounded =
            str_eq(json_str(json_get(entity, "PermissionsBoundary"), "PermissionsBoundaryArn"),
                   honey_boundary(ctx));
    }
    if (honey_has_guard(thing->kind) && read_guard(ctx, thing, out, err) != 0)
        return -1;
    if (thing->kind == HONEY_ACCESS_KEY)
        return aws_list(&target, AWS_IAM_LIST_ACCESS_KEYS, params, ctx->arena, &out->keys, err);
    return 0;
}

const char *honey_thing_there(const struct honey_thing *thing, const struct honey_token *token,
                              struct arena *arena)
{
    return arena_printf(arena,
                        "%s %s exists and is not in the map of honey tokens; delete it, or give "
                        "token %s another name",
                        honey_noun(thing->kind), thing->name, token->label);
}

const char *honey_place_there(const struct baseline *baseline, const struct honey_token *token,
                              struct arena *arena)
{
    return arena_printf(arena,
                        "%s: something is there already; take it away, or plant token %s elsewhere",
                        honey_place(baseline, token, arena), token->label);
}

/* --- Make ----------------------------------------------------------------------------------------
 */

/* What a password would look like. */
static const char *random_value(const struct control_ctx *ctx)
{
    unsigned char bytes[VALUE_BYTES];

    rng_bytes(sched_env(aws_client_sched(ctx->target->client))->rng, bytes, sizeof bytes);
    return base64_encode(bytes, sizeof bytes, ctx->arena);
}

/* Whoever the account's own policies let do it: who finds the role can enter it, and then do
 * nothing. */
static const char *trust(const struct control_ctx *ctx)
{
    struct json *document = json_object(ctx->arena), *statement;

    json_put_str(document, "Version", "2012-10-17");
    statement = json_add_object(json_put_array(document, "Statement"));
    json_put_str(statement, "Effect", "Allow");
    json_put_str(json_put_object(statement, "Principal"), "AWS",
                 arena_printf(ctx->arena, "arn:%s:iam::%s:root", ctx->partition, ctx->account_id));
    json_put_str(statement, "Action", "sts:AssumeRole");
    return json_text(document, ctx->arena);
}

static void describe_bucket(struct json *params, const struct honey_thing *thing,
                            const struct honey_token *token)
{
    struct json *configuration, *tags;

    json_put_str(params, "x-amz-object-ownership", "BucketOwnerEnforced");
    configuration = json_put_object(params, "CreateBucketConfiguration");
    if (!str_eq(thing->region, "us-east-1")) /* which is said by saying nothing */
        json_put_str(configuration, "LocationConstraint", thing->region);
    if (token->tags.count == 0)
        return;
    tags = json_put_array(json_put_object(configuration, "Tags"), "Tag");
    for (size_t i = 0; i < token->tags.count; i++) {
        struct json *tag = json_add_object(tags);

        json_put_str(tag, "Key", token->tags.items[i].key);
        json_put_str(tag, "Value", token->tags.items[i].value);
    }
}

static void describe_table(struct json *params)
{
    struct json *item;

    json_put_str(params, "BillingMode", "PAY_PER_REQUEST");
    item = json_add_object(json_put_array(params, "AttributeDefinitions"));
    json_put_str(item, "AttributeName", "id");
    json_put_str(item, "AttributeType", "S");
    item = json_add_object(json_put_array(params, "KeySchema"));
    json_put_str(item, "AttributeName", "id");
    json_put_str(item, "KeyType", "HASH");
}

int honey_thing_create(const struct control_ctx *ctx, const struct honey_thing *thing,
                       const struct honey_live *live, const struct honey_token *token,
                       struct err *err)
{
    struct aws_target target;
    struct json *params = about(ctx, thing, &target);
    bool takes_description = false;

    if (live->deleted)
        return aws_call(&target, AWS_SECRETSMANAGER_RESTORE_SECRET, params, ctx->arena, NULL, err);
    switch (thing->kind) {
    case HONEY_ROLE:
        json_put_str(params, "AssumeRolePolicyDocument", trust(ctx));
        takes_description = true;
        break;
    case HONEY_BUCKET:
        describe_bucket(params, thing, token);
        break;
    case HONEY_SECRET:
        json_remove(params, "SecretId");
        json_put_str(params, "Name", thing->name);
        json_put_str(params, "SecretString", random_value(ctx));
        takes_description = true;
        break;
    case HONEY_PARAMETER:
        json_put_str(params, "Value", random_value(ctx));
        json_put_str(params, "Type", "SecureString");
        takes_description = true;
        break;
    case HONEY_TABLE:
        describe_table(params);
        break;
    default:
        break;
    }
    if (honey_has_boundary(thing->kind))
        json_put_str(params, "PermissionsBoundary", honey_boundary(ctx));
    if (takes_description && token->description != NULL)
        json_put_str(params, "Description", token->description);
    if (token->tags.count > 0 && thing->kind != HONEY_BUCKET)
        control_put_tags(params, "Tags", ctx->baseline, &token->tags, false);
    return aws_call(&target, kinds[thing->kind].create, params, ctx->arena, NULL, err);
}

int honey_thing_guard(const struct control_ctx *ctx, const struct honey_thing *thing,
                      struct err *err)
{
    struct aws_target target;
    struct json *params = about(ctx, thing, &target), *block;

    if (thing->kind == HONEY_BUCKET) {
        block = json_put_object(params, "PublicAccessBlockConfiguration");
        json_put_bool(block, "BlockPublicAcls", true);
        json_put_bool(block, "IgnorePublicAcls", true);
        json_put_bool(block, "BlockPublicPolicy", true);
        json_put_bool(block, "RestrictPublicBuckets", true);
    } else {
        json_put_str(params, "PolicyName", GUARD_NAME);
        json_put_str(params, "PolicyDocument", deny_all);
    }
    return aws_call(&target, kinds[thing->kind].guard, params, ctx->arena, NULL, err);
}

int honey_thing_bound(const struct control_ctx *ctx, const struct honey_thing *thing,
                      struct err *err)
{
    struct aws_target target;
    struct json *params = about(ctx, thing, &target);

    json_put_str(params, "PermissionsBoundary", honey_boundary(ctx));
    return aws_call(&target, kinds[thing->kind].bound, params, ctx->arena, NULL, err);
}

/* --- Delete --------------------------------------------------------------------------------------
 */

int honey_thing_unguard(const struct control_ctx *ctx, const struct honey_thing *thing,
                        struct err *err)
{
    struct aws_target target;
    struct json *params = about(ctx, thing, &target);

    json_put_str(params, "PolicyName", GUARD_NAME);
    return aws_call(&target, kinds[thing->kind].unguard, params, ctx->arena, NULL, err);
}

int honey_thing_delete(const struct control_ctx *ctx, const struct honey_thing *thing,
                       struct err *err)
{
    struct aws_target target;
    struct json *params = about(ctx, thing, &target);

    if (thing->kind == HONEY_SECRET) /* there is nothing in it to be sorry for */
        json_put_bool(params, "ForceDeleteWithoutRecovery", true);
    return aws_call(&target, kinds[thing->kind].destroy, params, ctx->arena, NULL, err);
}
