#include "operator.h"

#include "rehearsal.h"

#include "plinth/aws/ops.h"
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/inventory.h"
#include "plinth/policy/organization.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum aws_op find_op(const char *name)
{
    const char *colon = strchr(name, ':');

    for (int op = AWS_OP_NONE + 1; colon != NULL && op < AWS_OP_COUNT; op++) {
        const struct aws_op_info *info = aws_op_info((enum aws_op)op);
        const char *service = aws_service_info(info->service)->name;

        if (strlen(service) == (size_t)(colon - name) &&
            strncmp(service, name, strlen(service)) == 0 && str_eq(info->name, colon + 1))
            return (enum aws_op)op;
    }
    (void)fprintf(stderr, "no operation %s in ops.def\n", name);
    exit(2);
}

static const char *account_id(struct rehearsal *rehearsal, const char *name)
{
    const struct inventory *inventory = rehearsal_inventory(rehearsal);

    for (size_t i = 0; i < inventory->account_count; i++)
        if (str_eq(inventory->accounts[i].name, name))
            return inventory->accounts[i].id;
    (void)fprintf(stderr, "no account %s\n", name);
    exit(2);
}

static const char *policy_id(struct rehearsal *rehearsal, const char *name)
{
    for (const struct policy_type *type = policy_types(); type->key != NULL; type++) {
        struct json *params = json_object(rehearsal_arena(rehearsal));
        struct err err = ERR_INIT;
        const struct json *list;

        json_put_str(params, "Filter", type->api_name);
        if (rehearsal_call(rehearsal, NULL, "us-east-1", AWS_ORGANIZATIONS_LIST_POLICIES, params,
                           &list, &err) != 0)
            continue;
        for (const struct json *it = json_first(list); it != NULL; it = it->next)
            if (str_eq(json_str(it, "Name"), name))
                return json_str(it, "Id");
    }
    (void)fprintf(stderr, "no policy %s\n", name);
    exit(2);
}

/* Who calls, and where. */
struct caller {
    const char *account_id; /* NULL: the management account */
    const char *region;
};

static const char *detector_id(struct rehearsal *rehearsal, const struct caller *caller)
{
    const struct json *list;
    struct err err = ERR_INIT;

    if (rehearsal_call(rehearsal, caller->account_id, caller->region, AWS_GUARDDUTY_LIST_DETECTORS,
                       NULL, &list, &err) == 0 &&
        json_first(list) != NULL)
        return json_first(list)->string;
    (void)fprintf(stderr, "no detector in %s: %s\n", caller->region, err.text);
    exit(2);
}

static const char *destination_id(struct rehearsal *rehearsal, const struct caller *caller)
{
    struct json *params = json_object(rehearsal_arena(rehearsal));
    const struct json *answer, *first = NULL;
    struct err err = ERR_INIT;

    json_put_str(params, "DetectorId", detector_id(rehearsal, caller));
    if (rehearsal_call(rehearsal, caller->account_id, caller->region,
                       AWS_GUARDDUTY_LIST_PUBLISHING_DESTINATIONS, params, &answer, &err) == 0)
        first = json_first(json_get(answer, "destinations"));
    if (first != NULL)
        return json_str(first, "destinationId");
    (void)fprintf(stderr, "no publishing destination in %s\n", caller->region);
    exit(2);
}

static const char *key_arn(struct rehearsal *rehearsal, const struct caller *caller,
                           const char *alias)
{
    struct json *params = json_object(rehearsal_arena(rehearsal));
    struct err err = ERR_INIT;
    const struct json *answer;

    json_put_str(params, "KeyId", alias);
    if (rehearsal_call(rehearsal, caller->account_id, caller->region, AWS_KMS_DESCRIBE_KEY, params,
                       &answer, &err) == 0)
        return json_str(json_get(answer, "KeyMetadata"), "Arn");
    (void)fprintf(stderr, "no key %s in %s\n", alias, caller->region);
    exit(2);
}

/* The first access key of a user. */
static const char *access_key(struct rehearsal *rehearsal, const struct caller *caller,
                              const char *user)
{
    struct json *params = json_object(rehearsal_arena(rehearsal));
    struct err err = ERR_INIT;
    const struct json *list;

    json_put_str(params, "UserName", user);
    if (rehearsal_call(rehearsal, caller->account_id, caller->region, AWS_IAM_LIST_ACCESS_KEYS,
                       params, &list, &err) == 0 &&
        json_first(list) != NULL)
        return json_str(json_first(list), "AccessKeyId");
    (void)fprintf(stderr, "no access key of user %s\n", user);
    exit(2);
}

/* {account} in a text is the caller's id: ARNs have it in them. */
static const char *with_account(struct rehearsal *rehearsal, const struct caller *caller,
                                const char *text)
{
    static const char mark[] = "{account}";
    const char *at = strstr(text, mark);
    const char *id = caller->account_id == NULL
                         ? rehearsal_inventory(rehearsal)->management_account_id
                         : caller->account_id;

    return at == NULL ? text
                      : arena_printf(rehearsal_arena(rehearsal), "%.*s%s%s", (int)(at - text), text,
                                     id, at + strlen(mark));
}

static const char *resolve(struct rehearsal *rehearsal, const struct caller *caller,
                           const char *text)
{
    if (text[0] != '@')
        return with_account(rehearsal, caller, text);
    if (str_eq(text, "@detector"))
        return detector_id(rehearsal, caller);
    if (str_eq(text, "@destination"))
        return destination_id(rehearsal, caller);
    if (str_eq(text, "@root"))
        return rehearsal_inventory(rehearsal)->root_id;
    if (str_starts(text, "@ou:")) {
        const struct inventory_ou *ou =
            inventory_ou_by_path(rehearsal_inventory(rehearsal), text + strlen("@ou:"));

        if (ou != NULL)
            return ou->id;
    }
    if (str_starts(text, "@account:"))
        return account_id(rehearsal, text + strlen("@account:"));
    if (str_starts(text, "@key:"))
        return key_arn(rehearsal, caller, text + strlen("@key:"));
    if (str_starts(text, "@access-key:"))
        return access_key(rehearsal, caller, text + strlen("@access-key:"));
    if (str_starts(text, "@policy:"))
        return policy_id(rehearsal, text + strlen("@policy:"));
    (void)fprintf(stderr, "cannot resolve %s\n", text);
    exit(2);
}

static struct json *resolve_all(struct rehearsal *rehearsal, const struct caller *caller,
                                const struct json *from)
{
    struct json *to = json_copy(from, rehearsal_arena(rehearsal));

    if (to->type == JSON_STRING) {
        to->string = resolve(rehearsal, caller, to->string);
        return to;
    }
    if (to->type != JSON_OBJECT && to->type != JSON_ARRAY)
        return to;
    to = to->type == JSON_OBJECT ? json_object(rehearsal_arena(rehearsal))
                                 : json_array(rehearsal_arena(rehearsal));
    for (const struct json *it = json_first(from); it != NULL; it = it->next) {
        if (from->type == JSON_OBJECT)
            json_put(to, it->key, resolve_all(rehearsal, caller, it));
        else
            json_add(to, resolve_all(rehearsal, caller, it));
    }
    return to;
}

const char *operator_call(struct rehearsal *rehearsal, const struct json *call)
{
    const char *operation = json_str(call, "operation"), *account = json_str(call, "account");
    const char *region = json_str(call, "region");
    struct caller caller = {
        .account_id = account == NULL ? NULL : account_id(rehearsal, account),
        .region = region == NULL ? "us-east-1" : region,
    };
    const struct json *params = json_get(call, "params"), *answer;
    struct err err = ERR_INIT;

    if (params != NULL)
        params = resolve_all(rehearsal, &caller, params);
    if (operation == NULL || rehearsal_call(rehearsal, caller.account_id, caller.region,
                                            find_op(operation), params, &answer, &err) != 0) {
        (void)fprintf(stderr, "%s: %s\n", operation == NULL ? "no operation" : operation, err.text);
        exit(2);
    }
    return json_text(answer, rehearsal_arena(rehearsal));
}

void operator_call_all(struct rehearsal *rehearsal, const struct json *calls)
{
    for (const struct json *call = json_first(calls); call != NULL; call = call->next) {
        int64_t wait_s = (int64_t)json_number(call, "wait_s", 0);

        if (wait_s > 0)
            rehearsal_wait(rehearsal, wait_s * 1000);
        else
            (void)operator_call(rehearsal, call);
    }
}
