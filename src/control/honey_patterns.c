/*
 * honey_patterns.c - by what the use of a honey token is known.
 */
#include "honey_patterns.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* What stands in for a name that is to come is about as long as one. */
static const char some_name[] = "000000-000000000-0000000000";

struct honey_identity honey_identify(const struct control_ctx *ctx, const struct honey_token *token)
{
    const struct honey_spec *spec = ctx->spec;
    const char *id = control_account_id(ctx, honey_account(ctx->baseline, spec, token));
    const char *name = honey_name(ctx, token);
    struct honey_identity identity = {.kind = honey_kind_of(token),
                                      .exists = name != NULL || honey_name_is_to_come(ctx, token),
                                      .known = id != NULL && name != NULL,
                                      .label = token->label,
                                      .account_id = id == NULL ? "000000000000" : id,
                                      .region = honey_region(ctx->baseline, token),
                                      .name = name == NULL ? some_name : name};

    identity.arn = honey_arn(identity.kind, ctx->partition, identity.account_id, identity.region,
                             identity.name, ctx->arena);
    return identity;
}

/* --- Lists of texts ------------------------------------------------------------------------------
 */

struct texts {
    const char **items;
    size_t count, capacity;
    struct arena *arena;
};

static void add(struct texts *texts, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct texts *texts, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    *VEC_ADD(texts->arena, texts) = arena_vprintf(texts->arena, format, args);
    va_end(args);
}

static struct strings strings_of(const struct texts *texts)
{
    return (struct strings){.items = texts->items, .count = texts->count};
}

size_t honey_pack(const struct strings *items, size_t room, size_t between)
{
    size_t count = 0, used = 0;

    while (count < items->count) {
        size_t len = strlen(items->items[count]) + (count == 0 ? 0 : between);

        if (count > 0 && used + len > room)
            break;
        used += len;
        count++;
    }
    return count;
}

/* A secret's ARN without the six characters that AWS adds. */
static const char *arn_stem(const struct honey_identity *identity, struct arena *arena)
{
    return arena_strn(arena, identity->arn, strcspn(identity->arn, "?"));
}

/* --- EventBridge ---------------------------------------------------------------------------------
 */

/* A name may be so long that a pattern holds little else: each parameter is a sign of its own. */
static void secret_patterns(const struct honey_identity *identity, struct texts *out)
{
    static const char *const members[] = {"secretId", "secretIdList"};
    static const char head[] = "{\"detail\":{\"eventSource\":[\"secretsmanager.amazonaws.com\"],"
                               "\"eventName\":[\"GetSecretValue\",\"BatchGetSecretValue\"],";
    const char *stem = arn_stem(identity, out->arena);

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        add(out, "%s\"requestParameters\":{\"%s\":[\"%s\",{\"prefix\":\"%s\"}]}}}", head,
            members[i], identity->name, stem);
    add(out, "%s\"errorMessage\":[{\"wildcard\":\"*%s*\"}]}}", head, identity->name);
}

static void parameter_patterns(const struct honey_identity *identity, struct texts *out)
{
    static const char *const members[] = {"name", "names"};
    static const char head[] = "{\"detail\":{\"eventSource\":[\"ssm.amazonaws.com\"],\"eventName\":"
                               "[\"GetParameter\",\"GetParameters\",\"GetParameterHistory\"],";

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        add(out,
            "%s\"requestParameters\":{\"%s\":[\"%s\",{\"prefix\":\"%s:\"},{\"prefix\":\"%s\"}]}}}",
            head, members[i], identity->name, identity->name, identity->arn);
    add(out, "%s\"errorMessage\":[{\"wildcard\":\"*%s*\"}]}}", head, identity->arn);
}

struct strings honey_event_patterns(const struct honey_identity *identity, struct arena *arena)
{
    struct texts out = {.arena = arena};

    switch (identity->kind) {
    case HONEY_ACCESS_KEY:
        add(&out, "{\"detail\":{\"userIdentity\":{\"arn\":[\"%s\"]}}}", identity->arn);
        break;
    case HONEY_ROLE:
        add(&out,
            "{\"detail\":{\"userIdentity\":{\"sessionContext\":{\"sessionIssuer\":{\"arn\":"
            "[\"%s\"]}}}}}",
            identity->arn);
        add(&out, "{\"detail\":{\"requestParameters\":{\"roleArn\":[\"%s\"]}}}", identity->arn);
        add(&out,
            "{\"detail\":{\"eventSource\":[\"sts.amazonaws.com\"],\"errorMessage\":"
            "[{\"wildcard\":\"*%s*\"}]}}",
            identity->arn);
        break;
    case HONEY_SECRET:
        secret_patterns(identity, &out);
        break;
    case HONEY_PARAMETER:
        parameter_patterns(identity, &out);
        break;
    case HONEY_BUCKET:
        add(&out,
            "{\"detail\":{\"eventSource\":[\"s3.amazonaws.com\"],\"eventCategory\":[\"Data\"],"
            "\"$or\":[{\"requestParameters\":{\"bucketName\":[\"%s\"]}},{\"resources\":{\"ARN\":"
            "[\"%s\",{\"prefix\":\"%s/\"}]}}]}}",
            identity->name, identity->arn, identity->arn);
        break;
    case HONEY_TABLE:
        add(&out,
            "{\"detail\":{\"eventSource\":[\"dynamodb.amazonaws.com\"],\"eventCategory\":"
            "[\"Data\"],\"$or\":[{\"requestParameters\":{\"tableName\":[\"%s\",\"%s\"]}},"
            "{\"resources\":{\"ARN\":[\"%s\"]}}]}}",
            identity->name, identity->arn, identity->arn);
        break;
    case HONEY_KIND_COUNT:
        break;
    }
    return strings_of(&out);
}

/* Nobody but AWS can put an event whose source begins with "aws.". */
const char *honey_event_pattern(const struct strings *patterns, const char *account_id,
                                struct arena *arena)
{
    const char *list = patterns->items[0], *account = "";

    for (size_t i = 1; i < patterns->count; i++)
        list = arena_printf(arena, "%s,%s", list, patterns->items[i]);
    if (account_id != NULL)
        account = arena_printf(arena, "\"account\":[\"%s\"],", account_id);
    if (patterns->count == 1) /* {"$or": [...]} of one is none */
        return arena_printf(arena, "{\"source\":[{\"prefix\":\"aws.\"}],%s%s", account, list + 1);
    return arena_printf(arena, "{\"source\":[{\"prefix\":\"aws.\"}],%s\"$or\":[%s]}", account,
                        list);
}

/* --- CloudWatch Logs -----------------------------------------------------------------------------
 */

static void secret_terms(const struct honey_identity *identity, struct texts *out)
{
    const char *head = arena_printf(out->arena,
                                    "($.eventName = \"*GetSecretValue\" && $.recipientAccountId = "
                                    "\"%s\" && $.",
                                    identity->account_id);

    add(out, "%srequestParameters.secretId = \"%s\")", head, identity->name);
    add(out, "%srequestParameters.secretId = \"%s*\")", head, arn_stem(identity, out->arena));
    add(out, "%serrorMessage = \"*%s*\")", head, identity->name);
}

static void parameter_terms(const struct honey_identity *identity, struct texts *out)
{
    static const char *const members[] = {"name", "names[0]"};
    const char *head = arena_printf(out->arena,
                                    "($.eventName = \"GetParameter*\" && $.recipientAccountId = "
                                    "\"%s\" && $.",
                                    identity->account_id);

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        add(out, "%srequestParameters.%s = \"%s\")", head, members[i], identity->name);
        add(out, "%srequestParameters.%s = \"%s:*\")", head, members[i], identity->name);
        add(out, "%srequestParameters.%s = \"%s*\")", head, members[i], identity->arn);
    }
    add(out, "%serrorMessage = \"*%s*\")", head, identity->arn);
}

struct strings honey_filter_terms(const struct honey_identity *identity, struct arena *arena)
{
    struct texts out = {.arena = arena};

    switch (identity->kind) {
    case HONEY_ACCESS_KEY:
        add(&out, "($.userIdentity.arn = \"%s\")", identity->arn);
        break;
    case HONEY_ROLE:
        add(&out, "($.userIdentity.sessionContext.sessionIssuer.arn = \"%s\")", identity->arn);
        add(&out, "($.requestParameters.roleArn = \"%s\")", identity->arn);
        add(&out, "($.eventName = \"AssumeRole*\" && $.errorMessage = \"*%s*\")", identity->arn);
        break;
    case HONEY_SECRET:
        secret_terms(identity, &out);
        break;
    case HONEY_PARAMETER:
        parameter_terms(identity, &out);
        break;
    case HONEY_BUCKET:
        add(&out, "($.eventCategory = \"Data\" && $.requestParameters.bucketName = \"%s\")",
            identity->name);
        break;
    case HONEY_TABLE:
        add(&out,
            "($.eventCategory = \"Data\" && $.recipientAccountId = \"%s\" && "
            "$.requestParameters.tableName = \"%s\")",
            identity->account_id, identity->name);
        add(&out, "($.requestParameters.tableName = \"%s\")", identity->arn);
        break;
    case HONEY_KIND_COUNT:
        break;
    }
    return strings_of(&out);
}

/* --- Several tokens ------------------------------------------------------------------------------
 */

static bool is_used_in(const struct honey_identity *identity, const char *region)
{
    return region == NULL || identity->kind == HONEY_ACCESS_KEY || identity->kind == HONEY_ROLE ||
           str_eq(identity->region, region);
}

struct strings
honey_signs(const struct control_ctx *ctx, const struct account *account, const char *region,
            struct strings (*signs_of)(const struct honey_identity *identity, struct arena *arena),
            bool *out_known)
{
    const struct honey_spec *spec = ctx->spec;
    struct texts all = {.arena = ctx->arena};

    *out_known = true;
    for (size_t i = 0; i < spec->tokens.count; i++) {
        const struct honey_token *token = honey_token_at(spec, i);
        const struct honey_identity identity = honey_identify(ctx, token);
        struct strings own;

        if (!identity.exists ||
            (account != NULL && honey_account(ctx->baseline, spec, token) != account) ||
            !is_used_in(&identity, region))
            continue;
        *out_known = *out_known && identity.known;
        own = signs_of(&identity, ctx->arena);
        for (size_t k = 0; k < own.count; k++)
            *VEC_ADD(ctx->arena, &all) = own.items[k];
    }
    return strings_of(&all);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct strings honey_merge(const struct control_ctx *ctx, const struct strings *wanted,
                           const struct strings *live)
{
    size_t most = wanted->count + live->count, kept = 0, count = 0;
    const char **items = arena_array(ctx->arena, most == 0 ? 1 : most, sizeof *items);

    for (size_t i = 0; i < wanted->count; i++)
        items[count++] = wanted->items[i];
    for (size_t i = 0; !ctx->prune && i < live->count; i++)
        items[count++] = live->items[i];
    qsort(items, count, sizeof *items, compare_texts);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !str_eq(items[kept - 1], items[i]))
            items[kept++] = items[i];
    return (struct strings){.items = items, .count = kept};
}

struct strings honey_event_signs(const char *pattern, struct arena *arena)
{
    struct texts out = {.arena = arena};
    struct err ignored = ERR_INIT; /* a pattern that is none holds none */
    struct json *whole;

    if (pattern == NULL || json_parse(pattern, strlen(pattern), arena, &whole, &ignored) != 0)
        return strings_of(&out);
    for (const struct json *it = json_first(json_get(whole, "$or")); it != NULL; it = it->next)
        if (json_get(it, "detail") != NULL)
            add(&out, "%s", json_text(it, arena));
    if (json_get(whole, "detail") != NULL)
        add(&out, "{\"detail\":%s}", json_text(json_get(whole, "detail"), arena));
    return strings_of(&out);
}

/* A term stands in parentheses, and no name in it has any. */
struct strings honey_filter_signs(const char *pattern, struct arena *arena)
{
    struct texts out = {.arena = arena};
    const char *from = NULL;
    int depth = 0;

    for (const char *at = pattern; at != NULL && *at != '\0'; at++) {
        if (*at == '(' && depth++ == 0)
            from = at;
        if (*at == ')' && depth > 0 && --depth == 0)
            add(&out, "%.*s", (int)(at + 1 - from), from);
    }
    return strings_of(&out);
}

const char *honey_filter_pattern(const struct strings *terms, struct arena *arena)
{
    const char *list = terms->items[0];

    for (size_t i = 1; i < terms->count; i++)
        list = arena_printf(arena, "%s" HONEY_OR "%s", list, terms->items[i]);
    return arena_printf(arena, "{ %s }", list);
}

/* --- Data events ---------------------------------------------------------------------------------
 */

const char *honey_data_arn(const struct honey_identity *identity, const char **out_type,
                           struct arena *arena)
{
    switch (identity->kind) {
    case HONEY_BUCKET:
        *out_type = "AWS::S3::Object";
        return arena_printf(arena, "%s/", identity->arn);
    case HONEY_TABLE:
        *out_type = "AWS::DynamoDB::Table";
        return identity->arn;
    default:
        return NULL;
    }
}

/* --- Uses ----------------------------------------------------------------------------------------
 */

const enum aws_op honey_use_ops[] = {
    AWS_IAM_GET_ACCESS_KEY_LAST_USED,
    AWS_IAM_LIST_ACCESS_KEYS,
    AWS_IAM_GET_ROLE,
    AWS_SECRETSMANAGER_DESCRIBE_SECRET,
    AWS_SECRETSMANAGER_GET_SECRET_VALUE,
    AWS_SSM_GET_PARAMETER,
    AWS_SSM_GET_PARAMETERS_BY_PATH,
    AWS_SSM_PUT_PARAMETER,
    AWS_S3_GET_OBJECT,
    AWS_S3_LIST_OBJECTS_V2,
    AWS_DYNAMODB_SCAN,
    AWS_STS_GET_CALLER_IDENTITY,
    AWS_LOGS_DESCRIBE_METRIC_FILTERS,
    AWS_LOGS_FILTER_LOG_EVENTS,
    AWS_CLOUDWATCH_DESCRIBE_ALARMS,
    AWS_OP_NONE,
};
