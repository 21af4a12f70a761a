/*
 * accessanalyzer.c - IAM Access Analyzer: analyzers of an account or an organization, and their
 * archive rules.
 *
 * Records: (account, region, "analyzer", name) -> the AnalyzerSummary without its status, _token,
 *          _ready_ms; (account, region, "archive-rule/<analyzer>", name) -> the ArchiveRuleSummary,
 *          _token; (management, region, "internal-analyzer", "self") -> {account, name}.
 * Source:  docs.aws.amazon.com/access-analyzer/latest/APIReference, API version 2019-11-01; IAM
 * User Guide, "IAM Access Analyzer quotas" and "Delegated administrator for IAM Access Analyzer".
 * Limits:  there are no findings, and the service-linked role is not made.
 */
#include "accessanalyzer_priv.h"

#include "plinth/base/time.h"

#include <string.h>

enum {
    ACCOUNT_ANALYZERS_MOST = 1,      /* of a type, account and region */
    ORGANIZATION_ANALYZERS_MOST = 5, /* likewise; internal access: one of the organization */
    TAGS_MOST = 50,
    PAGE = 100,
    AGE_LEAST = 1,
    AGE_MOST = 365,
    AGE_DEFAULT = 90,
    READY_S_LEAST = 5,
    READY_S_RANGE = 20,
};

static const char principal[] = "access-analyzer.amazonaws.com";

int analyzer_invalid(struct sim_call *call, const char *text)
{
    (void)sim_error(call, "ValidationException", 400, "%s", text);
    sim_error_put(call, "reason", "fieldValidationFailed");
    return -1;
}

int analyzer_error(struct sim_call *call, const char *code, int status, const char *text,
                   const char *type, const char *id)
{
    (void)sim_error(call, code, status, "%s", text);
    sim_error_put(call, "resourceId", id);
    sim_error_put(call, "resourceType", type);
    return -1;
}

/* --- Analyzers -----------------------------------------------------------------------------------
 */

static bool is_organization_type(const char *type)
{
    return str_starts(type, "ORGANIZATION");
}

struct json *analyzer_find(struct sim_call *call, const char *name)
{
    struct json *analyzer = sim_get(call, call->account, call->region, "analyzer", name);

    if (analyzer == NULL)
        (void)analyzer_error(call, "ResourceNotFoundException", 404, "Analyzer not found",
                             "ANALYZER", name);
    return analyzer;
}

/* Why an analyzer of an organization does not work; NULL: it does. */
static const char *disabled_reason(struct sim_call *call)
{
    struct sim_organization own;

    if (!sim_organization_of(call, call->account, &own))
        return "ORGANIZATION_DELETED";
    if (!sim_service_trusted(call, own.management, principal))
        return "AWS_SERVICE_ACCESS_DISABLED";
    if (!str_eq(call->account, own.management) &&
        !sim_is_delegated(call, own.management, principal, call->account))
        return "DELEGATED_ADMINISTRATOR_DEREGISTERED";
    return NULL;
}

bool analyzer_is_repeated(const struct sim_call *call, const struct json *record)
{
    const char *token = sim_param(call, "clientToken");

    return token != NULL && str_eq(json_str(record, "_token"), token);
}

void analyzer_put_now(const struct sim_call *call, struct json *object, const char *key)
{
    char text[TIME_TEXT_BYTES];

    time_rfc3339(call->now_ms, text);
    sim_set_str(object, key, text);
}

static struct json *shown(struct sim_call *call, struct json *analyzer)
{
    const char *reason =
        is_organization_type(json_str(analyzer, "type")) ? disabled_reason(call) : NULL;

    json_put_str(analyzer, "status",
                 reason != NULL              ? "DISABLED"
                 : sim_ready(call, analyzer) ? "ACTIVE"
                                             : "CREATING");
    if (reason != NULL)
        json_put_str(json_put_object(analyzer, "statusReason"), "code", reason);
    return analyzer;
}

/* --- What an analyzer is made of --- */

static int check_unused(struct sim_call *call, const struct json *unused)
{
    const struct sim_rule age = {
        .name = "unusedAccessAge", .number = true, .min = AGE_LEAST, .max = AGE_MOST};

    return sim_check(call, &age, json_get(unused, "unusedAccessAge"));
}

static int check_internal(struct sim_call *call, const struct json *internal)
{
    const struct sim_rule type = {
        .name = "resourceTypes",
        .values = "AWS::S3::Bucket|AWS::S3Express::DirectoryBucket|AWS::RDS::DBSnapshot|"
                  "AWS::RDS::DBClusterSnapshot|AWS::DynamoDB::Table|AWS::DynamoDB::Stream"};
    const struct json *rules = json_path(internal, "analysisRule", "inclusions", NULL);

    for (const struct json *rule = json_first(rules); rule != NULL; rule = rule->next)
        for (const struct json *it = json_first(json_get(rule, "resourceTypes")); it != NULL;
             it = it->next)
            if (sim_check(call, &type, it) != 0)
                return analyzer_invalid(call,
                                        "Invalid InternalAccessAnalysisRuleCriteria: the provided "
                                        "resourceType is invalid");
    return 0;
}

/* The configuration of an analyzer of `type`; NULL: it has none.  -1: the error is set. */
static int configuration_of(struct sim_call *call, const char *type, const struct json **out)
{
    const struct json *given = json_get(call->params, "configuration");
    const struct json *unused = json_get(given, "unusedAccess");
    const struct json *internal = json_get(given, "internalAccess");
    bool wants_unused = str_ends(type, "_UNUSED_ACCESS");
    bool wants_internal = str_ends(type, "_INTERNAL_ACCESS");
    struct json *configuration = json_object(call->arena);

    *out = NULL;
    if ((unused != NULL && !wants_unused) || (internal != NULL && !wants_internal))
        return analyzer_invalid(call, "The configuration does not fit the type of the analyzer");
    if (check_unused(call, unused) != 0 || check_internal(call, internal) != 0)
        return -1;
    if (wants_unused) {
        struct json *copy =
            unused == NULL ? json_object(call->arena) : json_copy(unused, call->arena);

        sim_set_number(copy, "unusedAccessAge",
                       json_number(unused, "unusedAccessAge", AGE_DEFAULT));
        json_put(configuration, "unusedAccess", copy);
    } else if (wants_internal && internal != NULL) {
        json_put(configuration, "internalAccess", internal);
    }
    if (configuration->count > 0)
        *out = configuration;
    return 0;
}

static int check_tags(struct sim_call *call, const struct json *tags)
{
    if (tags != NULL && tags->count > TAGS_MOST)
        return analyzer_invalid(call, "Too many tags");
    for (const struct json *tag = json_first(tags); tag != NULL; tag = tag->next)
        if (tag->key[0] == '\0' || strlen(tag->key) > 128 || str_starts(tag->key, "aws:") ||
            tag->string == NULL || strlen(tag->string) > 256)
            return analyzer_invalid(call, "A tag is invalid");
    return 0;
}

/* Whether the caller may have an analyzer of this type at all. */
static int check_zone(struct sim_call *call, const char *type)
{
    struct sim_organization own;

    if (!is_organization_type(type))
        return 0;
    if (!sim_organization_of(call, call->account, &own) ||
        !sim_service_trusted(call, own.management, principal))
        return analyzer_invalid(call, "Service not enabled for AWS Organizations");
    if (disabled_reason(call) != NULL)
        return sim_error(call, "AccessDeniedException", 403,
                         "Account %s is not the management account or the delegated administrator",
                         call->account);
    return 0;
}

static const char *management_of(struct sim_call *call)
{
    struct sim_organization own;

    return sim_organization_of(call, call->account, &own) ? own.management : call->account;
}

static int check_quota(struct sim_call *call, const char *type, const char *name)
{
    size_t have = 0;
    size_t most = is_organization_type(type) ? ORGANIZATION_ANALYZERS_MOST : ACCOUNT_ANALYZERS_MOST;

    for (const struct sim_record *it = sim_first(call, call->account, call->region, "analyzer");
         it != NULL; it = sim_store_next(it))
        have += str_eq(json_str(sim_record_json(it, call->arena), "type"), type);
    if (str_eq(type, "ORGANIZATION_INTERNAL_ACCESS") &&
        sim_has(call, management_of(call), call->region, "internal-analyzer", "self"))
        have = most;
    if (have < most)
        return 0;
    return analyzer_error(call, "ServiceQuotaExceededException", 402,
                          "The maximum number of analyzers of this type is reached", "ANALYZER",
                          name);
}

/* --- Operations --- */

static void put_analyzer(struct sim_call *call, const char *name, const struct json *configuration)
{
    const char *type = sim_param(call, "type");
    const struct json *tags = json_get(call->params, "tags");
    struct json *analyzer = json_object(call->arena), *holder;
    double seconds = READY_S_LEAST + (double)rng_below(call->sim->env->rng, READY_S_RANGE);

    json_put_str(
        analyzer, "arn",
        sim_arn(call, "access-analyzer", call->region, call->account, "analyzer/%s", name));
    json_put_str(analyzer, "name", name);
    json_put_str(analyzer, "type", type);
    analyzer_put_now(call, analyzer, "createdAt");
    json_put(analyzer, "tags", tags == NULL ? json_object(call->arena) : tags);
    if (configuration != NULL)
        json_put(analyzer, "configuration", configuration);
    json_put_str(analyzer, "_token", sim_param(call, "clientToken"));
    json_put_number(analyzer, "_ready_ms", (double)sim_due_ms(call, seconds));
    sim_put(call, call->account, call->region, "analyzer", name, analyzer);
    if (str_eq(type, "ORGANIZATION_INTERNAL_ACCESS")) {
        holder = json_object(call->arena);
        json_put_str(holder, "account", call->account);
        json_put_str(holder, "name", name);
        sim_put(call, management_of(call), call->region, "internal-analyzer", "self", holder);
    }
    json_put_str(call->answer, "arn", json_str(analyzer, "arn"));
}

static int create_analyzer(struct sim_call *call)
{
    const char *name = sim_param(call, "analyzerName"), *type = sim_param(call, "type");
    const struct json *rules = json_get(call->params, "archiveRules");
    const struct json *there = sim_get(call, call->account, call->region, "analyzer", name);
    const struct json *configuration;

    if (there != NULL && analyzer_is_repeated(call, there)) {
        json_put_str(call->answer, "arn", json_str(there, "arn"));
        return 0;
    }
    if (strchr("-.0123456789", name[0]) != NULL)
        return analyzer_invalid(call, "The name of an analyzer begins with a letter or _");
    if (check_zone(call, type) != 0 || configuration_of(call, type, &configuration) != 0 ||
        check_tags(call, json_get(call->params, "tags")) != 0 ||
        analyzer_check_rules(call, rules) != 0)
        return -1;
    if (there != NULL)
        return analyzer_error(call, "ConflictException", 409,
                              "An analyzer with that name already exists", "ANALYZER", name);
    if (check_quota(call, type, name) != 0)
        return -1;
    put_analyzer(call, name, configuration);
    for (const struct json *it = json_first(rules); it != NULL; it = it->next)
        analyzer_put_rule(call, name, it);
    return 0;
}

static int get_analyzer(struct sim_call *call)
{
    struct json *analyzer = analyzer_find(call, sim_param(call, "analyzerName"));

    if (analyzer == NULL)
        return -1;
    json_put(call->answer, "analyzer", shown(call, analyzer));
    return 0;
}

static int list_analyzers(struct sim_call *call)
{
    struct sim_page page = {.list = "analyzers",
                            .size = PAGE,
                            .size_param = "maxResults",
                            .token_in = "nextToken",
                            .token_out = "nextToken"};
    const char *type = sim_param(call, "type");

    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, "analyzer");
         it != NULL; it = sim_page_next(&page, it)) {
        struct json *analyzer = sim_record_json(it, call->arena);

        if (type == NULL || str_eq(type, json_str(analyzer, "type")))
            json_add(page.items, shown(call, analyzer));
    }
    return 0;
}

static int update_analyzer(struct sim_call *call)
{
    const char *name = sim_param(call, "analyzerName");
    struct json *analyzer = analyzer_find(call, name);
    const struct json *configuration;
    const char *type;

    if (analyzer == NULL)
        return -1;
    type = json_str(analyzer, "type");
    if (str_eq(type, "ACCOUNT") || str_eq(type, "ORGANIZATION"))
        return analyzer_invalid(call, "External access analyzers cannot be updated");
    if (configuration_of(call, type, &configuration) != 0)
        return -1;
    if (json_get(call->params, "configuration") != NULL && configuration != NULL)
        sim_set(analyzer, "configuration", configuration);
    sim_put(call, call->account, call->region, "analyzer", name, analyzer);
    if (json_get(analyzer, "configuration") != NULL)
        json_put(call->answer, "configuration", json_get(analyzer, "configuration"));
    return 0;
}

static int delete_analyzer(struct sim_call *call)
{
    const char *name = sim_param(call, "analyzerName");
    const struct json *analyzer = analyzer_find(call, name);

    if (analyzer == NULL)
        return -1;
    analyzer_delete_rules(call, name);
    if (str_eq(json_str(analyzer, "type"), "ORGANIZATION_INTERNAL_ACCESS"))
        (void)sim_delete(call, management_of(call), call->region, "internal-analyzer", "self");
    (void)sim_delete(call, call->account, call->region, "analyzer", name);
    return 0;
}

/* --- Tags ----------------------------------------------------------------------------------------
 */

/* The analyzer of the parameter resourceArn; NULL with the error set. */
static struct json *tagged_find(struct sim_call *call)
{
    const char *arn = sim_param(call, "resourceArn");
    const char *slash = strrchr(arn, '/');
    const char *name = slash == NULL ? "" : slash + 1;

    if (!str_eq(arn, sim_arn(call, "access-analyzer", call->region, call->account, "analyzer/%s",
                             name))) {
        (void)analyzer_error(call, "ResourceNotFoundException", 404, "Resource not found",
                             "ANALYZER", arn);
        return NULL;
    }
    return analyzer_find(call, name);
}

static void tags_put(struct sim_call *call, struct json *analyzer, const struct json *tags)
{
    sim_set(analyzer, "tags", tags);
    sim_put(call, call->account, call->region, "analyzer", json_str(analyzer, "name"), analyzer);
}

static int tag_resource(struct sim_call *call)
{
    const struct json *given = json_get(call->params, "tags");
    struct json *analyzer = tagged_find(call), *tags;

    if (analyzer == NULL || check_tags(call, given) != 0)
        return -1;
    tags = json_copy(json_get(analyzer, "tags"), call->arena);
    for (const struct json *tag = json_first(given); tag != NULL; tag = tag->next)
        sim_set_str(tags, tag->key, tag->string);
    if (check_tags(call, tags) != 0)
        return -1;
    tags_put(call, analyzer, tags);
    return 0;
}

static int untag_resource(struct sim_call *call)
{
    const struct json *keys = json_get(call->params, "tagKeys");
    struct json *analyzer = tagged_find(call), *tags;

    if (analyzer == NULL)
        return -1;
    tags = json_copy(json_get(analyzer, "tags"), call->arena);
    if (keys->type == JSON_STRING)
        json_remove(tags, keys->string);
    for (const struct json *key = json_first(keys); key != NULL; key = key->next)
        json_remove(tags, key->string);
    tags_put(call, analyzer, tags);
    return 0;
}

static int list_tags_for_resource(struct sim_call *call)
{
    const struct json *analyzer = tagged_find(call);

    if (analyzer == NULL)
        return -1;
    json_put(call->answer, "tags", json_get(analyzer, "tags"));
    return 0;
}

/* --- The tables ----------------------------------------------------------------------------------
 */

#define TYPES                                                                                      \
    "ACCOUNT|ORGANIZATION|ACCOUNT_UNUSED_ACCESS|ORGANIZATION_UNUSED_ACCESS|"                       \
    "ACCOUNT_INTERNAL_ACCESS|ORGANIZATION_INTERNAL_ACCESS"
static const struct sim_rule create_rules[] = {
    ANALYZER_NAME_RULE, {.name = "type", .required = true, .values = TYPES}, ANALYZER_RULES_END};
static const struct sim_rule name_rules[] = {ANALYZER_NAME_RULE, ANALYZER_RULES_END};
static const struct sim_rule list_rules[] = {{.name = "type", .values = TYPES}, ANALYZER_RULES_END};
static const struct sim_rule tag_rules[] = {{.name = "resourceArn", .required = true, .min = 1},
                                            {.name = "tags", .required = true},
                                            ANALYZER_RULES_END};
static const struct sim_rule untag_rules[] = {{.name = "resourceArn", .required = true, .min = 1},
                                              {.name = "tagKeys", .required = true},
                                              ANALYZER_RULES_END};
static const struct sim_rule arn_rules[] = {{.name = "resourceArn", .required = true, .min = 1},
                                            ANALYZER_RULES_END};

static const char analyzers_uri[] = "/analyzer", analyzer_uri[] = "/analyzer/{analyzerName}",
                  tags_uri[] = "/tags/{resourceArn}";

static const struct sim_operation operations[] = {
    ANALYZER_OPERATION("CreateAnalyzer", "PUT", analyzers_uri, create_analyzer, SIM_WRITE,
                       create_rules),
    ANALYZER_OPERATION("GetAnalyzer", "GET", analyzer_uri, get_analyzer, SIM_READ, name_rules),
    ANALYZER_OPERATION("ListAnalyzers", "GET", analyzers_uri, list_analyzers, SIM_READ, list_rules),
    ANALYZER_OPERATION("UpdateAnalyzer", "PUT", analyzer_uri, update_analyzer, SIM_WRITE,
                       name_rules),
    ANALYZER_OPERATION("DeleteAnalyzer", "DELETE", analyzer_uri, delete_analyzer, SIM_WRITE,
                       name_rules),
    ANALYZER_OPERATION("TagResource", "POST", tags_uri, tag_resource, SIM_WRITE, tag_rules),
    ANALYZER_OPERATION("UntagResource", "DELETE", tags_uri, untag_resource, SIM_WRITE, untag_rules),
    ANALYZER_OPERATION("ListTagsForResource", "GET", tags_uri, list_tags_for_resource, SIM_READ,
                       arn_rules),
    ANALYZER_RULES_END,
};

const struct sim_service sim_service_accessanalyzer = {
    .name = "accessanalyzer",
    .signing_name = "access-analyzer",
    .endpoint = "access-analyzer",
    .protocol = SIM_REST_JSON,
    .bad_input = "ValidationException",
    .throttled = "ThrottlingException",
    .throttled_status = 429,
    .operations = {operations, accessanalyzer_rule_operations},
};
