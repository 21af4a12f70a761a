/*
 * access_analyzer.c - control "access_analyzer": analyzers of the organization, in every region of
 * the security account.
 *
 * Baseline:  access_analyzer: { unused_access: { days: 90 }, archive_rules: { ... } }
 * Source:    docs.aws.amazon.com/access-analyzer/latest/APIReference, API version 2019-11-01.  A
 *            second analyzer of a type reports, and costs, the same again: one that is there
 *            already under another name is used and not doubled.
 * Limits:    archive rules carry no tag, so none is ever deleted; those that the baseline does not
 *            name are left alone.  Exclusions of an unused-access analyzer are kept as they are.
 */
#include "access_analyzer_settings.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"
#include "plinth/fiber/fiber.h"

#include <string.h>

enum { POLL_MS = 3000, POLLS_MOST = 60 };

enum { STEP_DELETE, STEP_CREATE, STEP_CONFIGURE, STEP_AWAIT, STEP_ADD_RULE, STEP_CHANGE_RULE };

struct analyzer_live {
    const struct json *summary; /* NULL: there is none */
    const char *name;
    bool ours;
    const struct json *rules; /* read if the baseline has some for it */
};

struct analyzers_seen {
    struct analyzer_live live[ANALYZER_KIND_COUNT];
};

static const struct {
    const char *type, *suffix;
} kinds[ANALYZER_KIND_COUNT] = {
    [ANALYZER_EXTERNAL] = {"ORGANIZATION", "external-access"},
    [ANALYZER_UNUSED] = {"ORGANIZATION_UNUSED_ACCESS", "unused-access"},
    [ANALYZER_INTERNAL] = {"ORGANIZATION_INTERNAL_ACCESS", "internal-access"},
};

static const enum aws_op analyzer_ops[] = {
    AWS_ACCESSANALYZER_LIST_ANALYZERS,
    AWS_ACCESSANALYZER_GET_ANALYZER,
    AWS_ACCESSANALYZER_LIST_ARCHIVE_RULES,
    AWS_ACCESSANALYZER_CREATE_ANALYZER,
    AWS_ACCESSANALYZER_UPDATE_ANALYZER,
    AWS_ACCESSANALYZER_DELETE_ANALYZER,
    AWS_ACCESSANALYZER_CREATE_ARCHIVE_RULE,
    AWS_ACCESSANALYZER_UPDATE_ARCHIVE_RULE,
    AWS_OP_NONE,
};

/* --- Wanted --------------------------------------------------------------------------------------
 */

static bool is_wanted(const struct control_ctx *ctx, enum analyzer_kind kind)
{
    const struct analyzer_spec *spec = ctx->spec;
    const char *regions = kind == ANALYZER_EXTERNAL                         ? "all"
                          : kind == ANALYZER_UNUSED && spec->unused != NULL ? spec->unused->regions
                          : kind == ANALYZER_INTERNAL && spec->internal != NULL
                              ? spec->internal->regions
                              : NULL;

    return str_eq(regions, "all") ||
           (str_eq(regions, "home") && str_eq(ctx->region, ctx->baseline->home_region));
}

static const char *wanted_name(const struct control_ctx *ctx, enum analyzer_kind kind)
{
    const struct analyzer_spec *spec = ctx->spec;

    return arena_printf(ctx->arena, "%s-%s", spec->name, kinds[kind].suffix);
}

static bool has_rules(const struct analyzer_spec *spec, enum analyzer_kind kind)
{
    for (size_t i = 0; i < spec->rules.count; i++)
        if (analyzer_rule_is_of(analyzer_rule_at(spec, i), kind))
            return true;
    return false;
}

static struct json *wanted_types(const struct control_ctx *ctx)
{
    const struct analyzer_spec *spec = ctx->spec;
    struct json *types = json_array(ctx->arena);

    for (size_t i = 0; i < spec->internal->resource_types.count; i++)
        json_add_str(types, spec->internal->resource_types.items[i]);
    return types;
}

/* What the analyzer is told to do; NULL for external access, which takes nothing.  What `live` has
 * and the baseline does not speak of stays. */
static struct json *configuration_of(const struct control_ctx *ctx, enum analyzer_kind kind,
                                     const struct json *live)
{
    const struct analyzer_spec *spec = ctx->spec;
    const struct json *exclusions = json_path(live, "unusedAccess", "analysisRule", NULL);
    struct json *configuration = json_object(ctx->arena), *inner;

    if (kind == ANALYZER_EXTERNAL)
        return NULL;
    if (kind == ANALYZER_UNUSED) {
        inner = json_put_object(configuration, "unusedAccess");
        json_put_number(inner, "unusedAccessAge", (double)spec->unused->days);
        if (exclusions != NULL)
            json_put(inner, "analysisRule", exclusions);
        return configuration;
    }
    inner = json_put_object(json_put_object(configuration, "internalAccess"), "analysisRule");
    json_put(json_add_object(json_put_array(inner, "inclusions")), "resourceTypes",
             wanted_types(ctx));
    return configuration;
}

/* --- Live ----------------------------------------------------------------------------------------
 */

static bool is_working(const struct json *analyzer)
{
    return str_eq(json_str(analyzer, "status"), "ACTIVE") ||
           str_eq(json_str(analyzer, "status"), "CREATING");
}

/* The analyzer of that type to go by: ours, else one of somebody else's that works. */
static void pick(const struct control_ctx *ctx, const struct json *list, enum analyzer_kind kind,
                 struct analyzer_live *out)
{
    for (const struct json *it = json_first(list); it != NULL; it = it->next) {
        bool ours = str_eq(json_str(json_get(it, "tags"), CONTROL_TAG_KEY), ctx->baseline->name);

        if (!str_eq(json_str(it, "type"), kinds[kind].type) || out->ours ||
            (!ours && (out->summary != NULL || !is_wanted(ctx, kind) || !is_working(it))))
            continue;
        *out = (struct analyzer_live){.summary = it, .name = json_str(it, "name"), .ours = ours};
    }
}

/* A name is of one analyzer, whatever its type. */
static int check_name_is_free(const struct control_ctx *ctx, const struct json *list,
                              enum analyzer_kind kind, struct err *err)
{
    const char *name = wanted_name(ctx, kind);

    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (str_eq(json_str(it, "name"), name))
            return err_set(err, ERR_CONFLICT,
                           "analyzer %s exists in %s, is %s of type %s and not this baseline's (no "
                           "tag %s=%s); delete it, or give access_analyzer another name",
                           name, ctx->region, json_str(it, "status"), json_str(it, "type"),
                           CONTROL_TAG_KEY, ctx->baseline->name);
    return 0;
}

static int read_rules(struct control_ctx *ctx, struct analyzer_live *live, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "analyzerName", live->name);
    return aws_list(ctx->target, AWS_ACCESSANALYZER_LIST_ARCHIVE_RULES, params, ctx->arena,
                    &live->rules, err);
}

static int analyzer_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct analyzers_seen *seen = out_seen;
    const struct json *list;

    if (aws_list(ctx->target, AWS_ACCESSANALYZER_LIST_ANALYZERS, NULL, ctx->arena, &list, err) != 0)
        return -1;
    for (enum analyzer_kind kind = 0; kind < ANALYZER_KIND_COUNT; kind++) {
        struct analyzer_live *live = &seen->live[kind];

        pick(ctx, list, kind, live);
        if (!is_wanted(ctx, kind))
            continue;
        if (live->summary == NULL && check_name_is_free(ctx, list, kind, err) != 0)
            return -1;
        if (live->summary != NULL && has_rules(ctx->spec, kind) && read_rules(ctx, live, err) != 0)
            return -1;
    }
    return 0;
}

/* --- Compare -------------------------------------------------------------------------------------
 */

static const char *days_text(struct arena *arena, const struct json *configuration)
{
    double days = json_number(json_get(configuration, "unusedAccess"), "unusedAccessAge", 0);

    return days == 0 ? NULL : arena_printf(arena, "%.0f", days);
}

static const struct json *inclusions_of(const struct json *configuration)
{
    return json_path(configuration, "internalAccess", "analysisRule", "inclusions", NULL);
}

static bool same_inclusions(const struct json *have, const struct json *want)
{
    const struct json *only = json_first(have);

    return only != NULL && have->count == 1 && only->count == 1 &&
           analyzer_list_equal(json_get(only, "resourceTypes"),
                               json_get(json_first(want), "resourceTypes"));
}

static void configuration_fields(struct change *change, enum analyzer_kind kind,
                                 const struct json *have, const struct json *want)
{
    if (kind == ANALYZER_UNUSED)
        change_field(change, "days", days_text(change->arena, have),
                     days_text(change->arena, want));
    if (kind == ANALYZER_INTERNAL)
        change_field(change, "resources",
                     inclusions_of(have) == NULL ? NULL
                                                 : json_text(inclusions_of(have), change->arena),
                     json_text(inclusions_of(want), change->arena));
}

static void diff_absent(const struct control_ctx *ctx, enum analyzer_kind kind, struct changes *out)
{
    const struct analyzer_spec *spec = ctx->spec;
    struct change *change = changes_add(out, CHANGE_CREATE, STEP_CREATE, &kinds[kind],
                                        "analyzer %s", wanted_name(ctx, kind));

    change_field(change, "type", NULL, kinds[kind].type);
    configuration_fields(change, kind, NULL, configuration_of(ctx, kind, NULL));
    for (size_t i = 0; i < spec->rules.count; i++) {
        const struct analyzer_rule *rule = analyzer_rule_at(spec, i);

        if (analyzer_rule_is_of(rule, kind))
            change_field(change, arena_printf(change->arena, "archive rule %s", rule->name), NULL,
                         json_text(analyzer_rule_filter(rule, ctx->arena), ctx->arena));
    }
}

static void diff_configuration(const struct control_ctx *ctx, enum analyzer_kind kind,
                               const struct analyzer_live *live, struct changes *out)
{
    const struct json *have = json_get(live->summary, "configuration");
    const struct json *want = configuration_of(ctx, kind, have);
    bool same = kind == ANALYZER_UNUSED
                    ? str_eq(days_text(ctx->arena, have), days_text(ctx->arena, want))
                    : kind == ANALYZER_EXTERNAL ||
                          same_inclusions(inclusions_of(have), inclusions_of(want));

    if (!same)
        configuration_fields(changes_add(out, CHANGE_UPDATE, STEP_CONFIGURE, &kinds[kind],
                                         "analyzer %s", live->name),
                             kind, have, want);
}

static void diff_rules(const struct control_ctx *ctx, enum analyzer_kind kind,
                       const struct analyzer_live *live, struct changes *out)
{
    const struct analyzer_spec *spec = ctx->spec;

    for (size_t i = 0; i < spec->rules.count; i++) {
        const struct analyzer_rule *rule = analyzer_rule_at(spec, i);
        const struct json *want, *have = json_first(live->rules);
        bool exists;

        if (!analyzer_rule_is_of(rule, kind))
            continue;
        while (have != NULL && !str_eq(json_str(have, "ruleName"), rule->name))
            have = have->next;
        exists = have != NULL;
        want = analyzer_rule_filter(rule, ctx->arena);
        have = json_get(have, "filter");
        if (exists && analyzer_filter_equal(have, want))
            continue;
        change_field(changes_add(out, exists ? CHANGE_UPDATE : CHANGE_CREATE,
                                 exists ? STEP_CHANGE_RULE : STEP_ADD_RULE, rule,
                                 "archive rule %s of analyzer %s", rule->name, live->name),
                     "filter", exists ? json_text(have, ctx->arena) : NULL,
                     json_text(want, ctx->arena));
    }
}

static void diff_unwanted(const struct control_ctx *ctx, enum analyzer_kind kind,
                          const struct analyzer_live *live, struct changes *out)
{
    if (ctx->prune)
        change_field(
            changes_add(out, CHANGE_DELETE, STEP_DELETE, &kinds[kind], "analyzer %s", live->name),
            "type", kinds[kind].type, NULL);
    else
        changes_note(out,
                     "analyzer %s is not in the baseline any more; apply --prune deletes it, with "
                     "its findings",
                     live->name);
}

static void analyzer_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct analyzers_seen *seen = have;

    for (enum analyzer_kind kind = 0; kind < ANALYZER_KIND_COUNT; kind++) {
        const struct analyzer_live *live = &seen->live[kind];
        const char *status = json_str(live->summary, "status");

        if (!is_wanted(ctx, kind)) {
            if (live->ours)
                diff_unwanted(ctx, kind, live, out);
            continue;
        }
        if (live->summary == NULL) {
            diff_absent(ctx, kind, out);
            continue;
        }
        if (!live->ours)
            changes_note(out,
                         "analyzer %s was there before: it is used in the place of %s, and never "
                         "deleted",
                         live->name, wanted_name(ctx, kind));
        if (!str_eq(status, "ACTIVE"))
            change_field(changes_add(out, CHANGE_UPDATE, STEP_AWAIT, &kinds[kind], "analyzer %s",
                                     live->name),
                         "status", status, "ACTIVE");
        diff_configuration(ctx, kind, live, out);
        diff_rules(ctx, kind, live, out);
    }
}

/* --- Change --------------------------------------------------------------------------------------
 */

/* Wait until it works.  What was disabled works again when the delegation is back. */
static int await_active(struct control_ctx *ctx, const char *name, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const char *status = NULL, *reason = NULL;

    json_put_str(params, "analyzerName", name);
    for (int i = 0; i < POLLS_MOST; i++) {
        const struct json *answer;

        if (i > 0 && fiber_sleep_ms(aws_client_sched(ctx->target->client), POLL_MS, err) != 0)
            return -1;
        if (aws_call(ctx->target, AWS_ACCESSANALYZER_GET_ANALYZER, params, ctx->arena, &answer,
                     err) != 0)
            return -1;
        answer = json_get(answer, "analyzer");
        status = json_str(answer, "status");
        reason = json_str(json_get(answer, "statusReason"), "code");
        if (str_eq(status, "ACTIVE"))
            return 0;
        if (str_eq(status, "FAILED"))
            break;
    }
    return err_set(err, ERR_PENDING, "analyzer %s is %s%s%s%s", name,
                   status == NULL ? "in no state" : status, reason == NULL ? "" : " (",
                   reason == NULL ? "" : reason, reason == NULL ? "" : ")");
}

static int create_analyzer(struct control_ctx *ctx, enum analyzer_kind kind, struct err *err)
{
    const struct analyzer_spec *spec = ctx->spec;
    const char *name = wanted_name(ctx, kind);
    struct json *params = json_object(ctx->arena), *rules;
    const struct json *configuration = configuration_of(ctx, kind, NULL);

    json_put_str(params, "analyzerName", name);
    json_put_str(params, "type", kinds[kind].type);
    json_put_str(json_put_object(params, "tags"), CONTROL_TAG_KEY, ctx->baseline->name);
    if (configuration != NULL)
        json_put(params, "configuration", configuration);
    if (has_rules(spec, kind)) {
        rules = json_put_array(params, "archiveRules");
        for (size_t i = 0; i < spec->rules.count; i++) {
            const struct analyzer_rule *rule = analyzer_rule_at(spec, i);
            struct json *item;

            if (!analyzer_rule_is_of(rule, kind))
                continue;
            item = json_add_object(rules);
            json_put_str(item, "ruleName", rule->name);
            json_put(item, "filter", analyzer_rule_filter(rule, ctx->arena));
        }
    }
    if (aws_call(ctx->target, AWS_ACCESSANALYZER_CREATE_ANALYZER, params, ctx->arena, NULL, err) ==
        0)
        return await_active(ctx, name, err);
    /* Trusted access is in the baseline: a region that has not heard of it yet is asked again. */
    if (err_is(err, "ValidationException") &&
        strstr(err->text, "not enabled for AWS Organizations") != NULL)
        err->code = ERR_CONFLICT;
    return -1;
}

static int change_rule(struct control_ctx *ctx, const struct analyzers_seen *seen,
                       const struct change *change, struct err *err)
{
    const struct analyzer_rule *rule = change->subject;
    struct json *params = json_object(ctx->arena);
    enum analyzer_kind kind = 0;

    while (!analyzer_rule_is_of(rule, kind))
        kind++;
    json_put_str(params, "analyzerName", seen->live[kind].name);
    json_put_str(params, "ruleName", rule->name);
    json_put(params, "filter", analyzer_rule_filter(rule, ctx->arena));
    return aws_call(ctx->target,
                    change->step == STEP_ADD_RULE ? AWS_ACCESSANALYZER_CREATE_ARCHIVE_RULE
                                                  : AWS_ACCESSANALYZER_UPDATE_ARCHIVE_RULE,
                    params, ctx->arena, NULL, err);
}

static int analyzer_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                          struct err *err)
{
    const struct analyzers_seen *seen = have;
    struct json *params = json_object(ctx->arena);
    const struct analyzer_live *live;
    enum analyzer_kind kind = 0;

    if (change->step == STEP_ADD_RULE || change->step == STEP_CHANGE_RULE)
        return change_rule(ctx, seen, change, err);
    while (change->subject != &kinds[kind])
        kind++;
    live = &seen->live[kind];
    if (change->step == STEP_CREATE)
        return create_analyzer(ctx, kind, err);
    if (change->step == STEP_AWAIT)
        return await_active(ctx, live->name, err);
    json_put_str(params, "analyzerName", live->name);
    if (change->step == STEP_DELETE)
        return aws_call(ctx->target, AWS_ACCESSANALYZER_DELETE_ANALYZER, params, ctx->arena, NULL,
                        err);
    json_put(params, "configuration",
             configuration_of(ctx, kind, json_get(live->summary, "configuration")));
    return aws_call(ctx->target, AWS_ACCESSANALYZER_UPDATE_ANALYZER, params, ctx->arena, NULL, err);
}

static const char *const analyzer_after[] = {"organization", "accounts", NULL};
static const char *const analyzer_trusts[] = {"access-analyzer.amazonaws.com", NULL};
static const char *const analyzer_follows[] = {"trusted_access", "delegated_administrators", NULL};

const struct control control_access_analyzer = {
    .name = "access_analyzer",
    .title = "analyzers of access to the organization",
    .scope = CONTROL_PER_ADMIN_REGION,
    .actor = ACTOR_SECURITY,
    .after = analyzer_after,
    .follows = analyzer_follows,
    .trusts = analyzer_trusts,
    .needs = ROLE_SECURITY,
    .ops = analyzer_ops,
    .schema = &analyzer_schema,
    .seen_size = sizeof(struct analyzers_seen),
    .check = analyzer_check,
    .observe = analyzer_observe,
    .diff = analyzer_diff,
    .apply = analyzer_apply,
};
