#include "cli.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/baseline/baseline.h"
#include "plinth/control/control.h"

#include <stddef.h>

enum { TEXT_BYTES_MOST = 16 * 1024 * 1024 };

struct schema_opts {
    struct common common;
    bool markdown;
};

static const struct opt schema_options[] = {
    {"markdown", 0, OPT_FLAG, offsetof(struct schema_opts, markdown), NULL,
     "the reference page instead of JSON Schema"},
    {0},
};

static int schema_run(const void *options, const struct words *positional)
{
    const struct schema_opts *opts = options;
    struct arena *arena = arena_new("schema");
    const struct control_section *sections = controls_sections(arena);
    struct buf text;
    bool ok;

    (void)positional;
    if (opts->markdown) {
        buf_init(&text, TEXT_BYTES_MOST);
        baseline_schema_markdown(sections, &text);
        ok = put_result(buf_text(&text), text.len);
        buf_fini(&text);
    } else {
        ok = put_json(baseline_schema_json(sections, arena));
    }
    arena_free(arena);
    return ok ? EXIT_DONE : EXIT_ERROR;
}

const struct command command_schema = {
    .name = "schema",
    .summary = "print the language of baselines",
    .usage = "",
    .text =
        "Prints the language of baselines as JSON Schema (draft 2020-12), which editors use to\n"
        "complete and check while you type, or as a Markdown page.",
    .examples = "  plinth schema > plinth.schema.json\n"
                "  plinth schema --markdown > baseline.md\n",
    .opts = schema_options,
    .options_size = sizeof(struct schema_opts),
    .positional_most = 0,
    .run = schema_run,
};
