/*
 * cmd_honey.c - plinth honey: the honey tokens that are out there, who used them, new keys for
 *               them, and whether their use is told.
 */
#include "honey.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"
#include "plinth/fiber/fiber.h"

enum { WAIT_S = 900, WAIT_MOST_S = 24 * 3600, REPORT_BYTES_MOST = 1024 * 1024 };

#define TOKEN_OPT                                                                                  \
    {                                                                                              \
        "token", 0, OPT_WORDS, offsetof(struct honey_opts, tokens), "LABEL",                       \
            "only this token, by its label in the baseline"                                        \
    }

static const struct opt honey_options[] = {
    TOKEN_OPT, PROFILE_OPT, BASELINE_OPTS, OUTPUT_OPT, {0},
};

static const struct opt check_options[] = {
    TOKEN_OPT,
    {"acknowledge", 0, OPT_FLAG, offsetof(struct honey_opts, acknowledge), NULL,
     "what is found this time is known from now on"},
    PROFILE_OPT,
    BASELINE_OPTS,
    OUTPUT_OPT,
    {0},
};

static const struct opt test_options[] = {
    TOKEN_OPT,
    {"wait", 0, OPT_NUMBER, offsetof(struct honey_opts, wait_s), "SECONDS",
     "how long to wait for the alarms; 900 if not given", .least = 1, .most = WAIT_MOST_S,
     .fallback = WAIT_S},
    PROFILE_OPT,
    BASELINE_OPTS,
    OUTPUT_OPT,
    {0},
};

/* --- Which ---------------------------------------------------------------------------------------
 */

static bool is_chosen(const struct honey_run *run, const char *label)
{
    const struct words *words = &run->options->tokens;

    for (size_t i = 0; i < words->count; i++)
        if (str_eq(words->items[i], label))
            return true;
    return words->count == 0;
}

static int check_labels(const struct honey_run *run, struct err *err)
{
    const struct words *words = &run->options->tokens;

    for (size_t i = 0; i < words->count; i++)
        if (honey_map_find(&run->map, words->items[i]) == NULL)
            return err_set(err, ERR_USAGE, "no honey token is called \"%s\" (plinth honey list)",
                           words->items[i]);
    return 0;
}

int honey_prepare(struct honey_run *run, struct err *err)
{
    struct session *session = run->session;
    const struct baseline *baseline = session->loaded.baseline;
    struct aws_target security;

    run->spec = honey_settings(baseline, run->arena);
    if (run->spec == NULL)
        return err_set(err, ERR_USAGE, "this baseline has no `honey_tokens` under `controls`");
    if (engine_identify(session->engine, &session->identity, err) != 0 ||
        honey_target(run, baseline_account_with_role(baseline, ROLE_SECURITY)->name,
                     baseline->home_region, &security, err) != 0 ||
        honey_map_read(&security, baseline, run->arena, &run->map, err) != 0 ||
        check_labels(run, err) != 0)
        return -1;
    run->rows = arena_array(run->arena, run->map.count, sizeof *run->rows);
    for (size_t i = 0; i < run->map.count; i++) {
        const struct honey_entry *entry = &run->map.items[i];

        if (is_chosen(run, entry->label))
            run->rows[run->count++] =
                (struct honey_row){.entry = entry,
                                   .token = honey_token_find(run->spec, entry->label),
                                   .used_ms = -1,
                                   .known_ms = -1};
    }
    return 0;
}

struct json *honey_json(const struct honey_run *run, const char *name,
                        void (*put)(const struct honey_run *run, const struct honey_row *row,
                                    struct json *item))
{
    struct json *out = json_object(run->arena), *list;

    json_put_str(out, "format", REPORT_FORMAT);
    list = json_put_array(out, name);
    for (size_t i = 0; i < run->count; i++) {
        const struct honey_entry *entry = run->rows[i].entry;
        struct json *item = json_add_object(list);

        json_put_str(item, "token", entry->label);
        json_put_str(item, "kind", honey_kind_name(entry->kind));
        json_put_str(item, "account", entry->account);
        json_put_str(item, "name", entry->name);
        json_put_str(item, "access_key_id", entry->access_key_id);
        json_put_str(item, "place", entry->place);
        put(run, &run->rows[i], item);
    }
    return out;
}

/* --- list ----------------------------------------------------------------------------------------
 */

/* A key's age is IAM's to tell. */
static int read_since(struct honey_run *run, struct honey_row *row, struct err *err)
{
    struct json *params = json_object(run->arena);
    const struct json *list;
    struct aws_target target;

    if (row->entry->access_key_id == NULL)
        return 0;
    json_put_str(params, "UserName", row->entry->name);
    if (honey_target(run, row->entry->account, NULL, &target, err) != 0 ||
        aws_list(&target, AWS_IAM_LIST_ACCESS_KEYS, params, run->arena, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (str_eq(json_str(it, "AccessKeyId"), row->entry->access_key_id))
            row->since = json_str(it, "CreateDate");
    return 0;
}

static int list(struct honey_run *run, struct err *err)
{
    if (honey_prepare(run, err) != 0)
        return -1;
    for (size_t i = 0; i < run->count; i++)
        if (read_since(run, &run->rows[i], err) != 0) {
            if (err->code == ERR_CANCELLED)
                return -1;
            run->rows[i].error = arena_str(run->arena, err->text);
            err_clear(err);
        }
    return 0;
}

static void list_fiber(void *arg)
{
    struct honey_run *run = arg;

    run->failed = list(run, &run->err);
}

static const char *state_of(const struct honey_row *row)
{
    if (row->error != NULL)
        return row->error;
    if (row->token == NULL)
        return "the baseline no longer has it";
    if (row->entry->kind != HONEY_ACCESS_KEY)
        return "there";
    if (row->entry->access_key_id == NULL)
        return "not planted";
    return row->since == NULL ? "its key is gone" : "planted";
}

static void put_row(const struct honey_row *row, struct buf *out)
{
    const struct honey_entry *entry = row->entry;

    buf_printf(out, "%-20s %-10s %s, %s: %s", entry->label, honey_kind_name(entry->kind),
               entry->account, entry->region, entry->name);
    if (entry->access_key_id != NULL)
        buf_printf(out, ", key %s in %s", entry->access_key_id, entry->place);
    if (row->since != NULL)
        buf_printf(out, " since %s", row->since);
    buf_printf(out, " (%s)\n", state_of(row));
}

static void put_state(const struct honey_run *run, const struct honey_row *row, struct json *item)
{
    (void)run;
    json_put_str(item, "account_id", row->entry->account_id);
    json_put_str(item, "region", row->entry->region);
    json_put_str(item, "since", row->since);
    json_put_str(item, "state", state_of(row));
}

static int report_list(const struct honey_run *run)
{
    struct buf text;
    bool ok;

    if (wants_json(&run->options->run.baseline)) {
        ok = put_json(honey_json(run, "honey_list", put_state));
    } else {
        buf_init(&text, REPORT_BYTES_MOST);
        for (size_t i = 0; i < run->count; i++)
            put_row(&run->rows[i], &text);
        ok = put_result(buf_text(&text), text.len);
        buf_fini(&text);
    }
    for (size_t i = 0; ok && i < run->count; i++)
        if (run->rows[i].error != NULL)
            return EXIT_PARTIAL;
    return ok ? EXIT_DONE : EXIT_ERROR;
}

static int honey_list(struct honey_run *run)
{
    sched_run(run->session->sched, list_fiber, run);
    return run->failed != 0 ? session_failed(run->session, &run->err) : report_list(run);
}

/* --- rotate --------------------------------------------------------------------------------------
 */

static int rotate_one(struct honey_run *run, struct honey_row *row, struct err *err)
{
    const struct account *account =
        baseline_account(run->session->loaded.baseline, row->entry->account);
    struct control_ctx ctx;

    if (account == NULL || row->token == NULL)
        return err_set(err, ERR_USAGE, "the baseline no longer has it");
    if (engine_context(run->session->engine, control_find("honey_tokens"), account, run->arena,
                       &ctx, err) != 0)
        return -1;
    return honey_rotate(&ctx, row->entry->label, err);
}

/* Whoever names a token wants a new key for it: nothing done is no answer. */
static int check_have_keys(const struct honey_run *run, struct err *err)
{
    for (size_t i = 0; run->options->tokens.count > 0 && i < run->count; i++)
        if (run->rows[i].entry->kind != HONEY_ACCESS_KEY)
            return err_set(err, ERR_USAGE, "%s is a %s, which has no key to replace",
                           run->rows[i].entry->label, honey_kind_name(run->rows[i].entry->kind));
    return 0;
}

/* One that fails does not stop the others. */
static int rotate(struct honey_run *run, struct err *err)
{
    if (honey_prepare(run, err) != 0 || check_have_keys(run, err) != 0)
        return -1;
    for (size_t i = 0; i < run->count; i++) {
        struct honey_row *row = &run->rows[i];

        if (row->entry->kind != HONEY_ACCESS_KEY)
            continue;
        if (rotate_one(run, row, err) != 0) {
            if (err->code == ERR_CANCELLED)
                return -1;
            row->error = arena_str(run->arena, err->text);
            err_clear(err);
        }
    }
    return 0;
}

static void rotate_fiber(void *arg)
{
    struct honey_run *run = arg;

    run->failed = rotate(run, &run->err);
}

static struct json *rotated_json(const struct honey_run *run)
{
    struct json *out = json_object(run->arena), *list;

    json_put_str(out, "format", REPORT_FORMAT);
    list = json_put_array(out, "honey_rotate");
    for (size_t i = 0; i < run->count; i++) {
        struct json *item;

        if (run->rows[i].entry->kind != HONEY_ACCESS_KEY)
            continue;
        item = json_add_object(list);
        json_put_str(item, "token", run->rows[i].entry->label);
        json_put_bool(item, "rotated", run->rows[i].error == NULL);
        json_put_str(item, "error", run->rows[i].error);
    }
    return out;
}

static int honey_rotate_all(struct honey_run *run)
{
    bool ok = true, failed = false;
    struct buf text;

    sched_run(run->session->sched, rotate_fiber, run);
    if (run->failed != 0)
        return session_failed(run->session, &run->err);
    buf_init(&text, REPORT_BYTES_MOST);
    for (size_t i = 0; i < run->count; i++) {
        const struct honey_row *row = &run->rows[i];

        if (row->entry->kind != HONEY_ACCESS_KEY)
            continue;
        failed = failed || row->error != NULL;
        buf_printf(&text, "%-8s %s%s%s\n", row->error == NULL ? "rotated" : "failed",
                   row->entry->label, row->error == NULL ? "" : ": ",
                   row->error == NULL ? "" : row->error);
    }
    ok = wants_json(&run->options->run.baseline) ? put_json(rotated_json(run))
                                                 : put_result(buf_text(&text), text.len);
    buf_fini(&text);
    if (!ok)
        return EXIT_ERROR;
    return failed ? EXIT_PARTIAL : EXIT_DONE;
}

/* --- The command ---------------------------------------------------------------------------------
 */

static int run_verb(const void *options, const struct words *positional,
                    int (*verb)(struct honey_run *run))
{
    const struct honey_opts *own = options;
    struct session session;
    struct honey_run run = {
        .options = own, .session = &session, .baseline_path = word_at(positional, 0)};
    int code;

    run.arena = arena_new_wiping("honey");
    code = session_open(&session, &own->run, run.baseline_path);
    if (code == EXIT_DONE)
        code = verb(&run);
    session_close(&session);
    arena_free(run.arena);
    return code;
}

static int list_run(const void *options, const struct words *positional)
{
    return run_verb(options, positional, honey_list);
}

static int check_run(const void *options, const struct words *positional)
{
    return run_verb(options, positional, honey_check_uses);
}

static int rotate_run(const void *options, const struct words *positional)
{
    return run_verb(options, positional, honey_rotate_all);
}

static int test_run(const void *options, const struct words *positional)
{
    return run_verb(options, positional, honey_test);
}

static const struct command verb_list = {
    .name = "honey list",
    .summary = "the tokens, their places and the age of their keys",
    .usage = "[BASELINE]",
    .text = "Shows the honey tokens, their places and the age of their keys, as the security\n"
            "account's map has them.",
    .examples = "  plinth honey list\n",
    .opts = honey_options,
    .options_size = sizeof(struct honey_opts),
    .positional_most = 1,
    .run = list_run,
};

static const struct command verb_check = {
    .name = "honey check",
    .summary = "uses that no event shows",
    .usage = "[BASELINE]",
    .text =
        "Asks AWS when each was last used, for uses that no event shows; exits with 2 when there\n"
        "is one that is not known.  --acknowledge makes what it finds known.",
    .examples = "  plinth honey check --output json\n",
    .opts = check_options,
    .options_size = sizeof(struct honey_opts),
    .positional_most = 1,
    .run = check_run,
};

static const struct command verb_rotate = {
    .name = "honey rotate",
    .summary = "new access keys in place of those that are planted",
    .usage = "[BASELINE]",
    .text =
        "Gives access keys that are planted a new one, in place, before the old one is deleted.",
    .examples = "  plinth honey rotate --token key-in-ci\n",
    .opts = honey_options,
    .options_size = sizeof(struct honey_opts),
    .positional_most = 1,
    .run = rotate_run,
};

static const struct command verb_test = {
    .name = "honey test",
    .summary = "use each once, and wait until it is told",
    .usage = "[BASELINE]",
    .text =
        "Uses each token once by a call that does nothing, and waits until each detector told of\n"
        "it: the event rules, the trail, the last use.  It exits with 4 when one did not, and\n"
        "names it.  Who is subscribed to the alarms gets these too.",
    .examples = "  plinth honey test --wait 1800\n",
    .opts = test_options,
    .options_size = sizeof(struct honey_opts),
    .positional_most = 1,
    .run = test_run,
};

static const struct command *const honey_verbs[] = {&verb_list, &verb_check, &verb_rotate,
                                                    &verb_test, NULL};

const struct command command_honey = {
    .name = "honey",
    .summary = "honey tokens: list, check, rotate, test",
    .text = "What is with the honey tokens of a baseline, and whether their use is told.",
    .examples = "  plinth honey list\n"
                "  plinth honey check --output json\n"
                "  plinth honey rotate --token key-in-ci\n"
                "  plinth honey test --wait 1800\n",
    .ops = honey_use_ops,
    .control = "honey_tokens",
    .verbs = honey_verbs,
};
