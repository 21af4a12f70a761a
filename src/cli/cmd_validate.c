#include "load.h"
#include "policy_lint.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"
#include "plinth/engine/gate.h"

#include <stddef.h>
#include <string.h>

enum { TEXT_BYTES_MOST = 64 * 1024 * 1024 };

struct validate_opts {
    struct baseline_opts baseline;
    struct words overrides;
};

static const struct opt validate_options[] = {
    OVERRIDE_GATE_OPT(struct validate_opts),
    BASELINE_OPTS,
    OUTPUT_OPT,
    {0},
};

/* --- JSON ----------------------------------------------------------------------------------------
 */

static void put_attachments(struct json *policy, const struct baseline_policy *from)
{
    struct json *list = json_put_array(policy, "attached_to");

    for (size_t i = 0; i < from->attachment_count; i++) {
        const struct attachment *attachment = &from->attachments[i];
        struct json *item = json_add_object(list);

        if (attachment->root)
            json_put_bool(item, "root", true);
        if (attachment->ou != NULL)
            json_put_str(item, "ou", attachment->ou->path);
        if (attachment->account != NULL)
            json_put_str(item, "account", attachment->account->name);
    }
}

static void put_findings(struct json *out, const struct gate_findings *findings)
{
    struct json *list = json_put_array(out, "gate");

    for (size_t i = 0; i < findings->count; i++) {
        struct json *item = json_add_object(list);

        json_put_str(item, "policy", findings->items[i].policy);
        json_put_str(item, "text", findings->items[i].text);
        json_put_bool(item, "warning", findings->items[i].warning);
    }
}

static struct json *describe_json(const struct loaded *loaded, const struct gate_findings *findings,
                                  const struct lint_run *lint, bool is_refused, struct arena *arena)
{
    const struct baseline *baseline = loaded->baseline;
    const struct control *const *controls = controls_all();
    struct json *out = json_object(arena), *list, *item;

    json_put_str(out, "format", "plinth/validate/v1");
    json_put_str(out, "baseline", loaded->path);
    json_put_bool(out, "valid", lint_count(&lint->result, LINT_ERROR) == 0);
    json_put_bool(out, "refused", is_refused);
    json_put_str(out, "name", baseline->name);
    json_put_str(out, "home_region", baseline->home_region);
    list = json_put_array(out, "regions");
    for (size_t i = 0; i < baseline->regions.count; i++)
        json_add_str(list, baseline->regions.items[i]);
    json_put_number(out, "organizational_units", (double)baseline->ou_count);
    json_put_number(out, "accounts", (double)baseline->account_count);
    list = json_put_array(out, "controls");
    for (size_t i = 0; controls[i] != NULL; i++)
        if (control_is_on(baseline, controls[i]))
            json_add_str(list, controls[i]->name);
    list = json_put_array(out, "policies");
    for (size_t i = 0; i < baseline->policy_count; i++) {
        const struct baseline_policy *policy = &baseline->policies[i];

        item = json_add_object(list);
        json_put_str(item, "name", policy->name);
        json_put_str(item, "type", policy->type->api_name);
        json_put_number(item, "characters", (double)strlen(policy->content));
        json_put_number(item, "characters_max", (double)policy->type->characters_max);
        put_attachments(item, policy);
    }
    put_findings(out, findings);
    lint_put_json(lint, json_put_array(out, "lint"), arena);
    return out;
}

/* --- Text ----------------------------------------------------------------------------------------
 */

static void describe_policy(const struct baseline_policy *policy, struct buf *out)
{
    buf_printf(out, "  %-8s %s: %zu of %zu characters, attached to", policy->type->title,
               policy->name, strlen(policy->content), policy->type->characters_max);
    for (size_t i = 0; i < policy->attachment_count; i++) {
        const struct attachment *attachment = &policy->attachments[i];

        buf_str(out, i == 0 ? " " : ", ");
        if (attachment->root)
            buf_str(out, "the root");
        if (attachment->ou != NULL)
            buf_str(out, attachment->ou->path);
        if (attachment->account != NULL)
            buf_printf(out, "account %s", attachment->account->name);
    }
    buf_str(out, policy->attachment_count == 0 ? " nothing\n" : "\n");
}

static void list_findings(const struct gate_findings *findings, bool warnings, const char *title,
                          struct buf *out)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].warning != warnings)
            continue;
        if (title != NULL)
            buf_printf(out, "%s:\n", title);
        title = NULL;
        buf_printf(out, "  %s\n", findings->items[i].text);
    }
}

/* The last line, so that it is what stays on the terminal. */
static const char *verdict(const struct lint_run *lint, bool is_refused)
{
    if (lint_count(&lint->result, LINT_ERROR) > 0)
        return "not valid: its policies have errors";
    return is_refused ? "refused by the lock-out gate" : "valid";
}

static void describe_text(const struct loaded *loaded, const struct gate_findings *findings,
                          const struct lint_run *lint, bool is_refused, struct buf *out)
{
    const struct baseline *baseline = loaded->baseline;
    const struct control *const *controls = controls_all();

    buf_printf(out, "name:      %s\nregions:  ", baseline->name);
    for (size_t i = 0; i < baseline->regions.count; i++)
        buf_printf(out, " %s", baseline->regions.items[i]);
    buf_printf(out,
               " (home: %s)\nunits:     %zu\naccounts:  %zu\ncontrols: ", baseline->home_region,
               baseline->ou_count, baseline->account_count);
    for (size_t i = 0; controls[i] != NULL; i++)
        if (control_is_on(baseline, controls[i]))
            buf_printf(out, " %s", controls[i]->name);
    buf_printf(out, "\npolicies:  %zu\n", baseline->policy_count);
    for (size_t i = 0; i < baseline->policy_count; i++)
        describe_policy(&baseline->policies[i], out);
    list_findings(findings, false, "lock-outs", out);
    list_findings(findings, true, "not certain", out);
    buf_printf(out, "\n%s is %s\n", loaded->path, verdict(lint, is_refused));
}

static bool put_description(const struct loaded *loaded, const struct gate_findings *findings,
                            const struct lint_run *lint, bool is_refused,
                            const struct baseline_opts *options, struct arena *arena)
{
    struct buf text;
    bool ok;

    if (wants_json(options))
        return put_json(describe_json(loaded, findings, lint, is_refused, arena));
    buf_init(&text, TEXT_BYTES_MOST);
    describe_text(loaded, findings, lint, is_refused, &text);
    ok = put_result(buf_text(&text), text.len);
    buf_fini(&text);
    return ok;
}

/* What plan would ask as well, as far as it is known offline.  An override with a wrong name is
 * found before anything is printed; a finding stands in what is printed. */
static int validate(const struct loaded *loaded, const struct validate_opts *opts,
                    struct arena *arena)
{
    const struct gate_options options = {.baseline = loaded->baseline};
    struct gate_findings findings;
    struct lint_run lint;
    struct err err = ERR_INIT;

    if (lint_baseline(loaded->baseline, arena, &lint, &err) != 0 ||
        gate_check(&options, arena, &findings, &err) != 0)
        return fail(&opts->baseline.common, &err);
    (void)gate_decide(&options, &findings, opts->overrides.items, &err);
    if (err.code == ERR_USAGE)
        return fail(&opts->baseline.common, &err);
    lint_put_events(&lint, &opts->baseline.common, arena);
    if (err.code != ERR_NONE)
        put_error(&opts->baseline.common, &err);
    if (!put_description(loaded, &findings, &lint, err.code != ERR_NONE, &opts->baseline, arena))
        return EXIT_ERROR;
    if (err.code != ERR_NONE)
        return EXIT_GATE;
    return lint_count(&lint.result, LINT_ERROR) > 0 ? EXIT_BAD_BASELINE : EXIT_DONE;
}

static int validate_run(const void *options, const struct words *positional)
{
    const struct validate_opts *opts = options;
    struct arena *arena = arena_new("validate");
    struct loaded loaded;
    int code = load_or_tell(word_at(positional, 0), &opts->baseline, arena, &loaded);

    if (code == EXIT_DONE)
        code = validate(&loaded, opts, arena);
    arena_free(arena);
    return code;
}

const struct command command_validate = {
    .name = "validate",
    .summary = "check a baseline, offline",
    .usage = "[BASELINE]",
    .text =
        "Checks a baseline (- is standard input) with its includes, variables, templates and\n"
        "policies, without asking AWS.  Prints every mistake as file:line:column and exits with\n"
        "65, or prints what the baseline holds and how large its packed policies are.  Exits with\n"
        "3 if a policy would cut off plinth, the security role or a break-glass role.  What "
        "plinth\n"
        "policy lint finds in the policies stands on standard error; its errors lead to 65 as "
        "well.",
    .examples = "  plinth validate\n"
                "  plinth validate baselines/startup.yaml --var email_domain=example.com\n"
                "  plinth validate --output json\n",
    .opts = validate_options,
    .options_size = sizeof(struct validate_opts),
    .positional_most = 1,
    .run = validate_run,
};
