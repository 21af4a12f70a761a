/*
 * service_role.c - a role that an AWS service takes.
 */
#include "service_role.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/http.h"
#include "plinth/codec/json.h"
#include "plinth/policy/document.h"

#include <string.h>

struct json *service_role_document(const struct control_ctx *ctx, const char *action,
                                   struct json **out_statement)
{
    struct json *document = json_object(ctx->arena);

    json_put_str(document, "Version", "2012-10-17");
    *out_statement = json_add_object(json_put_array(document, "Statement"));
    json_put_str(*out_statement, "Effect", "Allow");
    json_put_str(*out_statement, "Action", action);
    return document;
}

/* --- Live ----------------------------------------------------------------------------------------
 */

/* IAM gives policies percent-encoded. */
static int need_document(const struct control_ctx *ctx, const struct json *json, const char *key,
                         const char **out, struct err *err)
{
    const char *text;

    if (json_need_str(json, key, &text, err) != 0)
        return -1;
    *out = uri_decode(text, strlen(text), 0, ctx->arena);
    if (*out == NULL)
        return err_set(err, ERR_PROTOCOL, "%s has a broken %% escape", key);
    return 0;
}

static int read_policy(struct control_ctx *ctx, const char *name, const char *policy_name,
                       struct service_role_seen *seen, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *answer;

    json_put_str(params, "RoleName", name);
    json_put_str(params, "PolicyName", policy_name);
    if (aws_call(ctx->target, AWS_IAM_GET_ROLE_POLICY, params, ctx->arena, &answer, err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        return 0;
    }
    return need_document(ctx, answer, "PolicyDocument", &seen->policy, err);
}

int service_role_observe(struct control_ctx *ctx, const char *name, const char *policy_name,
                         struct service_role_seen *seen, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *answer, *role;

    json_put_str(params, "RoleName", name);
    if (aws_call(ctx->target, AWS_IAM_GET_ROLE, params, ctx->arena, &answer, err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        return 0;
    }
    role = json_get(answer, "Role");
    if (!str_eq(control_tag(json_get(role, "Tags"), CONTROL_TAG_KEY), ctx->baseline->name))
        return err_set(err, ERR_CONFLICT,
                       "role %s exists and is not this baseline's (no tag %s=%s); delete it or "
                       "tag it",
                       name, CONTROL_TAG_KEY, ctx->baseline->name);
    if (need_document(ctx, role, "AssumeRolePolicyDocument", &seen->trust, err) != 0)
        return -1;
    seen->exists = true;
    return read_policy(ctx, name, policy_name, seen, err);
}

/* --- Compare -------------------------------------------------------------------------------------
 */

static bool is_equal(const char *seen, const char *want)
{
    return seen != NULL && want != NULL && policy_text_equal(seen, want);
}

static void diff_document(const struct service_role *want, struct changes *out,
                          enum change_kind kind, int step, const char *field, const char *seen,
                          const char *document)
{
    struct change *change = changes_add(out, kind, step, NULL, "role %s", want->name);

    change_field(change, field, seen, document == NULL ? change_unknown : document);
}

void service_role_diff(const struct service_role *want, const struct service_role_seen *seen,
                       struct changes *out)
{
    if (!seen->exists)
        diff_document(want, out, CHANGE_CREATE, SERVICE_ROLE_CREATE, "trust policy", NULL,
                      want->trust);
    else if (!is_equal(seen->trust, want->trust))
        diff_document(want, out, CHANGE_UPDATE, SERVICE_ROLE_TRUST, "trust policy", seen->trust,
                      want->trust);
    if (!is_equal(seen->policy, want->policy))
        diff_document(want, out, CHANGE_UPDATE, SERVICE_ROLE_POLICY, "policy", seen->policy,
                      want->policy);
}

/* --- Apply ---------------------------------------------------------------------------------------
 */

int service_role_apply(struct control_ctx *ctx, const struct service_role *want, int step,
                       struct err *err)
{
    struct json *params = json_object(ctx->arena);
    enum aws_op op;

    if (want->trust == NULL || want->policy == NULL)
        return err_set(err, ERR_CONFLICT, "an account that role %s names does not exist yet",
                       want->name);
    json_put_str(params, "RoleName", want->name);
    switch (step) {
    case SERVICE_ROLE_CREATE:
        op = AWS_IAM_CREATE_ROLE;
        json_put_str(params, "AssumeRolePolicyDocument", want->trust);
        json_put_str(params, "Description", want->description);
        control_put_tags(params, "Tags", ctx->baseline, NULL, true);
        break;
    case SERVICE_ROLE_TRUST:
        op = AWS_IAM_UPDATE_ASSUME_ROLE_POLICY;
        json_put_str(params, "PolicyDocument", want->trust);
        break;
    default:
        op = AWS_IAM_PUT_ROLE_POLICY;
        json_put_str(params, "PolicyName", want->policy_name);
        json_put_str(params, "PolicyDocument", want->policy);
        break;
    }
    return aws_call(ctx->target, op, params, ctx->arena, NULL, err);
}
