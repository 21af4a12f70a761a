#include "session.h"

static const struct opt drift_options[] = {
    RUN_OPTS,
    BASELINE_OPTS,
    REPORT_OPT,
    {0},
};

static int drift_run(const void *options, const struct words *positional)
{
    const struct run_result *result;
    struct session session;
    int code;

    code = session_open(&session, options, positional->count == 0 ? NULL : positional->items[0]);
    if (code == EXIT_DONE)
        code = session_plan(&session, "drift", &result);
    if (code == EXIT_DONE)
        code = session_report(&session, result, REPORT_DRIFT);
    session_close(&session);
    return code;
}

const struct command command_drift = {
    .name = "drift",
    .summary = "compare the organization with the baseline",
    .usage = "[BASELINE]",
    .text = "Reads the live state and reports each target that differs from the baseline, for use\n"
            "in a schedule.  Changes nothing.  Exits with 0 when all is as wanted, with 2 when\n"
            "something drifted, and with 4 when a target could not be read: what was not read is\n"
            "never reported as clean.",
    .examples = "  plinth drift --quiet --output json > drift.json\n"
                "  plinth drift --ou Workloads/Prod --region eu-central-1\n",
    .opts = drift_options,
    .options_size = sizeof(struct run_opts),
    .positional_most = 1,
    .run = drift_run,
};
