/*
 * ocsf.c - the report as Compliance Findings.
 *
 * Source: schema.ocsf.io/1.3.0/classes/compliance_finding (class 2003 of category 2), objects
 *         compliance, finding_info, cloud, resource_details and metadata.
 */
#include "report_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"

enum { CATEGORY_FINDINGS = 2, CLASS_COMPLIANCE = 2003, ACTIVITY_CREATE = 1 };

struct verdict {
    int severity_id; /* 1 informational, 3 medium, 4 high */
    const char *severity;
    int status_id; /* of compliance: 1 pass, 2 warning, 3 fail, 0 unknown */
    const char *status;
};

static struct verdict verdict_of(const struct unit_result *unit)
{
    switch (unit->outcome) {
    case OUTCOME_DRIFTED:
        return (struct verdict){3, "Medium", 3, "Fail"};
    case OUTCOME_FAILED:
        return (struct verdict){4, "High", 3, "Fail"};
    case OUTCOME_UNKNOWN:
        return (struct verdict){3, "Medium", 0, "Unknown"};
    case OUTCOME_SKIPPED:
        return (struct verdict){3, "Medium", 2, "Warning"};
    case OUTCOME_CLEAN:
    case OUTCOME_CHANGED:
    case OUTCOME_COUNT:
        break;
    }
    return (struct verdict){1, "Informational", 1, "Pass"};
}

static void put_metadata(struct json *event, const struct report_about *about)
{
    struct json *metadata = json_put_object(event, "metadata"), *product;

    json_put_str(metadata, "version", "1.3.0");
    product = json_put_object(metadata, "product");
    json_put_str(product, "name", "plinth");
    json_put_str(product, "vendor_name", "plinth");
    json_put_str(product, "version", about->version);
}

static void put_cloud(struct json *event, const struct unit_result *unit,
                      const struct report_about *about)
{
    struct json *cloud = json_put_object(event, "cloud"), *account;

    json_put_str(cloud, "provider", "AWS");
    json_put_str(cloud, "region", unit->region);
    account = json_put_object(cloud, "account");
    json_put_str(account, "uid",
                 unit->account_id != NULL ? unit->account_id : about->identity->account_id);
    json_put_str(account, "name", unit->account);
    json_put_str(account, "type", "AWS Account");
    json_put_number(account, "type_id", 10);
    if (about->identity->organization_id != NULL)
        json_put_str(json_put_object(cloud, "org"), "uid", about->identity->organization_id);
}

/* What the plan names; a target without changes is its own resource. */
static void put_resources(struct json *event, const struct unit_result *unit, struct arena *arena)
{
    struct json *resources = json_put_array(event, "resources");
    size_t count = unit->changes.count;

    for (size_t i = 0; i < (count == 0 ? 1 : count); i++) {
        struct json *resource = json_add_object(resources);

        json_put_str(resource, "uid",
                     count == 0 ? report_target_id(unit, arena) : unit->changes.items[i].resource);
        json_put_str(resource, "region", unit->region);
    }
}

static struct json *event_of(const struct unit_result *unit, const struct report_about *about,
                             struct arena *arena)
{
    const struct verdict verdict = verdict_of(unit);
    struct json *event = json_object(arena), *info, *compliance;
    const struct control *control = unit->control;

    json_put_number(event, "category_uid", CATEGORY_FINDINGS);
    json_put_str(event, "category_name", "Findings");
    json_put_number(event, "class_uid", CLASS_COMPLIANCE);
    json_put_str(event, "class_name", "Compliance Finding");
    json_put_number(event, "activity_id", ACTIVITY_CREATE);
    json_put_str(event, "activity_name", "Create");
    json_put_number(event, "type_uid", CLASS_COMPLIANCE * 100 + ACTIVITY_CREATE);
    json_put_number(event, "time", (double)about->now_ms);
    json_put_number(event, "severity_id", verdict.severity_id);
    json_put_str(event, "severity", verdict.severity);
    json_put_number(event, "status_id", 1);
    json_put_str(event, "status", "New");
    json_put_str(event, "message", report_message(unit, about->kind, arena));
    info = json_put_object(event, "finding_info");
    json_put_str(
        info, "uid",
        arena_printf(arena, "%s/%s", about->baseline->name, report_target_id(unit, arena)));
    json_put_str(info, "title", control->title == NULL ? control->name : control->title);
    compliance = json_put_object(event, "compliance");
    json_put_str(compliance, "control", control->name);
    json_add_str(json_put_array(compliance, "standards"),
                 arena_printf(arena, "plinth baseline %s", about->baseline->name));
    json_put_number(compliance, "status_id", verdict.status_id);
    json_put_str(compliance, "status", verdict.status);
    put_metadata(event, about);
    put_cloud(event, unit, about);
    put_resources(event, unit, arena);
    return event;
}

void report_ocsf(const struct run_result *run, const struct report_about *about, struct buf *out)
{
    struct arena *arena = arena_new("ocsf");

    for (size_t i = 0; i < run->unit_count; i++) {
        struct unit_result unit = results_unit(run, i);

        if (!report_has_news(&unit))
            continue;
        arena_reset(arena);
        json_print(event_of(&unit, about, arena), JSON_COMPACT, out);
        buf_char(out, '\n');
    }
    arena_free(arena);
}
