#include "journals.h"
#include "options.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <stddef.h>

#define JOURNAL_LIST_FORMAT "plinth/journal-list/v1"
#define JOURNAL_RUN_FORMAT "plinth/journal-run/v1"

enum { TEXT_BYTES_MOST = 1024 * 1024 * 1024 };

static const struct opt journal_options[] = {
    JOURNAL_OPT,
    OUTPUT_OPT,
    {0},
};

static bool put_text(struct buf *text)
{
    bool ok = put_result(buf_text(text), text->len);

    buf_fini(text);
    return ok;
}

static bool put_list(const struct journals *journals, bool json, struct arena *arena)
{
    struct json *out = json_object(arena), *list;
    struct buf text;

    json_put_str(out, "format", JOURNAL_LIST_FORMAT);
    list = json_put_array(out, "runs");
    for (size_t i = 0; i < journals->count; i++)
        json_add(list, journals_json(journals->items[i], false, arena));
    if (json)
        return put_json(out);
    buf_init(&text, TEXT_BYTES_MOST);
    for (size_t i = 0; i < journals->count; i++) {
        const struct journal_run *run = journals->items[i];

        buf_printf(&text, "%s  %-11s  %zu done, %zu refused, %zu in doubt  %s\n", run->run,
                   journal_state_name(run->state), run->done, run->refused, run->in_doubt,
                   run->caller);
    }
    if (journals->count == 0)
        buf_str(&text, "no run left a journal\n");
    return put_text(&text);
}

static bool put_run(const struct journal_run *run, bool json, struct arena *arena)
{
    struct json *out = journals_json(run, true, arena);
    struct buf text;

    json_put_str(out, "format", JOURNAL_RUN_FORMAT);
    if (json)
        return put_json(out);
    buf_init(&text, TEXT_BYTES_MOST);
    journals_tell(run, true, &text);
    return put_text(&text);
}

static int journal_command(const struct run_opts *opts, const struct words *words,
                           struct arena *arena, bool *out_ok, struct err *err)
{
    bool json = wants_json(&opts->baseline);
    const char *verb = words->count > 0 ? words->items[0] : "list";
    const char *name = words->count > 1 ? words->items[1] : NULL;
    const struct journal_run *run;
    struct journals journals;

    if (!str_eq(verb, "list") && !str_eq(verb, "show"))
        return err_set(err, ERR_USAGE, "journal: list or show, not \"%s\"", verb);
    if (journals_load(opts->journal, arena, &journals, err) != 0)
        return -1;
    if (str_eq(verb, "list")) {
        *out_ok = put_list(&journals, json, arena);
        return 0;
    }
    run = journals_find(&journals, name);
    if (run == NULL)
        return err_set(err, ERR_USAGE, "journal: there is no run%s%s; plinth journal list",
                       name == NULL ? "" : " ", name == NULL ? "" : name);
    *out_ok = put_run(run, json, arena);
    return 0;
}

static int journal_run_command(const void *options, const struct words *positional)
{
    const struct run_opts *opts = options;
    struct arena *arena = arena_new("journal");
    struct err err = ERR_INIT;
    bool ok = false;
    int code;

    if (journal_command(opts, positional, arena, &ok, &err) != 0)
        code = fail(&opts->baseline.common, &err);
    else
        code = ok ? EXIT_DONE : EXIT_ERROR;
    arena_free(arena);
    return code;
}

const struct command command_journal = {
    .name = "journal",
    .summary = "tell what the applies of this machine did",
    .usage = "list | show [RUN]",
    .text = "Every apply notes each write before it is sent and its answer after.  list names the\n"
            "runs; show tells what one did, what was refused, and of which writes nobody heard\n"
            "(the last run if none is named).  AWS is asked nothing.",
    .examples = "  plinth journal list\n"
                "  plinth journal show\n"
                "  plinth journal show 20261124T120000.123Z-1a2b3c4d --output json\n",
    .opts = journal_options,
    .options_size = sizeof(struct run_opts),
    .positional_most = 2,
    .run = journal_run_command,
};
