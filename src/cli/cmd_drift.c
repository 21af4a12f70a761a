#include "history.h"
#include "session.h"
#include "who.h"

#include "plinth/base/arena.h"
#include "plinth/base/time.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

#include <stddef.h>

/* Without a history it is not known when the target was last as wanted. */
#define WHO_MS_DEFAULT (INT64_C(7) * 24 * 3600 * 1000)

struct drift_opts {
    struct run_opts run;
    const char *history; /* NULL: the one of this baseline */
    bool who;
};

static const struct opt drift_options[] = {
    {"who", 0, OPT_FLAG, offsetof(struct drift_opts, who), NULL,
     "ask CloudTrail who made writes there since it was last as wanted"},
    HISTORY_OPT(struct drift_opts),
    RUN_OPTS,
    SHARD_OPT,
    BASELINE_OPTS,
    REPORT_OPT,
    {0},
};

struct drift {
    struct session *session;
    const struct run_result *result;
    int64_t *since_ms; /* of each unit: when it was last as wanted */
};

static void ask_who(void *arg)
{
    const struct drift *drift = arg;

    who_ask(drift->session, drift->result, drift->since_ms);
}

/* "drifted since T; it was as wanted at T0". */
static void note_since(struct drift *drift, const struct json *last, const char *now)
{
    struct session *session = drift->session;
    int64_t default_ms = env_wall_ms(&session->env) - WHO_MS_DEFAULT;

    for (size_t i = 0; i < drift->result->unit_count; i++) {
        struct unit_result unit = results_unit(drift->result, i);
        const char *before, *since;

        drift->since_ms[i] = default_ms;
        if (unit.outcome != OUTCOME_DRIFTED || last == NULL || last->count == 0)
            continue;
        since = history_since(last, report_target_id(&unit, session->arena), now, &before);
        engine_note(session->engine, i,
                    arena_printf(session->arena, "drifted since %s%s%s", since,
                                 before == NULL ? "" : "; it was as wanted at ",
                                 before == NULL ? "" : before));
        if (before != NULL && !time_parse_rfc3339(before, &drift->since_ms[i]))
            drift->since_ms[i] = default_ms;
    }
}

/* A history that cannot be kept must not hide what drifted. */
static void keep_history(struct drift *drift, const char *path)
{
    struct session *session = drift->session;
    char now[TIME_TEXT_BYTES];
    const struct json *last = history_open(session, path);

    time_rfc3339(env_wall_ms(&session->env), now);
    note_since(drift, last, now);
    history_keep(session, path, last, drift->result, REPORT_DRIFT);
}

static int drift_run(const void *options, const struct words *positional)
{
    const struct drift_opts *opts = options;
    struct session session;
    struct drift drift = {.session = &session};
    int code;

    code = session_open(&session, &opts->run, positional->count == 0 ? NULL : positional->items[0]);
    if (code == EXIT_DONE)
        code = session_plan(&session, "drift", &drift.result);
    if (code == EXIT_DONE) {
        drift.since_ms = arena_array(session.arena, drift.result->unit_count + 1, sizeof(int64_t));
        keep_history(&drift, history_path(&session.guard, opts->history));
        if (opts->who)
            sched_run(session.sched, ask_who, &drift);
        code = session_report(&session, drift.result, REPORT_DRIFT);
    }
    session_close(&session);
    return code;
}

const struct command command_drift = {
    .name = "drift",
    .summary = "compare the organization with the baseline",
    .usage = "[BASELINE]",
    .text =
        "Reads the live state and reports each target that differs from the baseline, for use\n"
        "in a schedule.  Changes nothing in AWS.  Exits with 0 when all is as wanted, with 2\n"
        "when something drifted, and with 4 when a target could not be read: what was not read\n"
        "is never reported as clean.  A history on this machine tells since when it differs.",
    .examples = "  plinth drift --quiet --output json > drift.json\n"
                "  plinth drift --who\n"
                "  plinth drift --ou Workloads/Prod --region eu-central-1\n",
    .opts = drift_options,
    .options_size = sizeof(struct drift_opts),
    .positional_most = 1,
    .run = drift_run,
};
