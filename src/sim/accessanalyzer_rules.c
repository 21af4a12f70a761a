/*
 * accessanalyzer_rules.c - archive rules of analyzers.
 *
 * Source: docs.aws.amazon.com/access-analyzer/latest/APIReference, API version 2019-11-01; IAM User
 *         Guide, "IAM Access Analyzer quotas".
 * Limits: of the keys of a filter any is taken.
 */
#include "accessanalyzer_priv.h"

#include <string.h>

enum { RULES_MOST = 100, VALUES_MOST = 20, PAGE = 100 };

const char *analyzer_rules_kind(struct sim_call *call, const char *analyzer)
{
    return arena_printf(call->arena, "archive-rule/%s", analyzer);
}

/* Every criterion needs an operator, and of values 1 to 20. */
static int check_filter(struct sim_call *call, const struct json *filter)
{
    static const char *const operators[] = {"eq", "neq", "contains"};

    if (filter == NULL || filter->type != JSON_OBJECT || filter->count == 0)
        return analyzer_invalid(call, "A filter needs a criterion");
    for (const struct json *it = json_first(filter); it != NULL; it = it->next) {
        bool any = json_get(it, "exists") != NULL;

        for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
            const struct json *values = json_get(it, operators[i]);

            if (values != NULL && (values->count < 1 || values->count > VALUES_MOST))
                return analyzer_invalid(call, "A criterion has 1 to 20 values");
            any = any || values != NULL;
        }
        if (!any)
            return analyzer_invalid(call, "A criterion needs an operator");
    }
    return 0;
}

int analyzer_check_rules(struct sim_call *call, const struct json *rules)
{
    const struct sim_rule name = ARCHIVE_RULE_NAME_RULE;

    if (rules != NULL && rules->count > RULES_MOST)
        return analyzer_error(call, "ServiceQuotaExceededException", 402,
                              "The maximum number of archive rules is reached", "ARCHIVE_RULE",
                              sim_param(call, "analyzerName"));
    for (const struct json *it = json_first(rules); it != NULL; it = it->next)
        if (sim_check(call, &name, json_get(it, "ruleName")) != 0 ||
            check_filter(call, json_get(it, "filter")) != 0)
            return -1;
    return 0;
}

void analyzer_put_rule(struct sim_call *call, const char *analyzer, const struct json *given)
{
    struct json *rule = json_object(call->arena);

    json_put_str(rule, "ruleName", json_str(given, "ruleName"));
    json_put(rule, "filter", json_get(given, "filter"));
    analyzer_put_now(call, rule, "createdAt");
    analyzer_put_now(call, rule, "updatedAt");
    json_put_str(rule, "_token", json_str(given, "clientToken"));
    sim_put(call, call->account, call->region, analyzer_rules_kind(call, analyzer),
            json_str(given, "ruleName"), rule);
}

void analyzer_delete_rules(struct sim_call *call, const char *analyzer)
{
    const char *kind = analyzer_rules_kind(call, analyzer);
    const struct sim_record *it;

    while ((it = sim_first(call, call->account, call->region, kind)) != NULL)
        (void)sim_delete(call, call->account, call->region, kind, sim_record_id(it));
}

/* --- Operations --- */

/* NULL with the error set. */
static struct json *rule_find(struct sim_call *call)
{
    const char *analyzer = sim_param(call, "analyzerName"), *name = sim_param(call, "ruleName");
    struct json *rule;

    if (analyzer_find(call, analyzer) == NULL)
        return NULL;
    rule = sim_get(call, call->account, call->region, analyzer_rules_kind(call, analyzer), name);
    if (rule == NULL)
        (void)analyzer_error(call, "ResourceNotFoundException", 404, "Archive rule not found",
                             "ARCHIVE_RULE", name);
    return rule;
}

static int create_archive_rule(struct sim_call *call)
{
    const char *analyzer = sim_param(call, "analyzerName"), *name = sim_param(call, "ruleName");
    const char *kind = analyzer_rules_kind(call, analyzer);
    const struct json *there;

    if (analyzer_find(call, analyzer) == NULL ||
        check_filter(call, json_get(call->params, "filter")) != 0)
        return -1;
    there = sim_get(call, call->account, call->region, kind, name);
    if (there != NULL && analyzer_is_repeated(call, there))
        return 0;
    if (strchr("-._0123456789", name[0]) != NULL)
        return analyzer_invalid(call, "The name of an archive rule begins with a letter");
    if (there != NULL)
        return analyzer_error(call, "ConflictException", 409,
                              "An archive rule with that name already exists", "ARCHIVE_RULE",
                              name);
    if (sim_store_count(call->sim->store, call->account, call->region, kind) >= RULES_MOST)
        return analyzer_error(call, "ServiceQuotaExceededException", 402,
                              "The maximum number of archive rules is reached", "ARCHIVE_RULE",
                              name);
    analyzer_put_rule(call, analyzer, call->params);
    return 0;
}

static int update_archive_rule(struct sim_call *call)
{
    struct json *rule = rule_find(call);

    if (rule == NULL || check_filter(call, json_get(call->params, "filter")) != 0)
        return -1;
    sim_set(rule, "filter", json_get(call->params, "filter"));
    analyzer_put_now(call, rule, "updatedAt");
    sim_put(call, call->account, call->region,
            analyzer_rules_kind(call, sim_param(call, "analyzerName")), sim_param(call, "ruleName"),
            rule);
    return 0;
}

static int get_archive_rule(struct sim_call *call)
{
    const struct json *rule = rule_find(call);

    if (rule == NULL)
        return -1;
    json_put(call->answer, "archiveRule", rule);
    return 0;
}

static int list_archive_rules(struct sim_call *call)
{
    struct sim_page page = {.list = "archiveRules",
                            .size = PAGE,
                            .size_param = "maxResults",
                            .token_in = "nextToken",
                            .token_out = "nextToken"};
    const char *analyzer = sim_param(call, "analyzerName");

    if (analyzer_find(call, analyzer) == NULL || sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it = sim_page_first(&page, call->account, call->region,
                                                      analyzer_rules_kind(call, analyzer));
         it != NULL; it = sim_page_next(&page, it))
        json_add(page.items, sim_record_json(it, call->arena));
    return 0;
}

static int delete_archive_rule(struct sim_call *call)
{
    if (rule_find(call) == NULL)
        return -1;
    (void)sim_delete(call, call->account, call->region,
                     analyzer_rules_kind(call, sim_param(call, "analyzerName")),
                     sim_param(call, "ruleName"));
    return 0;
}

static const struct sim_rule analyzer_rules[] = {ANALYZER_NAME_RULE, ANALYZER_RULES_END};
static const struct sim_rule rule_rules[] = {ANALYZER_NAME_RULE, ARCHIVE_RULE_NAME_RULE,
                                             ANALYZER_RULES_END};
static const struct sim_rule filter_rules[] = {ANALYZER_NAME_RULE,
                                               ARCHIVE_RULE_NAME_RULE,
                                               {.name = "filter", .required = true},
                                               ANALYZER_RULES_END};

static const char rules_uri[] = "/analyzer/{analyzerName}/archive-rule",
                  rule_uri[] = "/analyzer/{analyzerName}/archive-rule/{ruleName}";

const struct sim_operation accessanalyzer_rule_operations[] = {
    ANALYZER_OPERATION("CreateArchiveRule", "PUT", rules_uri, create_archive_rule, SIM_WRITE,
                       filter_rules),
    ANALYZER_OPERATION("UpdateArchiveRule", "PUT", rule_uri, update_archive_rule, SIM_WRITE,
                       filter_rules),
    ANALYZER_OPERATION("GetArchiveRule", "GET", rule_uri, get_archive_rule, SIM_READ, rule_rules),
    ANALYZER_OPERATION("ListArchiveRules", "GET", rules_uri, list_archive_rules, SIM_READ,
                       analyzer_rules),
    ANALYZER_OPERATION("DeleteArchiveRule", "DELETE", rule_uri, delete_archive_rule, SIM_WRITE,
                       rule_rules),
    ANALYZER_RULES_END,
};
