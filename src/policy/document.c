/*
 * document.c - the structure of an IAM policy document, for each kind of policy.
 *
 * Where the kinds differ is data: one row of `kinds` each.
 */
#include "plinth/policy/document.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* --- The kinds -----------------------------------------------------------------------------------
 */

enum rule { MAY, MUST, MUST_NOT };

struct kind {
    const char *title;
    enum rule version; /* of the document: MUST also wants 2012-10-17 */
    enum rule id;
    enum rule principal;     /* Principal or NotPrincipal */
    enum rule not_principal; /* NotPrincipal alone: MAY, or MUST_NOT */
    enum rule not_action;
    enum rule resource; /* Resource or NotResource */
    bool deny_only;
    bool everyone_only; /* the only principal is "*" */
    bool named_service; /* an action names its service: "*" alone is refused */
    bool free_sid;      /* any text; else letters and digits */
    bool free_resource; /* any text; else "*" or an ARN */
};

static const struct kind kinds[] = {
    [POLICY_ANY] = {.title = "an IAM policy", .free_sid = true, .free_resource = true},
    [POLICY_IDENTITY] = {.title = "an identity policy",
                         .principal = MUST_NOT,
                         .not_principal = MUST_NOT,
                         .resource = MUST},
    /* A repository of ECR takes no Resource, and the Sids of S3 and KMS may have blanks. */
    [POLICY_RESOURCE] = {.title = "a resource policy",
                         .principal = MUST,
                         .free_sid = true,
                         .free_resource = true},
    [POLICY_TRUST] = {.title = "a trust policy", .principal = MUST, .resource = MUST_NOT},
    [POLICY_SCP] = {.title = "an SCP",
                    .version = MUST,
                    .id = MUST_NOT,
                    .principal = MUST_NOT,
                    .not_principal = MUST_NOT,
                    .resource = MUST},
    [POLICY_RCP] = {.title = "an RCP",
                    .version = MUST,
                    .id = MUST_NOT,
                    .principal = MUST,
                    .not_principal = MUST_NOT,
                    .not_action = MUST_NOT,
                    .resource = MUST,
                    .deny_only = true,
                    .everyone_only = true,
                    .named_service = true},
};

struct checker {
    const struct kind *kind;
    const struct json *statement; /* being checked */
    struct err *err;
};

static int fail(const struct checker *checker, const char *key, const char *what)
{
    return err_set(checker->err, ERR_CONFIG, "%s: %s", key, what);
}

/* --- Values --------------------------------------------------------------------------------------
 */

static bool is_word(const char *text, size_t len, const char *others)
{
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)text[i]) && strchr(others, text[i]) == NULL)
            return false;
    return len > 0;
}

/* "*", or a service and a pattern of its actions.  "*:*" is taken, other patterns of services are
 * not: IAM has no such form. */
static const char *check_action(const struct kind *kind, const char *text)
{
    size_t service = strcspn(text, ":");

    if (str_eq(text, "*") || str_eq(text, "*:*"))
        return kind->named_service ? "must name a service: AWS takes \"*\" in its own policy only"
                                   : NULL;
    if (text[service] == '\0')
        return "is no action: it must read \"service:Action\" or \"*\"";
    if (!is_word(text, service, "-"))
        return "is no action: a service is letters, digits and dashes, without wildcards";
    if (!is_word(text + service + 1, strlen(text + service + 1), "*?-_"))
        return "is no action: its name is letters, digits and wildcards";
    return NULL;
}

static const char *check_resource(const struct kind *kind, const char *text)
{
    if (kind->free_resource)
        return text[0] == '\0' ? "is empty" : NULL;
    if (str_eq(text, "*"))
        return NULL;
    if (!str_starts(text, "arn:"))
        return "must be \"*\" or an ARN";
    for (int colons = 0; colons < 5; colons++) {
        text = strchr(text, ':');
        if (text == NULL)
            return "is no ARN: it has six parts with colons between them";
        text++;
    }
    return *text == '\0' ? "is no ARN: its last part is empty" : NULL;
}

/* An account, a user, a role, a session: IAM itself refuses those that do not exist. */
static const char *check_principal(const struct kind *kind, const char *text)
{
    (void)kind;
    return text[0] == '\0' ? "is empty" : NULL;
}

typedef const char *(*check_fn)(const struct kind *kind, const char *text);

static int check_text(const struct checker *checker, const char *key, const struct json *value,
                      check_fn check)
{
    const char *what;

    if (value->type != JSON_STRING)
        return fail(checker, key, "must be a string or a list of strings");
    what = check(checker->kind, value->string);
    return what == NULL
               ? 0
               : err_set(checker->err, ERR_CONFIG, "%s: \"%s\" %s", key, value->string, what);
}

static int check_list(const struct checker *checker, const char *key, const struct json *value,
                      check_fn check)
{
    if (value->type != JSON_ARRAY)
        return check_text(checker, key, value, check);
    if (value->count == 0)
        return fail(checker, key, "is an empty list");
    for (const struct json *it = value->first; it != NULL; it = it->next)
        if (check_text(checker, key, it, check) != 0)
            return -1;
    return 0;
}

/* --- Elements ------------------------------------------------------------------------------------
 */

static int check_sid(const struct checker *checker, const struct json *value)
{
    if (value->type != JSON_STRING)
        return fail(checker, "Sid", "must be a string");
    /* An empty Sid is one that is not there. */
    if (!checker->kind->free_sid && value->string[0] != '\0' &&
        !is_word(value->string, strlen(value->string), ""))
        return err_set(checker->err, ERR_CONFIG, "Sid: \"%s\" must be letters and digits only",
                       value->string);
    return 0;
}

static int check_effect(const struct checker *checker, const struct json *value)
{
    if (value->type != JSON_STRING ||
        (!str_eq(value->string, "Allow") && !str_eq(value->string, "Deny")))
        return fail(checker, "Effect", "must be \"Allow\" or \"Deny\", spelled so");
    if (checker->kind->deny_only && str_eq(value->string, "Allow"))
        return err_set(checker->err, ERR_CONFIG, "Effect: %s can only deny", checker->kind->title);
    return 0;
}

static int check_principals(const struct checker *checker, const struct json *value)
{
    static const char *const types[] = {"AWS", "Federated", "Service", "CanonicalUser"};
    const char *key = value->key;

    if (value->type == JSON_STRING && str_eq(value->string, "*"))
        return 0;
    if (checker->kind->everyone_only)
        return err_set(checker->err, ERR_CONFIG, "%s: must be \"*\" in %s", key,
                       checker->kind->title);
    if (value->type != JSON_OBJECT || value->count == 0)
        return fail(checker, key,
                    "must be \"*\" or a map of AWS, Federated, Service, "
                    "CanonicalUser");
    for (const struct json *it = value->first; it != NULL; it = it->next) {
        size_t i = 0;

        while (i < sizeof types / sizeof types[0] && !str_eq(it->key, types[i]))
            i++;
        if (i == sizeof types / sizeof types[0])
            return err_set(checker->err, ERR_CONFIG,
                           "%s: unknown type of principal \"%s\"; there are AWS, Federated, "
                           "Service, CanonicalUser",
                           key, it->key);
        if (check_list(checker, key, it, check_principal) != 0)
            return -1;
    }
    return 0;
}

static int check_action_list(const struct checker *checker, const struct json *value)
{
    return check_list(checker, value->key, value, check_action);
}

static int check_resource_list(const struct checker *checker, const struct json *value)
{
    return check_list(checker, value->key, value, check_resource);
}

/* --- Conditions ----------------------------------------------------------------------------------
 */

static const char *const operators[] = {
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
};

enum { OPERATOR_COUNT = sizeof operators / sizeof operators[0], OPERATOR_BYTES = 64 };

/* [ForAllValues:|ForAnyValue:] operator [IfExists]; Null asks for existence itself, so it has no
 * IfExists. */
static int check_operator(const struct checker *checker, const char *name)
{
    const char *base = str_starts(name, "ForAllValues:")  ? name + strlen("ForAllValues:")
                       : str_starts(name, "ForAnyValue:") ? name + strlen("ForAnyValue:")
                                                          : name;
    size_t len = strlen(base);
    const char *nearest;
    char plain[OPERATOR_BYTES];

    if (str_ends(base, "IfExists") && !str_eq(base, "NullIfExists"))
        len -= strlen("IfExists");
    (void)snprintf(plain, sizeof plain, "%.*s", (int)(len < sizeof plain ? len : sizeof plain),
                   base);
    for (size_t i = 0; i < OPERATOR_COUNT; i++)
        if (str_eq(operators[i], plain))
            return 0;
    nearest = str_nearest(plain, operators, OPERATOR_COUNT);
    return err_set(checker->err, ERR_CONFIG, "Condition: unknown operator \"%s\"%s%s%s", name,
                   nearest == NULL ? "" : "; did you mean ", nearest == NULL ? "" : nearest,
                   nearest == NULL ? "" : "?");
}

static bool is_scalar(const struct json *value)
{
    return value->type == JSON_STRING || value->type == JSON_BOOL || value->type == JSON_NUMBER;
}

static int check_condition_values(const struct checker *checker, const char *operator_name,
                                  const struct json *value)
{
    if (is_scalar(value))
        return 0;
    if (value->type == JSON_ARRAY) {
        const struct json *it = value->first;

        while (it != NULL && is_scalar(it))
            it = it->next;
        if (it == NULL && value->count > 0)
            return 0;
    }
    return err_set(checker->err, ERR_CONFIG,
                   "Condition: %s %s: must be a value or a list of values, with one at least",
                   operator_name, value->key);
}

static int check_condition(const struct checker *checker, const struct json *value)
{
    if (value->type != JSON_OBJECT)
        return fail(checker, "Condition", "must be a map of operators");
    for (const struct json *it = value->first; it != NULL; it = it->next) {
        if (check_operator(checker, it->key) != 0)
            return -1;
        if (it->type != JSON_OBJECT || it->count == 0)
            return err_set(checker->err, ERR_CONFIG, "Condition: %s: must be a map of keys",
                           it->key);
        for (const struct json *key = it->first; key != NULL; key = key->next)
            if (check_condition_values(checker, it->key, key) != 0)
                return -1;
    }
    return 0;
}

/* --- Statements ----------------------------------------------------------------------------------
 */

static const struct element {
    const char *key;
    int (*check)(const struct checker *checker, const struct json *value);
} elements[] = {
    {"Sid", check_sid},
    {"Effect", check_effect},
    {"Principal", check_principals},
    {"NotPrincipal", check_principals},
    {"Action", check_action_list},
    {"NotAction", check_action_list},
    {"Resource", check_resource_list},
    {"NotResource", check_resource_list},
    {"Condition", check_condition},
};

enum { ELEMENT_COUNT = sizeof elements / sizeof elements[0] };

static int unknown_key(struct err *err, const char *key, const char *const *known, size_t count)
{
    const char *nearest = str_nearest(key, known, count);

    for (size_t i = 0; i < count; i++)
        if (str_eq_nocase(key, known[i]))
            nearest = known[i];
    return err_set(err, ERR_CONFIG, "unknown element \"%s\"%s%s%s", key,
                   nearest == NULL ? "" : "; did you mean ", nearest == NULL ? "" : nearest,
                   nearest == NULL ? "" : "?");
}

static int check_element(const struct checker *checker, const struct json *value)
{
    const char *keys[ELEMENT_COUNT];

    for (size_t i = 0; i < ELEMENT_COUNT; i++) {
        if (str_eq(value->key, elements[i].key))
            return elements[i].check(checker, value);
        keys[i] = elements[i].key;
    }
    return unknown_key(checker->err, value->key, keys, ELEMENT_COUNT);
}

/* `key` and its opposite "Not..." exclude each other; `rule` is about the pair. */
static int check_pair(const struct checker *checker, const char *key, const char *not_key,
                      enum rule rule, enum rule not_rule)
{
    const struct json *plain = json_get(checker->statement, key);
    const struct json *opposite = json_get(checker->statement, not_key);

    if (plain != NULL && opposite != NULL)
        return err_set(checker->err, ERR_CONFIG, "%s and %s exclude each other", key, not_key);
    if (rule == MUST && plain == NULL && opposite == NULL)
        return not_rule == MUST_NOT
                   ? err_set(checker->err, ERR_CONFIG, "no %s", key)
                   : err_set(checker->err, ERR_CONFIG, "neither %s nor %s", key, not_key);
    if (rule == MUST_NOT && (plain != NULL || opposite != NULL))
        return err_set(checker->err, ERR_CONFIG, "%s has no %s", checker->kind->title,
                       plain != NULL ? key : not_key);
    if (not_rule == MUST_NOT && opposite != NULL)
        return err_set(checker->err, ERR_CONFIG, "%s has no %s", checker->kind->title, not_key);
    return 0;
}

static int check_statement(struct checker *checker, const struct json *statement)
{
    const struct kind *kind = checker->kind;

    if (statement->type != JSON_OBJECT)
        return err_set(checker->err, ERR_CONFIG, "must be a map");
    checker->statement = statement;
    for (const struct json *it = statement->first; it != NULL; it = it->next)
        if (check_element(checker, it) != 0)
            return -1;
    if (json_get(statement, "Effect") == NULL)
        return err_set(checker->err, ERR_CONFIG, "no Effect");
    if (check_pair(checker, "Principal", "NotPrincipal", kind->principal, kind->not_principal) !=
            0 ||
        check_pair(checker, "Action", "NotAction", MUST, kind->not_action) != 0)
        return -1;
    return check_pair(checker, "Resource", "NotResource", kind->resource, MAY);
}

static int check_sids_unique(const struct json *statements, struct err *err)
{
    size_t number = 1;

    for (const struct json *it = json_first(statements); it != NULL; it = it->next, number++) {
        const char *sid = json_str(it, "Sid");

        for (const struct json *before = statements->first; sid != NULL && before != it;
             before = before->next)
            if (*sid != '\0' && str_eq(sid, json_str(before, "Sid")))
                return err_set(err, ERR_CONFIG, "statement %zu: Sid: \"%s\" is used before", number,
                               sid);
    }
    return 0;
}

/* --- Documents -----------------------------------------------------------------------------------
 */

static int check_statements(struct checker *checker, const struct json *value)
{
    size_t number = 1;

    if (value == NULL || (value->type == JSON_ARRAY && value->count == 0))
        return err_set(checker->err, ERR_CONFIG, "no Statement");
    if (value->type != JSON_ARRAY)
        return check_statement(checker, value) == 0 ? 0 : err_wrap(checker->err, "statement 1");
    for (const struct json *it = value->first; it != NULL; it = it->next, number++) {
        const char *sid = json_str(it, "Sid");

        if (check_statement(checker, it) == 0)
            continue;
        if (sid == NULL || *sid == '\0')
            return err_wrap(checker->err, "statement %zu", number);
        return err_wrap(checker->err, "statement %zu (%s)", number, sid);
    }
    return check_sids_unique(value, checker->err);
}

static bool is_text(const struct json *value, const char *text)
{
    return value != NULL && value->type == JSON_STRING && str_eq(value->string, text);
}

static int check_version(const struct kind *kind, const struct json *version, struct err *err)
{
    if (is_text(version, "2012-10-17"))
        return 0;
    if (kind->version == MUST)
        return err_set(err, ERR_CONFIG, "Version: must be \"2012-10-17\" in %s", kind->title);
    if (version == NULL || is_text(version, "2008-10-17"))
        return 0;
    return err_set(err, ERR_CONFIG, "Version: must be \"2012-10-17\" or \"2008-10-17\"");
}

static int check_header(const struct kind *kind, const struct json *document, struct err *err)
{
    static const char *const known[] = {"Version", "Id", "Statement"};
    const struct json *id = json_get(document, "Id");

    for (const struct json *it = document->first; it != NULL; it = it->next)
        if (!str_eq(it->key, known[0]) && !str_eq(it->key, known[1]) && !str_eq(it->key, known[2]))
            return unknown_key(err, it->key, known, 3);
    if (id != NULL && kind->id == MUST_NOT)
        return err_set(err, ERR_CONFIG, "%s has no Id", kind->title);
    if (id != NULL && id->type != JSON_STRING)
        return err_set(err, ERR_CONFIG, "Id: must be a string");
    return check_version(kind, json_get(document, "Version"), err);
}

int policy_document_check_kind(const struct json *document, enum policy_kind kind, struct err *err)
{
    struct checker checker = {.kind = &kinds[kind], .err = err};

    if (document == NULL || document->type != JSON_OBJECT)
        return err_set(err, ERR_CONFIG, "a policy document must be a map");
    if (check_header(checker.kind, document, err) != 0)
        return -1;
    return check_statements(&checker, json_get(document, "Statement"));
}

int policy_document_check(const struct json *document, struct err *err)
{
    return policy_document_check_kind(document, POLICY_ANY, err);
}
