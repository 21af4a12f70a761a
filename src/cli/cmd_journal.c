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

static int show_list(const struct run_opts *opts, const struct journals *journals, const char *none,
                     struct arena *arena, bool *out_ok, struct err *err)
{
    (void)none;
    (void)err;
    *out_ok = put_list(journals, wants_json(&opts->baseline), arena);
    return 0;
}

static int show_run(const struct run_opts *opts, const struct journals *journals, const char *name,
                    struct arena *arena, bool *out_ok, struct err *err)
{
    const struct journal_run *run = journals_find(journals, name, "journal", err);

    if (run == NULL)
        return -1;
    *out_ok = put_run(run, wants_json(&opts->baseline), arena);
    return 0;
}

static int run_verb(const struct run_opts *opts, const char *name,
                    int (*verb)(const struct run_opts *, const struct journals *, const char *,
                                struct arena *, bool *, struct err *))
{
    struct arena *arena = arena_new("journal");
    struct err err = ERR_INIT;
    struct journals journals;
    bool ok = false;
    int code;

    if (journals_load(opts->journal, arena, &journals, &err) != 0 ||
        verb(opts, &journals, name, arena, &ok, &err) != 0)
        code = fail(&opts->baseline.common, &err);
    else
        code = ok ? EXIT_DONE : EXIT_ERROR;
    arena_free(arena);
    return code;
}

static int list_run(const void *options, const struct words *positional)
{
    return run_verb(options, word_at(positional, 0), show_list);
}

static int show_run_command(const void *options, const struct words *positional)
{
    return run_verb(options, word_at(positional, 0), show_run);
}

static const struct command verb_list = {
    .name = "journal list",
    .summary = "name the runs",
    .usage = "",
    .text = "Names the runs that left a journal, and how each ended.  AWS is asked nothing.",
    .examples = "  plinth journal list\n",
    .opts = journal_options,
    .options_size = sizeof(struct run_opts),
    .run = list_run,
};

static const struct command verb_show = {
    .name = "journal show",
    .summary = "tell what one did, the last if none is named",
    .usage = "[RUN]",
    .text =
        "Tells what a run did, what was refused, and of which writes nobody heard (the last run\n"
        "that got the lock if none is named).  AWS is asked nothing.",
    .examples = "  plinth journal show\n"
                "  plinth journal show 20261124T120000.123Z-1a2b3c4d --output json\n",
    .opts = journal_options,
    .options_size = sizeof(struct run_opts),
    .positional_most = 1,
    .run = show_run_command,
};

static const struct command *const journal_verbs[] = {&verb_list, &verb_show, NULL};

const struct command command_journal = {
    .name = "journal",
    .summary = "tell what the applies of this machine did",
    .usage = "",
    .text = "Every apply notes each write before it is sent and its answer after.  Without a verb\n"
            "the runs are listed.  AWS is asked nothing.",
    .examples = "  plinth journal list\n"
                "  plinth journal show\n",
    .opts = journal_options,
    .options_size = sizeof(struct run_opts),
    .run = list_run,
    .verbs = journal_verbs,
};
