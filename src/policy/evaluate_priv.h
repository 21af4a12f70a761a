/*
 * evaluate_priv.h - the compiled form of policies, and what the files of the evaluator share.
 */
#ifndef PLINTH_POLICY_EVALUATE_PRIV_H
#define PLINTH_POLICY_EVALUATE_PRIV_H

#include "plinth/policy/evaluate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ordered, so that "and" is the smaller of two and "or" the greater. */
enum truth { TRUTH_NO, TRUTH_MAYBE, TRUTH_YES };

static inline enum truth truth_not(enum truth truth)
{
    return (enum truth)(TRUTH_YES - truth);
}

static inline enum truth truth_of(bool value)
{
    return value ? TRUTH_YES : TRUTH_NO;
}

/* --- The request, while it is evaluated (evaluate_context.c) -------------------------------------
 */

enum { CONTEXT_DERIVED_MOST = 12 };

struct derived_key {
    struct policy_key key;
    const char *value; /* what key.values points to */
};

struct context {
    const struct policy_request *request;
    struct derived_key derived[CONTEXT_DERIVED_MOST]; /* what the principal and region tell */
    size_t derived_count;
    bool has_boundary;   /* decides what NotPrincipal means */
    const char *missing; /* the first thing that was asked for and not given; NULL */
    uint64_t steps;
};

/* The derived keys point into the context: it must not be moved.  yields: no. */
void evaluate_context_init(struct context *context, const struct policy_request *request);

/* NULL: not given, and noted as missing.  No values: absent.  yields: no. */
const struct policy_key *evaluate_context_key(struct context *context, const char *name);

/* Note what was not given, unless something is noted already; always TRUTH_MAYBE. */
enum truth evaluate_context_miss(struct context *context, const char *what);

/* --- Patterns (evaluate_pattern.c) ---------------------------------------------------------------
 */

/* Units of a pattern: a byte, one of these, or UNIT_VARIABLE and the variable's index. */
enum { UNIT_ANY = 256, UNIT_ONE, UNIT_VARIABLE };

struct variable {
    const char *key;
    const char *fallback; /* NULL: none */
};

struct pattern {
    const uint16_t *units;
    size_t count;
    size_t literal; /* so many units at the start are plain bytes: most patterns end there */
    const struct variable *variables;
    size_t variable_count;
    bool nocase;
};

enum pattern_flag {
    PATTERN_WILDCARDS = 1, /* * and ? are wildcards */
    PATTERN_VARIABLES = 2, /* ${...} is replaced */
    PATTERN_NOCASE = 4,
};

/* owns: `arena`.  err: ERR_LIMIT.  yields: no. */
int pattern_compile(const char *text, unsigned flags, struct arena *arena, struct pattern *out,
                    struct err *err);

enum truth pattern_match(const struct pattern *pattern, const char *text, struct context *context);

/* As ARNs match: a wildcard stays within one of the six parts; the last part may hold colons. */
enum truth pattern_match_arn(const struct pattern *pattern, const char *text,
                             struct context *context);

/* --- Conditions (evaluate_condition.c) -----------------------------------------------------------
 */

enum condition_type {
    CONDITION_TEXT, /* all string operators: their patterns differ */
    CONDITION_ARN,
    CONDITION_NUMERIC,
    CONDITION_DATE,
    CONDITION_BOOL,
    CONDITION_BINARY,
    CONDITION_IP,
    CONDITION_NULL,
};

enum condition_set { SET_NONE, SET_ALL, SET_ANY };

/* What a value of the request must be to the policy's: for numbers and dates. */
enum comparison {
    COMPARE_EQUAL,
    COMPARE_LESS,
    COMPARE_LESS_EQUAL,
    COMPARE_GREATER,
    COMPARE_GREATER_EQUAL
};

struct ip_range {
    int family;
    unsigned char address[16];
    unsigned prefix;
};

struct condition_value {
    struct pattern pattern; /* CONDITION_TEXT, CONDITION_ARN */
    const char *text;       /* as the policy has it */
    double number;
    int64_t ms;
    struct ip_range range;
    bool valid; /* it reads as what its operator compares */
};

struct condition {
    const char *key;
    enum condition_type type;
    enum comparison comparison;
    enum condition_set set;
    bool negated, if_exists;
    const struct condition_value *values;
    size_t count;
};

/* Compile one key of one operator; the operator is a known one.  err: ERR_LIMIT.  yields: no. */
int condition_compile(const char *operator_name, const struct json *values, bool variables,
                      struct arena *arena, struct condition *out, struct err *err);

enum truth condition_match(const struct condition *condition, struct context *context);

/* --- Principals (evaluate_principal.c) -----------------------------------------------------------
 */

enum principal_form {
    FORM_EVERYONE, /* "*" */
    FORM_ACCOUNT,  /* 12 digits, or the ARN of its root user */
    FORM_ARN,      /* a user, role, session or federated user */
    FORM_ID,       /* the unique id of one that was deleted ("AIDA...") */
    FORM_SERVICE,
    FORM_PROVIDER,
    FORM_CANONICAL, /* an account by its id in S3 */
};

struct principal_pattern {
    enum principal_form form;
    const char *text; /* FORM_ACCOUNT: the digits */
};

/* How a statement of a resource policy came to mean the principal: decides what limits it. */
struct principal_match {
    enum truth direct;  /* itself, its session, or everyone: nothing else is needed */
    enum truth entity;  /* the role (or the user) that its session is of */
    enum truth account; /* its account, which then decides by itself */
};

void principal_compile(const char *type, const char *text, struct arena *arena,
                       struct principal_pattern *out);

void principal_match(const struct principal_pattern *patterns, size_t count,
                     struct context *context, struct principal_match *out);

/* Whether NotPrincipal with these means the principal. */
enum truth principal_not_match(const struct principal_pattern *patterns, size_t count, bool deny,
                               struct context *context);

/* --- Policies (evaluate_compile.c) ---------------------------------------------------------------
 */

struct patterns {
    const struct pattern *items;
    size_t count;
    bool negated; /* NotAction, NotResource */
};

struct statement {
    const char *sid; /* NULL */
    bool deny;
    bool has_principal, not_principal;
    struct patterns actions, resources; /* no resources: the policy's own resource */
    const struct principal_pattern *principals;
    size_t principal_count;
    const struct condition *conditions;
    size_t condition_count;
};

struct policy_compiled {
    struct policy_label label;
    const struct statement *statements;
    size_t count;
};

#endif
