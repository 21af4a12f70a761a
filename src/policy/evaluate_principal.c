/*
 * evaluate_principal.c - who asks, and whom a statement means by Principal and NotPrincipal.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: Principal", "...: NotPrincipal".
 */
#include "evaluate_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <ctype.h>
#include <string.h>

enum { ACCOUNT_DIGITS = 12, ID_CHARACTERS_LEAST = 16 };

static bool is_account(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isdigit((unsigned char)text[i]))
            return false;
    return len == ACCOUNT_DIGITS;
}

/* --- Who asks ------------------------------------------------------------------------------------
 */

static bool is_service_linked(const char *resource)
{
    return str_starts(resource, "role/aws-service-role/");
}

static bool parse_session(const char *text, size_t partition_len, const char *resource,
                          struct arena *arena, struct policy_principal *out)
{
    const char *role = resource + strlen("assumed-role/");
    const char *slash = strchr(role, '/');

    if (slash == NULL || slash == role || slash[1] == '\0')
        return false;
    out->kind = PRINCIPAL_ROLE;
    out->session = arena_str(arena, text);
    out->arn = arena_printf(arena, "arn:%.*s:iam::%s:role/%.*s", (int)partition_len, text + 4,
                            out->account, (int)(slash - role), role);
    return true;
}

/* Behind the account of an ARN of IAM or STS. */
static bool parse_resource(const char *text, size_t partition_len, const char *resource,
                           struct arena *arena, struct policy_principal *out)
{
    out->arn = arena_str(arena, text);
    if (str_starts(resource, "assumed-role/"))
        return parse_session(text, partition_len, resource, arena, out);
    if (str_starts(resource, "federated-user/")) {
        out->kind = PRINCIPAL_FEDERATED_USER;
        out->session = out->arn;
        return true;
    }
    if (str_starts(resource, "saml-provider/") || str_starts(resource, "oidc-provider/")) {
        out->kind = PRINCIPAL_PROVIDER;
        return true;
    }
    out->kind = str_eq(resource, "root")        ? PRINCIPAL_ROOT
                : str_starts(resource, "user/") ? PRINCIPAL_USER
                : is_service_linked(resource)   ? PRINCIPAL_SERVICE_LINKED_ROLE
                                                : PRINCIPAL_ROLE;
    return out->kind != PRINCIPAL_ROLE || str_starts(resource, "role/");
}

bool policy_principal_parse(const char *text, struct arena *arena, struct policy_principal *out)
{
    const char *partition = text + strlen("arn:"), *account;
    size_t partition_len;

    *out = (struct policy_principal){.kind = PRINCIPAL_ANONYMOUS};
    if (str_eq(text, "*"))
        return true;
    if (!str_starts(text, "arn:")) {
        out->kind = PRINCIPAL_SERVICE;
        out->arn = arena_str(arena, text);
        return str_ends(text, ".amazonaws.com") || str_ends(text, ".amazonaws.com.cn");
    }
    partition_len = strcspn(partition, ":");
    account = partition + partition_len;
    if (!str_starts(account, ":iam::") && !str_starts(account, ":sts::"))
        return false;
    account += strlen(":iam::");
    if (!is_account(account, strcspn(account, ":")) || account[ACCOUNT_DIGITS] != ':')
        return false;
    out->account = arena_strn(arena, account, ACCOUNT_DIGITS);
    return parse_resource(text, partition_len, account + ACCOUNT_DIGITS + 1, arena, out);
}

/* --- Whom a statement means ----------------------------------------------------------------------
 */

/* "AROA..." and the like: what IAM puts for a principal that was deleted. */
static bool is_unique_id(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if (!isupper((unsigned char)text[i]) && !isdigit((unsigned char)text[i]))
            return false;
    return len >= ID_CHARACTERS_LEAST && text[0] == 'A';
}

void principal_compile(const char *type, const char *text, struct arena *arena,
                       struct principal_pattern *out)
{
    size_t len = strlen(text);

    out->text = arena_str(arena, text);
    if (str_eq(text, "*")) {
        out->form = FORM_EVERYONE;
    } else if (str_eq(type, "Service")) {
        out->form = FORM_SERVICE;
    } else if (str_eq(type, "Federated")) {
        out->form = FORM_PROVIDER;
    } else if (str_eq(type, "CanonicalUser")) {
        out->form = FORM_CANONICAL;
    } else if (is_account(text, len)) {
        out->form = FORM_ACCOUNT;
    } else if (str_starts(text, "arn:") && str_ends(text, ":root") &&
               len > ACCOUNT_DIGITS + strlen(":root") &&
               is_account(text + len - strlen(":root") - ACCOUNT_DIGITS, ACCOUNT_DIGITS)) {
        out->form = FORM_ACCOUNT;
        out->text =
            arena_strn(arena, text + len - strlen(":root") - ACCOUNT_DIGITS, ACCOUNT_DIGITS);
    } else {
        out->form = is_unique_id(text) ? FORM_ID : FORM_ARN;
    }
}

static void raise_to(enum truth *truth, enum truth to)
{
    if (to > *truth)
        *truth = to;
}

static bool has_sessions(enum principal_kind kind)
{
    return kind == PRINCIPAL_ROLE || kind == PRINCIPAL_SERVICE_LINKED_ROLE ||
           kind == PRINCIPAL_FEDERATED_USER;
}

static bool is_session_arn(const char *text)
{
    return strstr(text, ":assumed-role/") != NULL || strstr(text, ":federated-user/") != NULL;
}

static void match_arn(const char *text, struct context *context, struct principal_match *out)
{
    const struct policy_principal *principal = &context->request->principal;

    if (principal->kind == PRINCIPAL_SERVICE || principal->kind == PRINCIPAL_PROVIDER)
        return;
    if (str_eq(text, principal->session))
        out->direct = TRUTH_YES;
    else if (str_eq(text, principal->arn))
        *(has_sessions(principal->kind) ? &out->entity : &out->direct) = TRUTH_YES;
    else if (has_sessions(principal->kind) && principal->session == NULL && is_session_arn(text))
        raise_to(&out->direct, evaluate_context_miss(context, "the session's ARN"));
}

static void match_one(const struct principal_pattern *pattern, struct context *context,
                      struct principal_match *out)
{
    const struct policy_principal *principal = &context->request->principal;
    enum principal_kind kind = principal->kind;

    context->steps++;
    switch (pattern->form) {
    case FORM_EVERYONE:
        out->direct = TRUTH_YES;
        break;
    case FORM_ACCOUNT:
        if (str_eq(pattern->text, principal->account))
            *(kind == PRINCIPAL_ROOT ? &out->direct : &out->account) = TRUTH_YES;
        break;
    case FORM_ARN:
        match_arn(pattern->text, context, out);
        break;
    case FORM_ID:
        if (kind == PRINCIPAL_USER || has_sessions(kind))
            raise_to(&out->direct, evaluate_context_miss(context, "the principal's unique id"));
        break;
    case FORM_SERVICE:
        if (kind == PRINCIPAL_SERVICE && str_eq(pattern->text, principal->arn))
            out->direct = TRUTH_YES;
        break;
    case FORM_PROVIDER:
        if (kind == PRINCIPAL_PROVIDER && str_eq(pattern->text, principal->arn))
            out->direct = TRUTH_YES;
        break;
    case FORM_CANONICAL:
        if (principal->account != NULL)
            raise_to(&out->account, evaluate_context_miss(context, "the account's canonical id"));
        break;
    }
}

void principal_match(const struct principal_pattern *patterns, size_t count,
                     struct context *context, struct principal_match *out)
{
    *out = (struct principal_match){TRUTH_NO, TRUTH_NO, TRUTH_NO};
    for (size_t i = 0; i < count; i++)
        match_one(&patterns[i], context, out);
}

/* A Deny spares only whom the list names with all it is: AWS asks for the session, the role and the
 * account.  Where some are missing AWS says that it may deny.  With a permissions boundary it
 * always denies. */
enum truth principal_not_match(const struct principal_pattern *patterns, size_t count, bool deny,
                               struct context *context)
{
    enum principal_kind kind = context->request->principal.kind;
    struct principal_match match;
    enum truth most, least;

    principal_match(patterns, count, context, &match);
    most = match.direct > match.entity ? match.direct : match.entity;
    raise_to(&most, match.account);
    if (deny && context->has_boundary && (kind == PRINCIPAL_USER || kind == PRINCIPAL_ROLE))
        return TRUTH_YES;
    if (!deny || most != TRUTH_YES)
        return truth_not(most);
    least = match.direct;
    if (kind == PRINCIPAL_USER || has_sessions(kind))
        least = match.account < least ? match.account : least;
    if (has_sessions(kind))
        least = match.entity < least ? match.entity : least;
    return least == TRUTH_YES
               ? TRUTH_NO
               : evaluate_context_miss(context, "what NotPrincipal does to one who is not "
                                                "named with session, role and account");
}
