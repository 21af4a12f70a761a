/*
 * policy.c - IAM policy documents: what makes one, and what one says to a request.
 *
 * A document is compiled when it is asked for the first time, and found again by its text: so
 * nothing here can be out of date.
 *
 * Source: IAM User Guide, "JSON policy elements"; what they mean is in plinth/policy/evaluate.h.
 */
#include "sim_priv.h"

#include "policies.h"

#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

/* --- Text --- */

static char lower(char c, bool ignore_case)
{
    return ignore_case && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool sim_glob(const char *pattern, const char *text, bool ignore_case)
{
    const char *star = NULL, *retry = NULL;

    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            retry = text;
        } else if (*pattern == '?' || (*pattern != '\0' &&
                                       lower(*pattern, ignore_case) == lower(*text, ignore_case))) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* --- Compiled documents --- */

/* More than so many texts, and all are forgotten before the next call. */
enum { DOCUMENTS_MOST = 4096 };

struct document {
    const char *text;
    const struct policy_compiled *policy; /* NULL: it is none */
    UT_hash_handle hh;
};

struct sim_policies {
    struct arena *arena;
    struct document *documents;
    struct sim_guardrails_cache *guardrails; /* holds what is compiled here */
};

struct sim_policies *sim_policies_new(void)
{
    struct sim_policies *policies = calloc(1, sizeof *policies);

    if (policies == NULL)
        abort();
    policies->arena = arena_new("policies");
    policies->guardrails = sim_guardrails_cache_new();
    return policies;
}

void sim_policies_free(struct sim_policies *policies)
{
    HASH_CLEAR(hh, policies->documents);
    sim_guardrails_cache_free(policies->guardrails);
    arena_free(policies->arena);
    free(policies);
}

struct sim_guardrails_cache *sim_policies_guardrails(const struct sim_policies *policies)
{
    return policies->guardrails;
}

void sim_policies_trim(struct sim_policies *policies)
{
    if (HASH_COUNT(policies->documents) < DOCUMENTS_MOST)
        return;
    HASH_CLEAR(hh, policies->documents);
    sim_guardrails_cache_clear(policies->guardrails);
    arena_reset(policies->arena);
}

const struct policy_compiled *sim_policy_compiled(struct sim_policies *policies, const char *text)
{
    static const struct policy_label label = {"policy", "of the simulator"};
    size_t len = strlen(text);
    struct document *found;
    struct json *json = NULL;
    struct err err = ERR_INIT;

    HASH_FIND(hh, policies->documents, text, len, found);
    if (found != NULL)
        return found->policy;
    found = arena_alloc(policies->arena, sizeof *found);
    *found = (struct document){.text = arena_strn(policies->arena, text, len)};
    if (json_parse(text, len, policies->arena, &json, &err) == 0)
        (void)policy_compile(json, POLICY_ANY, &label, policies->arena, &found->policy, &err);
    HASH_ADD_KEYPTR(hh, policies->documents, found->text, len, found);
    return found->policy;
}

/* --- Questions --- */

static struct policy_principal principal_of(const struct sim_principal *from)
{
    bool has_account = from->account != NULL && from->account[0] != '\0';
    struct policy_principal principal = {
        .arn = from->source_arn == NULL ? from->arn : from->source_arn,
        .account = has_account ? from->account : NULL,
    };

    switch (from->kind) {
    case SIM_ROOT:
        principal.kind = PRINCIPAL_ROOT;
        break;
    case SIM_USER:
        principal.kind = PRINCIPAL_USER;
        break;
    case SIM_ROLE:
        principal.kind = strstr(principal.arn, ":role/aws-service-role/") == NULL
                             ? PRINCIPAL_ROLE
                             : PRINCIPAL_SERVICE_LINKED_ROLE;
        principal.session = from->arn;
        break;
    case SIM_NOBODY:
        principal.kind = principal.arn == NULL               ? PRINCIPAL_ANONYMOUS
                         : str_starts(principal.arn, "arn:") ? PRINCIPAL_PROVIDER
                                                             : PRINCIPAL_SERVICE;
        break;
    }
    return principal;
}

static struct policy_key key_of(const struct json *value, struct arena *arena)
{
    bool list = value->type == JSON_ARRAY;
    const char **values = arena_array(arena, list ? value->count : 1, sizeof *values);
    struct policy_key key = {.name = value->key, .values = values};

    for (const struct json *it = list ? value->first : value; it != NULL;
         it = list ? it->next : NULL)
        if (it->type == JSON_STRING)
            values[key.count++] = it->string;
    return key;
}

struct policy_request sim_policy_request(const struct sim_question *question, struct arena *arena)
{
    size_t count = question->context == NULL ? 0 : question->context->count;
    struct policy_key *keys = arena_array(arena, count, sizeof *keys);
    struct policy_request request = {
        .principal = principal_of(question->principal),
        .action = question->action,
        .resource = question->resource,
        .resource_account = question->resource_account,
        .region = question->region,
        .keys = keys,
        .keys_complete = true,
    };

    for (const struct json *it = json_first(question->context); it != NULL; it = it->next)
        keys[request.key_count++] = key_of(it, arena);
    return request;
}

/* What AWS's documentation leaves open is taken the strict way; a resource that is not looked at
 * fits every statement. */
enum sim_verdict sim_policy_ask(struct sim_call *call, const char *text,
                                const struct policy_request *request)
{
    const struct policy_compiled *policy =
        text == NULL ? NULL : sim_policy_compiled(call->sim->policies, text);
    struct policy_answer answer;

    if (policy == NULL)
        return SIM_SILENT;
    policy_evaluate_alone(policy, request, &answer);
    switch (answer.outcome) {
    case POLICY_ALLOWED:
        return SIM_ALLOWED;
    case POLICY_DENIED:
        return answer.reason == REASON_STATEMENT ? SIM_REFUSED : SIM_SILENT;
    case POLICY_UNKNOWN:
        break;
    }
    return answer.may_deny ? SIM_REFUSED : SIM_ALLOWED;
}

enum sim_verdict sim_policy_verdict(struct sim_call *call, const char *text,
                                    const struct sim_question *question)
{
    struct policy_request request = sim_policy_request(question, call->arena);

    return sim_policy_ask(call, text, &request);
}

/* --- Documents --- */

/* A string, or an array of strings: both are written in policies. */
static const struct json *first_of(const struct json *values)
{
    return values != NULL && values->type == JSON_ARRAY ? values->first : values;
}

/* Only the items of an array have siblings that belong to them. */
static const struct json *next_of(const struct json *values, const struct json *it)
{
    return values->type == JSON_ARRAY ? it->next : NULL;
}

static const char *statement_fault(const struct json *statement, bool needs_principal)
{
    const char *effect = json_str(statement, "Effect");
    bool has_principal =
        json_get(statement, "Principal") != NULL || json_get(statement, "NotPrincipal") != NULL;

    if (statement->type != JSON_OBJECT)
        return "Syntax errors in policy.";
    if (!str_eq(effect, "Allow") && !str_eq(effect, "Deny"))
        return effect == NULL ? "Missing required field Effect" : "Invalid effect";
    if (json_get(statement, "Action") == NULL && json_get(statement, "NotAction") == NULL)
        return "Missing required field Action";
    if (needs_principal)
        return has_principal ? NULL : "Missing required field Principal";
    if (has_principal)
        return "Policy document should not specify a principal.";
    if (json_get(statement, "Resource") == NULL && json_get(statement, "NotResource") == NULL)
        return "Policy statement must contain resources.";
    return NULL;
}

struct json *sim_policy_parse(const char *text, bool needs_principal, struct arena *arena,
                              const char **out_why)
{
    const struct json *statements;
    const char *version;
    struct json *policy = NULL;
    struct err err = ERR_INIT;

    *out_why = "This policy contains invalid Json";
    if (json_parse(text, strlen(text), arena, &policy, &err) != 0 || policy->type != JSON_OBJECT)
        return NULL;
    version = json_str(policy, "Version");
    *out_why = "The policy must contain a valid version string";
    if (json_get(policy, "Version") != NULL && !str_eq(version, "2012-10-17") &&
        !str_eq(version, "2008-10-17"))
        return NULL;
    statements = json_get(policy, "Statement");
    *out_why = "Syntax errors in policy.";
    if (first_of(statements) == NULL)
        return NULL;
    for (const struct json *it = first_of(statements); it != NULL; it = next_of(statements, it))
        if ((*out_why = statement_fault(it, needs_principal)) != NULL)
            return NULL;
    return policy;
}
