#include "planfile.h"
#include "session.h"

#include "plinth/base/arena.h"

#include <stddef.h>

struct plan_opts {
    struct run_opts run;
    const char *out;
    struct words overrides;
};

static const struct opt plan_options[] = {
    {"out", 'o', OPT_TEXT, offsetof(struct plan_opts, out), "FILE",
     "write the plan for plinth apply FILE; replaces no file but a plan", .dash = DASH_NONE},
    OVERRIDE_GATE_OPT(struct plan_opts),
    PRUNE_OPT,
    RUN_OPTS,
    SHARD_OPT,
    BASELINE_OPTS,
    REPORT_OPT,
    {0},
};

/* An incomplete plan must not be approved: what was not read could be anything. */
static int write_plan(struct session *session, const struct run_result *result, const char *path)
{
    struct err err = ERR_INIT;

    if (path == NULL)
        return EXIT_DONE;
    if (result->summary.interrupted) {
        progress_say(
            &session->progress,
            arena_printf(session->arena, "%s is not written: the plan was interrupted", path));
        return EXIT_DONE;
    }
    if (planfile_write(path, session, result, &err) != 0)
        return session_failed(session, &err);
    return EXIT_DONE;
}

static int plan_run(const void *options, const struct words *positional)
{
    const struct plan_opts *opts = options;
    const struct run_result *result;
    struct err err = ERR_INIT;
    struct session session;
    int code;

    /* Before AWS is asked; the write itself looks again. */
    if (opts->out != NULL && planfile_check_target(opts->out, &err) != 0)
        return fail(&opts->run.baseline.common, &err);
    code = session_open(&session, &opts->run, positional->count == 0 ? NULL : positional->items[0]);
    if (code == EXIT_DONE)
        code = session_plan(&session, "plan", &result);
    if (code == EXIT_DONE)
        code = session_gate(&session, &opts->overrides);
    if (code == EXIT_DONE)
        code = write_plan(&session, result, opts->out);
    if (code == EXIT_DONE)
        code = session_report(&session, result, REPORT_PLAN);
    session_close(&session);
    return code;
}

const struct command command_plan = {
    .name = "plan",
    .summary = "show what apply would change",
    .usage = "[BASELINE]",
    .text =
        "Reads the live state, compares it with the baseline (./plinth.yaml if none is named)\n"
        "and shows the difference.  Changes nothing.  Exits with 2 when there are changes, and\n"
        "with 3 when a policy would cut off plinth, the security role or a break-glass role.",
    .examples = "  plinth plan\n"
                "  plinth plan startup --var email_domain=example.com\n"
                "  plinth plan --account prod --only policies --verbose\n"
                "  plinth plan -o change.plan; less change.plan\n",
    .opts = plan_options,
    .options_size = sizeof(struct plan_opts),
    .positional_most = 1,
    .run = plan_run,
};
