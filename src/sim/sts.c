/*
 * sts.c - who am I, and temporary credentials.
 *
 * Source: AWS Security Token Service API Reference, version 2011-06-15; IAM User Guide, "Methods to
 *         assume a role" and "Perform a privileged task on an AWS Organizations member account".
 * Limits: a web identity token is not verified against its provider's keys; its claims are taken
 *         from it, and the trust policy decides.
 */
#include "policies.h"

#include "plinth/base/time.h"
#include "plinth/codec/hash.h"

#include <string.h>

enum {
    SESSION_S_LEAST = 900,
    SESSION_S_MOST = 43200,
    CHAINED_S_MOST = 3600, /* a role's session assumes another role */
    TOKEN_BYTES = 96,
    PRUNED_AT_ONCE = 4,
};

#define SESSION_NAME_CHARS "a-zA-Z0-9_+=,.@-"

/* --- Sessions --- */

struct session {
    const char *account, *kind; /* kind: "role", "root" or "user" */
    const char *arn, *source_arn, *user_id, *name;
    const char *task;            /* of a root session: what it is good for; else NULL */
    const struct json *policies; /* sim_principal's session_policies */
    int64_t duration_s;
};

/* Sessions come roughly in the order in which they end: the oldest are looked at first, a few with
 * each new one, so that their number stays bounded by the rate of calls. */
static void prune(struct sim_call *call)
{
    const struct sim_record *it = sim_first(call, "", "", "session"), *next;

    for (int i = 0; it != NULL && i < PRUNED_AT_ONCE; i++, it = next) {
        const struct json *session = sim_record_json(it, call->arena);

        next = sim_store_next(it);
        if (json_number(session, "_expires_ms", 0) > (double)call->now_ms)
            continue;
        (void)sim_delete(call, "", "", "credential", sim_record_id(it));
        (void)sim_delete(call, "", "", "session", sim_record_id(it));
    }
}

static const char *new_token(struct sim_call *call)
{
    unsigned char bytes[TOKEN_BYTES];

    rng_bytes(call->sim->env->rng, bytes, sizeof bytes);
    return base64_encode(bytes, sizeof bytes, call->arena);
}

/* Adds Credentials to the answer, and what verifies them to the store. */
static void session_open(struct sim_call *call, const struct session *session)
{
    const char *id = sim_access_key_id(call->sim, call->arena, "ASIA", session->account);
    const char *secret = sim_secret_key(call->sim, id, call->arena), *token = new_token(call);
    int64_t expires_ms = call->now_ms + session->duration_s * 1000;
    struct json *credential = json_object(call->arena), *expiry = json_object(call->arena);
    struct json *shown = json_put_object(call->answer, "Credentials");

    prune(call);
    json_put_str(credential, "_account", session->account);
    json_put_str(credential, "_token", token);
    json_put_number(credential, "_expires_ms", (double)expires_ms);
    json_put_str(credential, "_kind", session->kind);
    json_put_str(credential, "_arn", session->arn);
    json_put_str(credential, "_source_arn", session->source_arn);
    json_put_str(credential, "_user_id", session->user_id);
    json_put_str(credential, "_name", session->name);
    json_put_str(credential, "_task", session->task);
    if (session->policies != NULL)
        json_put(credential, "_policies", session->policies);
    sim_put(call, "", "", "credential", id, credential);
    json_put_number(expiry, "_expires_ms", (double)expires_ms);
    sim_put(call, "", "", "session", id, expiry);

    json_put_str(shown, "AccessKeyId", id);
    json_put_str(shown, "SecretAccessKey", secret);
    json_put_str(shown, "SessionToken", token);
    sim_put_time(call, shown, "Expiration", expires_ms);
}

/* --- Who am I --- */

static int get_caller_identity(struct sim_call *call)
{
    json_put_str(call->answer, "Arn", call->principal.arn);
    json_put_str(call->answer, "UserId", call->principal.user_id);
    json_put_str(call->answer, "Account", call->account);
    return 0;
}

static const struct sim_rule key_rules[] = {
    {.name = "AccessKeyId", .required = true, .min = 16, .max = 128, .chars = "a-zA-Z0-9_"},
    {.name = NULL},
};

static int get_access_key_info(struct sim_call *call)
{
    const char *account = sim_access_key_account(sim_param(call, "AccessKeyId"), call->arena);

    if (account == NULL)
        return sim_bad_input(call, "Invalid AccessKeyId");
    json_put_str(call->answer, "Account", account);
    return 0;
}

static const struct sim_rule session_token_rules[] = {
    {.name = "DurationSeconds", .number = true, .min = 900, .max = 129600},
    {.name = NULL},
};

static int get_session_token(struct sim_call *call)
{
    const struct sim_principal *caller = &call->principal;

    if (caller->session)
        return sim_error(call, "AccessDenied", 403,
                         "Cannot call GetSessionToken with session credentials");
    session_open(call,
                 &(struct session){
                     .account = caller->account,
                     .kind = caller->kind == SIM_USER ? "user" : "root",
                     .arn = caller->arn,
                     .source_arn = caller->source_arn,
                     .user_id = caller->user_id,
                     .name = caller->name,
                     .duration_s = (int64_t)json_number(call->params, "DurationSeconds",
                                                        caller->kind == SIM_USER ? 43200 : 3600),
                 });
    return 0;
}

/* --- Roles --- */

/* "arn:aws:iam::111122223333:role/path/name" in parts; false if it is none of this partition. */
static bool role_arn_parse(const struct sim_call *call, const char *arn, const char **out_account,
                           const char **out_name)
{
    const char *prefix = arena_printf(call->arena, "arn:%s:iam::", call->sim->partition);
    const char *rest = arn + strlen(prefix);

    if (!str_starts(arn, prefix) || strcspn(rest, ":") != 12 || !str_starts(rest + 12, ":role/"))
        return false;
    *out_account = arena_strn(call->arena, rest, 12);
    *out_name = strrchr(arn, '/') + 1;
    return **out_name != '\0';
}

/* The role, if it exists and AWS already knows it everywhere. */
static const struct json *role_find(struct sim_call *call, const char **out_account)
{
    const char *name, *arn = sim_param(call, "RoleArn");
    const struct json *role;

    if (!role_arn_parse(call, arn, out_account, &name))
        return NULL;
    role = sim_get(call, *out_account, "", "role", sim_iam_key(call->arena, name));
    return role != NULL && str_eq(json_str(role, "Arn"), arn) && sim_ready(call, role) ? role
                                                                                       : NULL;
}

/* Whether the role's own policy lets the principal take it; completes the question. */
static bool trusted(struct sim_call *call, const struct json *role, const char *account,
                    struct sim_question *question)
{
    question->resource = json_str(role, "Arn");
    question->resource_account = account;
    question->region = call->region;
    return sim_policy_verdict(call, json_str(role, "AssumeRolePolicyDocument"), question) ==
           SIM_ALLOWED;
}

/* How long the session lasts; negative with the error set. */
static int64_t duration_of(struct sim_call *call, const struct json *role)
{
    int64_t wanted = (int64_t)json_number(call->params, "DurationSeconds", 3600);

    if (call->principal.kind == SIM_ROLE && wanted > CHAINED_S_MOST)
        return sim_error(call, "ValidationError", 400,
                         "The requested DurationSeconds exceeds the 1 hour session limit for "
                         "roles assumed by role chaining");
    if (wanted > (int64_t)json_number(role, "MaxSessionDuration", 3600))
        return sim_error(call, "ValidationError", 400,
                         "The requested DurationSeconds exceeds the MaxSessionDuration set for "
                         "this role.");
    return wanted;
}

/* Policy and PolicyArns, as the session keeps them; NULL: it was made without.  -1: the error is
 * set. */
static int session_policies(struct sim_call *call, const struct json **out)
{
    const struct json *arns = json_get(call->params, "PolicyArns");
    const char *inline_policy = sim_param(call, "Policy"), *why;
    struct json *policies = json_array(call->arena);

    if (inline_policy != NULL) {
        if (sim_policy_parse(inline_policy, false, call->arena, &why) == NULL)
            return sim_error(call, "MalformedPolicyDocument", 400, "%s", why);
        json_add_str(policies, inline_policy);
    }
    for (const struct json *it = json_first(arns); it != NULL; it = it->next)
        if (json_str(it, "arn") != NULL)
            json_add_str(policies, json_str(it, "arn"));
    *out = policies->count == 0 ? NULL : policies;
    return 0;
}

static int open_role(struct sim_call *call, const struct json *role, const char *account)
{
    const char *session_name = sim_param(call, "RoleSessionName");
    const char *name = json_str(role, "RoleName");
    struct session session = {
        .account = account,
        .kind = "role",
        .arn = sim_arn(call, "sts", "", account, "assumed-role/%s/%s", name, session_name),
        .source_arn = json_str(role, "Arn"),
        .user_id = arena_printf(call->arena, "%s:%s", json_str(role, "RoleId"), session_name),
        .name = name,
        .duration_s = duration_of(call, role),
    };
    struct json *user;

    if (session.duration_s < 0 || session_policies(call, &session.policies) != 0)
        return -1;
    session_open(call, &session);
    user = json_put_object(call->answer, "AssumedRoleUser");
    json_put_str(user, "AssumedRoleId", session.user_id);
    json_put_str(user, "Arn", session.arn);
    return 0;
}

static const struct sim_rule assume_rules[] = {
    {.name = "RoleArn", .required = true, .min = 20, .max = 2048},
    {.name = "RoleSessionName",
     .required = true,
     .min = 2,
     .max = 64,
     .chars = SESSION_NAME_CHARS,
     .pattern = "[\\w+=,.@-]*"},
    {.name = "DurationSeconds", .number = true, .min = SESSION_S_LEAST, .max = SESSION_S_MOST},
    {.name = "ExternalId", .min = 2, .max = 1224},
    {.name = "Policy", .min = 1, .max = 2048},
    {.name = NULL},
};

/* AWS does not say which of these it was: no role, no trust, or not yet known everywhere. */
static int assume_role(struct sim_call *call)
{
    struct sim_question question = {.action = "sts:AssumeRole", .principal = &call->principal};
    const char *account;
    const struct json *role;

    if (call->principal.kind == SIM_ROOT)
        return sim_error(call, "AccessDenied", 403, "Roles may not be assumed by root accounts.");
    role = role_find(call, &account);
    if (role != NULL)
        question.context = sim_context(call, account);
    if (role == NULL || !trusted(call, role, account, &question))
        return sim_denied(call, "sts:AssumeRole", sim_param(call, "RoleArn"));
    return open_role(call, role, account);
}

/* --- Web identity --- */

/* The claims of a JSON web token; NULL with the error set. */
static struct json *claims_of(struct sim_call *call, const char *token)
{
    const char *dot = strchr(token, '.');
    size_t len = dot == NULL ? 0 : strcspn(dot + 1, "."), bytes_len;
    char *text = arena_alloc(call->arena, len + 4);
    unsigned char *bytes;
    struct json *claims = NULL;
    struct err err = ERR_INIT;

    for (size_t i = 0; i < len; i++)
        text[i] = dot[1 + i] == '-' ? '+' : dot[1 + i] == '_' ? '/' : dot[1 + i];
    while (len > 0 && len % 4 != 0)
        text[len++] = '=';
    bytes = base64_decode(text, len, call->arena, &bytes_len);
    if (len == 0 || bytes == NULL ||
        json_parse((char *)bytes, bytes_len, call->arena, &claims, &err) != 0 ||
        json_str(claims, "iss") == NULL) {
        (void)sim_error(call, "InvalidIdentityToken", 400,
                        "The ID Token provided is not a valid JWT. (You may see this error if you "
                        "sent an Access Token)");
        return NULL;
    }
    return claims;
}

static struct json *claims_context(struct sim_call *call, const struct json *claims,
                                   const char *issuer)
{
    struct json *context = json_object(call->arena);

    json_put(context, arena_printf(call->arena, "%s:sub", issuer), json_get(claims, "sub"));
    json_put(context, arena_printf(call->arena, "%s:aud", issuer), json_get(claims, "aud"));
    return context;
}

/* Nobody signed, so the RCPs over the role were not asked yet. */
static bool guarded(struct sim_call *call, const struct sim_question *question)
{
    struct policy_request request = sim_policy_request(question, call->arena);
    const char *why;

    return sim_rcps_deny(call, &request, &why);
}

static const struct sim_rule web_rules[] = {
    {.name = "RoleArn", .required = true, .min = 20, .max = 2048},
    {.name = "RoleSessionName", .required = true, .min = 2, .max = 64, .chars = SESSION_NAME_CHARS},
    {.name = "WebIdentityToken", .required = true, .min = 4, .max = 20000},
    {.name = "DurationSeconds", .number = true, .min = SESSION_S_LEAST, .max = SESSION_S_MOST},
    {.name = NULL},
};

static int assume_role_with_web_identity(struct sim_call *call)
{
    const char *account, *issuer;
    const struct json *role = role_find(call, &account);
    const struct json *claims = claims_of(call, sim_param(call, "WebIdentityToken"));
    struct sim_principal provider = {.kind = SIM_NOBODY};
    struct sim_question question = {.action = "sts:AssumeRoleWithWebIdentity",
                                    .principal = &provider};

    if (claims == NULL)
        return -1;
    if (json_number(claims, "exp", 0) * 1000 <= (double)call->now_ms)
        return sim_error(call, "ExpiredTokenException", 400, "Token expired");
    issuer = json_str(claims, "iss");
    if (str_starts(issuer, "https://"))
        issuer += strlen("https://");
    if (role != NULL)
        provider.arn = sim_arn(call, "iam", "", account, "oidc-provider/%s", issuer);
    question.context = claims_context(call, claims, issuer);
    if (role == NULL || !trusted(call, role, account, &question) || guarded(call, &question))
        return sim_error(call, "AccessDenied", 403,
                         "Not authorized to perform sts:AssumeRoleWithWebIdentity");
    if (open_role(call, role, account) != 0)
        return -1;
    json_put_str(call->answer, "SubjectFromWebIdentityToken", json_str(claims, "sub"));
    json_put_str(call->answer, "Provider", provider.arn);
    return 0;
}

/* --- Root of a member --- */

static const struct sim_rule root_rules[] = {
    {.name = "TargetPrincipal", .required = true, .min = 12, .max = 2048},
    {.name = "DurationSeconds", .number = true, .min = 0, .max = SESSION_S_LEAST},
    {.name = NULL},
};

/* Whether the caller's account manages the root of `target`. */
static bool manages_root(struct sim_call *call, const char *target)
{
    struct sim_organization mine, theirs;

    return sim_organization_of(call, call->account, &mine) &&
           sim_organization_of(call, target, &theirs) && str_eq(mine.id, theirs.id) &&
           !str_eq(target, mine.management) &&
           (str_eq(call->account, mine.management) ||
            sim_is_delegated(call, mine.management, "iam.amazonaws.com", call->account)) &&
           sim_has(call, mine.management, "", "root-feature", "RootSessions");
}

static int assume_root(struct sim_call *call)
{
    const char *target = sim_param(call, "TargetPrincipal");
    const char *policy = json_str(json_get(call->params, "TaskPolicyArn"), "arn");
    const char *prefix = sim_arn(call, "iam", "", "aws", "policy/root-task/");
    const char *task =
        policy != NULL && str_starts(policy, prefix) ? policy + strlen(prefix) : NULL;
    const char *account = target;
    struct session session;

    if (str_starts(target, "arn:") && strstr(target, ":iam::") != NULL)
        account = arena_strn(call->arena, strstr(target, ":iam::") + 6, 12);
    if (task == NULL || !sim_root_task_exists(task))
        return sim_bad_input(call, "Invalid task policy ARN: %s", policy == NULL ? "null" : policy);
    if (call->principal.kind == SIM_ROOT || !manages_root(call, account))
        return sim_denied(call, "sts:AssumeRoot", target);
    session = (struct session){
        .account = account,
        .kind = "root",
        .arn = sim_arn(call, "iam", "", account, "root"),
        .source_arn = sim_arn(call, "iam", "", account, "root"),
        .user_id = account,
        .name = "root",
        .task = task,
        .duration_s = (int64_t)json_number(call->params, "DurationSeconds", SESSION_S_LEAST),
    };
    session_open(call, &session);
    return 0;
}

static const struct sim_operation operations[] = {
    {.name = "GetCallerIdentity", .handler = get_caller_identity},
    {.name = "AssumeRole", .handler = assume_role, .rules = assume_rules},
    {.name = "AssumeRoleWithWebIdentity",
     .handler = assume_role_with_web_identity,
     .rules = web_rules,
     .anonymous = true},
    {.name = "AssumeRoot", .handler = assume_root, .rules = root_rules},
    {.name = "GetSessionToken", .handler = get_session_token, .rules = session_token_rules},
    {.name = "GetAccessKeyInfo", .handler = get_access_key_info, .rules = key_rules},
    {.name = NULL},
};

const struct sim_service sim_service_sts = {
    .name = "sts",
    .protocol = SIM_QUERY,
    .api_version = "2011-06-15",
    .xmlns = "https://sts.amazonaws.com/doc/2011-06-15/",
    .bad_input = "ValidationError",
    .throttled = "Throttling",
    .denied = "AccessDenied",
    .operations = {operations},
};
