#include "report_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"

#include <stdint.h>
#include <string.h>

void report_put_identity(struct json *object, const struct identity *identity)
{
    struct json *out = json_put_object(object, "identity");

    json_put_str(out, "account", identity->account_id);
    json_put_str(out, "arn", identity->arn);
    json_put_str(out, "partition", identity->partition);
    json_put_str(out, "organization", identity->organization_id);
    json_put_str(out, "management_account", identity->management_account_id);
}

void report_put_summary(struct json *out, const struct summary *summary)
{
    json_put_number(out, "targets", (double)summary->targets);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        json_put_number(out, outcome_name((enum outcome)i), (double)summary->outcomes[i]);
    json_put_number(out, "changes", (double)summary->changes);
    json_put_number(out, "reads", (double)summary->reads);
    json_put_number(out, "writes", (double)summary->writes);
    json_put_number(out, "elapsed_ms", (double)summary->elapsed_ms);
    json_put_bool(out, "interrupted", summary->interrupted);
}

static void put_field(struct json *fields, const struct change_field *field)
{
    struct json *out = json_add_object(fields);

    json_put_str(out, "name", field->name);
    json_put_str(out, "from", field->from);
    if (field->to == change_unknown)
        json_put_bool(out, "to_unknown", true);
    else
        json_put_str(out, "to", field->to);
}

static void put_change(struct json *changes, const struct unit_result *unit, size_t i,
                       enum report_kind kind)
{
    const struct change *change = &unit->changes.items[i];
    struct json *out = json_add_object(changes), *fields;

    json_put_str(out, "action", change_kind_name(change->kind));
    json_put_str(out, "resource", change->resource);
    json_put_bool(out, "destructive", change->takes_away);
    if (change->final.name != NULL) {
        struct json *final = json_put_object(out, "irreversible");

        json_put_str(final, "name", change->final.name);
        json_put_number(final, "undo_days", change->final.days);
    }
    if (kind == REPORT_APPLY)
        json_put_bool(out, "done", i < unit->applied);
    fields = json_put_array(out, "fields");
    for (size_t f = 0; f < change->field_count; f++)
        put_field(fields, &change->fields[f]);
}

void report_put_unit(struct json *out, const struct unit_result *unit, enum report_kind kind)
{
    struct json *list;

    json_put_str(out, "control", unit->control->name);
    json_put_str(out, "account", unit->account);
    json_put_str(out, "account_id", unit->account_id);
    json_put_str(out, "region", unit->region);
    json_put_str(out, "outcome", outcome_name(unit->outcome));
    json_put_str(out, "reason", unit->reason);
    if (unit->blind && kind != REPORT_APPLY)
        json_put_bool(out, "blind", true); /* its account cannot be read yet */
    if (unit->code != ERR_NONE)
        json_put_str(out, "code", err_code_name(unit->code));
    list = json_put_array(out, "changes");
    for (size_t i = 0; i < unit->changes.count; i++)
        put_change(list, unit, i, kind);
    if (unit->changes.note_count == 0)
        return;
    list = json_put_array(out, "notes");
    for (size_t i = 0; i < unit->changes.note_count; i++)
        json_add_str(list, unit->changes.notes[i]);
}

struct targets {
    const struct run_result *run;
    enum report_kind kind;
};

static struct json *make_target(const void *arg, size_t i, struct arena *arena)
{
    const struct targets *targets = arg;
    struct unit_result unit = results_unit(targets->run, i);
    struct json *out = json_object(arena);

    report_put_unit(out, &unit, targets->kind);
    return out;
}

struct json *report_json(const struct run_result *run, enum report_kind kind,
                         const struct identity *identity, struct arena *arena)
{
    struct targets *targets = arena_alloc(arena, sizeof *targets);
    struct json *out = json_object(arena);

    *targets = (struct targets){run, kind};
    json_put_str(out, "format", REPORT_FORMAT);
    json_put_str(out, "kind", report_kind_name(kind));
    report_put_identity(out, identity);
    report_put_summary(json_put_object(out, "summary"), &run->summary);
    json_put_made(out, "targets", make_target, targets, run->unit_count);
    return out;
}
