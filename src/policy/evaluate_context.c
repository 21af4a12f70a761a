/*
 * evaluate_context.c - the condition keys of a request: those given, and those that follow from who
 * asks and where.
 *
 * Source: IAM User Guide, "AWS global condition context keys": for each key, when it is present.
 */
#include "evaluate_priv.h"

#include "plinth/base/str.h"

#include <assert.h>
#include <string.h>

static void derive(struct context *context, const char *name, const char *value)
{
    struct derived_key *derived = &context->derived[context->derived_count++];

    assert(context->derived_count <= CONTEXT_DERIVED_MOST);
    derived->value = value;
    derived->key =
        (struct policy_key){.name = name, .values = &derived->value, .count = value != NULL};
}

/* The value of aws:PrincipalType; NULL: not documented. */
static const char *principal_type(enum principal_kind kind)
{
    switch (kind) {
    case PRINCIPAL_USER:
        return "User";
    case PRINCIPAL_ROLE:
    case PRINCIPAL_SERVICE_LINKED_ROLE:
        return "AssumedRole";
    case PRINCIPAL_ROOT:
        return "Account";
    case PRINCIPAL_FEDERATED_USER:
        return "FederatedUser";
    case PRINCIPAL_ANONYMOUS:
        return "Anonymous";
    case PRINCIPAL_SERVICE:
    case PRINCIPAL_PROVIDER:
        return NULL;
    }
    return NULL;
}

/* What follows the last slash of a user's ARN; its path is no part of the name. */
static const char *user_name(const struct policy_principal *principal)
{
    const char *slash = principal->kind == PRINCIPAL_USER ? strrchr(principal->arn, '/') : NULL;

    return slash == NULL ? NULL : slash + 1;
}

static void derive_principal(struct context *context, const struct policy_principal *principal)
{
    enum principal_kind kind = principal->kind;
    bool service = kind == PRINCIPAL_SERVICE;
    bool nobody = service || kind == PRINCIPAL_ANONYMOUS || kind == PRINCIPAL_PROVIDER;

    if (kind != PRINCIPAL_FEDERATED_USER)
        derive(context, "aws:PrincipalArn", nobody ? NULL : principal->arn);
    else if (principal->session != NULL)
        derive(context, "aws:PrincipalArn", principal->session);
    derive(context, "aws:PrincipalAccount", nobody ? NULL : principal->account);
    derive(context, "aws:username", user_name(principal));
    derive(context, "aws:PrincipalServiceName", service ? principal->arn : NULL);
    if (kind != PRINCIPAL_ANONYMOUS)
        derive(context, "aws:PrincipalIsAWSService", service ? "true" : "false");
    if (principal_type(kind) != NULL)
        derive(context, "aws:PrincipalType", principal_type(kind));
}

void evaluate_context_init(struct context *context, const struct policy_request *request)
{
    const char *owner =
        request->resource_account != NULL ? request->resource_account : request->principal.account;

    *context = (struct context){.request = request};
    derive_principal(context, &request->principal);
    if (request->region != NULL)
        derive(context, "aws:RequestedRegion", request->region);
    if (owner != NULL)
        derive(context, "aws:ResourceAccount", owner);
}

const struct policy_key *evaluate_context_key(struct context *context, const char *name)
{
    static const struct policy_key absent = {0};
    const struct policy_request *request = context->request;

    for (size_t i = 0; i < request->key_count; i++) {
        context->steps++;
        if (str_eq_nocase(request->keys[i].name, name))
            return &request->keys[i];
    }
    for (size_t i = 0; i < context->derived_count; i++) {
        context->steps++;
        if (str_eq_nocase(context->derived[i].key.name, name))
            return &context->derived[i].key;
    }
    if (request->keys_complete)
        return &absent;
    (void)evaluate_context_miss(context, name);
    return NULL;
}

enum truth evaluate_context_miss(struct context *context, const char *what)
{
    if (context->missing == NULL)
        context->missing = what;
    return TRUTH_MAYBE;
}
