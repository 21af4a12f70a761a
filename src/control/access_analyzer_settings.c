/*
 * access_analyzer_settings.c - what the baseline says of control "access_analyzer": its schema, its
 * checks, and filters of archive rules as AWS has them.
 *
 * Source:    docs.aws.amazon.com/access-analyzer/latest/APIReference, API version 2019-11-01; IAM
 *            User Guide, "IAM Access Analyzer quotas".
 */
#include "access_analyzer_settings.h"

#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <string.h>

enum { RULES_MOST = 100, VALUES_MOST = 20, NAME_MOST = 200, RULE_NAME_MOST = 255 };

static const char principal[] = "access-analyzer.amazonaws.com";

static const struct choice kind_choices[] = {
    {"external", "external"},
    {"unused", "unused"},
    {"internal", "internal"},
    {NULL, NULL},
};
static const struct choice region_choices[] = {{"home", "home"}, {"all", "all"}, {NULL, NULL}};
static const struct choice exists_choices[] = {{"yes", "true"}, {"no", "false"}, {NULL, NULL}};
static const struct choice resource_types[] = {
    {"AWS::S3::Bucket", "AWS::S3::Bucket"},
    {"AWS::S3Express::DirectoryBucket", "AWS::S3Express::DirectoryBucket"},
    {"AWS::RDS::DBSnapshot", "AWS::RDS::DBSnapshot"},
    {"AWS::RDS::DBClusterSnapshot", "AWS::RDS::DBClusterSnapshot"},
    {"AWS::DynamoDB::Table", "AWS::DynamoDB::Table"},
    {"AWS::DynamoDB::Stream", "AWS::DynamoDB::Stream"},
    {NULL, NULL},
};

/* --- The tables ----------------------------------------------------------------------------------
 */

#define VALUES(KEY, MEMBER, DOC)                                                                   \
    {                                                                                              \
        .key = (KEY), .type = FIELD_STRINGS,                                                       \
        .offset = offsetof(struct analyzer_criterion, MEMBER), .max = VALUES_MOST, .doc = (DOC)    \
    }

static const struct field criterion_fields[] = {
    {.key = "key",
     .type = FIELD_STRING,
     .required = true,
     .offset = offsetof(struct analyzer_criterion, key),
     .doc = "A filter key of Access Analyzer, such as `resourceType` or `principal.AWS`."},
    VALUES("eq", eq, "The finding has one of these there."),
    VALUES("neq", neq, "The finding has none of these there."),
    VALUES("contains", contains, "What the finding has there contains one of these."),
    {.key = "exists",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct analyzer_criterion, exists),
     .choices = exists_choices,
     .doc = "Whether the finding has anything there."},
    {.key = NULL},
};

static const struct schema criterion_schema = {
    .name = "criterion",
    .doc = "What a finding must have at one key. Needs one of `eq`, `neq`, `contains`, `exists`.",
    .size = sizeof(struct analyzer_criterion),
    .node_offset = offsetof(struct analyzer_criterion, node),
    .fields = criterion_fields,
};

static const struct field rule_fields[] = {
    {.key = "name",
     .type = FIELD_STRING,
     .required = true,
     .offset = offsetof(struct analyzer_rule, name),
     .doc = "The rule's name."},
    {.key = "analyzer",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct analyzer_rule, kind),
     .fallback = "external",
     .choices = kind_choices,
     .doc = "Whose findings it archives."},
    {.key = "filter",
     .type = FIELD_NAMED,
     .required = true,
     .offset = offsetof(struct analyzer_rule, filter),
     .object = &criterion_schema,
     .min = 1,
     .doc = "What a finding must have to be archived: all of these."},
    {.key = NULL},
};

static const struct schema rule_schema = {
    .name = "archive rule",
    .doc = "Findings that need nobody's attention, because they are meant to be so.",
    .size = sizeof(struct analyzer_rule),
    .node_offset = offsetof(struct analyzer_rule, node),
    .fields = rule_fields,
};

static const struct field unused_fields[] = {
    {.key = "days",
     .type = FIELD_INT,
     .offset = offsetof(struct analyzer_unused, days),
     .fallback = "90",
     .min = 1,
     .max = 365,
     .doc = "Days without use after which roles, keys, passwords and permissions are reported."},
    {.key = "regions",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct analyzer_unused, regions),
     .fallback = "home",
     .choices = region_choices,
     .doc = "Where it runs. IAM is the same in every region: more than one reports, and costs, the "
            "same again."},
    {.key = NULL},
};

static const struct schema unused_schema = {
    .name = "unused access",
    .doc = "Looks for access that nobody uses. AWS charges for each role and user.",
    .size = sizeof(struct analyzer_unused),
    .node_offset = offsetof(struct analyzer_unused, node),
    .fields = unused_fields,
};

static const struct field internal_fields[] = {
    {.key = "resource_types",
     .type = FIELD_STRINGS,
     .required = true,
     .offset = offsetof(struct analyzer_internal, resource_types),
     .choices = resource_types,
     .min = 1,
     .doc = "Kinds of resources to look at."},
    {.key = "regions",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct analyzer_internal, regions),
     .fallback = "home",
     .choices = region_choices,
     .doc = "Where it runs: it sees the resources of its own region."},
    {.key = NULL},
};

static const struct schema internal_schema = {
    .name = "internal access",
    .doc = "Reports who inside of the organization reaches these resources. AWS charges for each "
           "resource.",
    .size = sizeof(struct analyzer_internal),
    .node_offset = offsetof(struct analyzer_internal, node),
    .fields = internal_fields,
};

static const struct field analyzer_fields[] = {
    {.key = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct analyzer_spec, name),
     .fallback = "plinth",
     .doc = "What the names of the analyzers begin with: NAME-external-access, NAME-unused-access, "
            "NAME-internal-access."},
    {.key = "unused_access",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct analyzer_spec, unused),
     .object = &unused_schema,
     .doc = "Also look for access that nobody uses."},
    {.key = "internal_access",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct analyzer_spec, internal),
     .object = &internal_schema,
     .doc = "Also report who inside of the organization reaches what."},
    {.key = "archive_rules",
     .type = FIELD_NAMED,
     .offset = offsetof(struct analyzer_spec, rules),
     .object = &rule_schema,
     .max = RULES_MOST,
     .doc = "Findings to archive at once. Rules that are not named here are left alone."},
    {.key = NULL},
};

const struct schema analyzer_schema = {
    .name = "access_analyzer",
    .doc = "Reports what of the organization can be reached from outside of it: an analyzer of the "
           "organization in every region of the security account. One that is there already is "
           "used. Needs `access-analyzer.amazonaws.com` in `organization.trusted_access` and the "
           "security account as its delegated administrator.",
    .size = sizeof(struct analyzer_spec),
    .node_offset = offsetof(struct analyzer_spec, node),
    .fields = analyzer_fields,
};

/* --- Checks --------------------------------------------------------------------------------------
 */

static void check_administrator(const struct baseline *baseline, const struct mark *mark,
                                struct diags *diags)
{
    const struct account *security = baseline_account_with_role(baseline, ROLE_SECURITY);
    const struct strings *trusted = &baseline->organization.trusted_access;
    const struct pairs *administrators = &baseline->organization.delegated_administrators;
    bool is_trusted = false, is_delegated = false;

    if (security == NULL) {
        diags_add(diags, mark, "access_analyzer needs an account with role security");
        return;
    }
    for (size_t i = 0; i < trusted->count; i++)
        is_trusted = is_trusted || str_eq(trusted->items[i], principal);
    for (size_t i = 0; i < administrators->count; i++)
        is_delegated = is_delegated ||
                       (str_eq(administrators->items[i].key, principal) &&
                        baseline_account(baseline, administrators->items[i].value) == security);
    if (!is_trusted)
        diags_add(diags, mark, "access_analyzer needs %s in organization.trusted_access",
                  principal);
    /* The management account needs nobody's leave. */
    else if (!is_delegated && !(security->roles & ROLE_MANAGEMENT))
        diags_add(diags, mark,
                  "access_analyzer needs %s: security in organization.delegated_administrators",
                  principal);
}

/* [A-Za-z][A-Za-z0-9_.-]* */
static bool is_name(const char *text, size_t most)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    size_t len = strlen(text);

    if (len == 0 || len > most || strchr(letters, text[0]) == NULL)
        return false;
    for (; *text != '\0'; text++)
        if (strchr(letters, *text) == NULL && strchr("0123456789_.-", *text) == NULL)
            return false;
    return true;
}

static void check_rule(const struct analyzer_spec *spec, const struct analyzer_rule *rule,
                       struct diags *diags)
{
    const struct analyzer_criterion *criteria = rule->filter.items;

    if (!is_name(rule->name, RULE_NAME_MOST))
        diags_add(diags, &rule->node->mark,
                  "archive rule '%s' must have a name of letters, digits, '_', '.' and '-' that "
                  "begins with a letter",
                  rule->name);
    if ((analyzer_rule_is_of(rule, ANALYZER_UNUSED) && spec->unused == NULL) ||
        (analyzer_rule_is_of(rule, ANALYZER_INTERNAL) && spec->internal == NULL))
        diags_add(diags, schema_mark(rule->node, "analyzer"),
                  "archive rule '%s' needs %s_access beside archive_rules", rule->name, rule->kind);
    for (size_t i = 0; i < rule->filter.count; i++)
        if (criteria[i].eq.count + criteria[i].neq.count + criteria[i].contains.count == 0 &&
            criteria[i].exists == NULL)
            diags_add(diags, &criteria[i].node->mark,
                      "filter key '%s' needs one of eq, neq, contains, exists", criteria[i].key);
}

void analyzer_check(const struct baseline *baseline, const void *decoded, struct diags *diags)
{
    const struct analyzer_spec *spec = decoded;

    check_administrator(baseline, &spec->node->mark, diags);
    if (!is_name(spec->name, NAME_MOST))
        diags_add(diags, schema_mark(spec->node, "name"),
                  "'name' must be letters, digits, '_', '.' and '-', and begin with a letter");
    for (size_t i = 0; i < spec->rules.count; i++)
        check_rule(spec, analyzer_rule_at(spec, i), diags);
}

/* --- Rules ---------------------------------------------------------------------------------------
 */

const char *analyzer_kind_key(enum analyzer_kind kind)
{
    return kind_choices[kind].value;
}

const struct analyzer_rule *analyzer_rule_at(const struct analyzer_spec *spec, size_t i)
{
    return &((const struct analyzer_rule *)spec->rules.items)[i];
}

bool analyzer_rule_is_of(const struct analyzer_rule *rule, enum analyzer_kind kind)
{
    return str_eq(rule->kind, analyzer_kind_key(kind));
}

static void put_values(struct json *criterion, const char *key, const struct strings *values)
{
    struct json *list;

    if (values->count == 0)
        return;
    list = json_put_array(criterion, key);
    for (size_t i = 0; i < values->count; i++)
        json_add_str(list, values->items[i]);
}

struct json *analyzer_rule_filter(const struct analyzer_rule *rule, struct arena *arena)
{
    const struct analyzer_criterion *criteria = rule->filter.items;
    struct json *filter = json_object(arena);

    for (size_t i = 0; i < rule->filter.count; i++) {
        struct json *criterion = json_put_object(filter, criteria[i].key);

        put_values(criterion, "eq", &criteria[i].eq);
        put_values(criterion, "neq", &criteria[i].neq);
        put_values(criterion, "contains", &criteria[i].contains);
        if (criteria[i].exists != NULL)
            json_put_bool(criterion, "exists", str_eq(criteria[i].exists, "true"));
    }
    return filter;
}

static bool list_has(const struct json *list, const char *text)
{
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (str_eq(it->string, text))
            return true;
    return false;
}

bool analyzer_list_equal(const struct json *a, const struct json *b)
{
    for (const struct json *it = json_first(a); it != NULL; it = it->next)
        if (!list_has(b, it->string))
            return false;
    for (const struct json *it = json_first(b); it != NULL; it = it->next)
        if (!list_has(a, it->string))
            return false;
    return true;
}

static bool criterion_equal(const struct json *a, const struct json *b)
{
    return b != NULL && analyzer_list_equal(json_get(a, "eq"), json_get(b, "eq")) &&
           analyzer_list_equal(json_get(a, "neq"), json_get(b, "neq")) &&
           analyzer_list_equal(json_get(a, "contains"), json_get(b, "contains")) &&
           json_equal(json_get(a, "exists"), json_get(b, "exists"));
}

bool analyzer_filter_equal(const struct json *a, const struct json *b)
{
    if (a == NULL || b == NULL || a->count != b->count)
        return false;
    for (const struct json *it = json_first(a); it != NULL; it = it->next)
        if (!criterion_equal(it, json_get(b, it->key)))
            return false;
    return true;
}
