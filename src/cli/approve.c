#include "approve.h"

#include "irreversible.h"
#include "terminal.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/log.h"
#include "plinth/base/str.h"
#include "plinth/report/report.h"

#include <stdio.h>
#include <unistd.h>

enum { REPORT_BYTES_MOST = 1024 * 1024 * 1024 };

/* --- Before the first change ---------------------------------------------------------------------
 */

static void log_plan(const struct session *session, const struct run_result *plan)
{
    const struct identity *identity = &session->identity;
    struct log *log = session->env.log;

    log_event(log, LOG_INFO, "identity", "arn", identity->arn, "account", identity->account_id,
              "organization", identity->organization_id, "partition", identity->partition, NULL);
    for (size_t u = 0; u < plan->unit_count; u++) {
        struct unit_result unit = results_unit(plan, u);

        for (size_t c = 0; c < unit.changes.count; c++) {
            const struct change *change = &unit.changes.items[c];

            log_event(log, LOG_INFO, "planned", "control", unit.control->name, "account",
                      unit.account, "region", unit.region, "action", change_kind_name(change->kind),
                      "resource", change->resource, NULL);
        }
    }
}

static void put_identity(const struct session *session, struct buf *out)
{
    const struct identity *identity = &session->identity;

    buf_printf(out,
               "caller:        %s\naccount:       %s\norganization:  %s\npartition:     %s\n\n",
               identity->arn, identity->account_id,
               identity->organization_id == NULL ? "none yet" : identity->organization_id,
               identity->partition);
}

/* "3 changes, 1 of them takes something away." */
static void put_facts(const struct run_result *plan, struct buf *out)
{
    size_t deletions = 0, changes = plan->summary.changes;

    for (size_t u = 0; u < plan->unit_count; u++) {
        struct unit_result unit = results_unit(plan, u);

        for (size_t c = 0; c < unit.changes.count; c++)
            deletions += unit.changes.items[c].kind == CHANGE_DELETE;
    }
    buf_printf(out, "%zu change%s, ", changes, changes == 1 ? "" : "s");
    if (deletions == 0)
        buf_str(out, "none of them takes something away.\n");
    else
        buf_printf(out, "%zu of them take%s something away.\n", deletions,
                   deletions == 1 ? "s" : "");
}

static void put_plan(const struct session *session, const struct run_result *plan, bool color,
                     struct buf *out)
{
    struct report_style style = {
        .kind = REPORT_PLAN, .color = color, .verbose = session->options->baseline.common.verbose};

    put_identity(session, out);
    report_text(plan, &style, out);
}

/* On standard error: standard output is for the result. */
static void show_plan(const struct session *session, const struct approval *approval,
                      const struct run_result *plan)
{
    const struct common *common = &session->options->baseline.common;
    struct buf text;

    if (session->progress.log != NULL) {
        log_plan(session, plan);
        return;
    }
    buf_init(&text, REPORT_BYTES_MOST);
    buf_str(&text, approval->preface == NULL ? "" : approval->preface);
    if (common->quiet && approval->yes) {
        put_identity(session, &text);
        put_facts(plan, &text);
    } else {
        put_plan(session, plan, use_color(common, STDERR_FILENO), &text);
    }
    (void)fwrite(buf_text(&text), 1, text.len, stderr);
    buf_fini(&text);
}

/* --- The question --------------------------------------------------------------------------------
 */

/* Nobody is asked about what went to a file or stands there as events.  err: ERR_IO. */
static int show_on_terminal(const struct session *session, const struct approval *approval,
                            const struct run_result *plan, struct err *err)
{
    struct buf text;
    int result;

    if (session->progress.log == NULL && isatty(STDERR_FILENO) == 1)
        return 0;
    buf_init(&text, REPORT_BYTES_MOST);
    buf_str(&text, approval->preface == NULL ? "" : approval->preface);
    put_plan(session, plan, false, &text);
    result = terminal_show(buf_text(&text), text.len, err);
    buf_fini(&text);
    return result;
}

/* err: ERR_USAGE without a terminal, ERR_GATE for any answer but yes, ERR_CANCELLED, ERR_IO. */
static int confirm(struct session *session, const struct approval *approval,
                   const struct run_result *plan, struct err *err)
{
    enum { QUESTION_BYTES_MOST = 1024 };
    struct buf question;
    char *answer;
    int result;

    if (!terminal_is_there())
        return err_set(err, ERR_USAGE,
                       "%s: nothing was changed: there is no terminal to ask on, so it needs "
                       "--yes",
                       approval->command);
    if (show_on_terminal(session, approval, plan, err) != 0)
        return -1;
    buf_init(&question, QUESTION_BYTES_MOST);
    buf_str(&question, approval->also == NULL ? "" : approval->also);
    put_facts(plan, &question);
    buf_str(&question, "Type yes to apply: ");
    result = terminal_ask(buf_text(&question), session->signals.fd, session->arena, &answer, err);
    buf_fini(&question);
    if (result == 0 && !str_eq(answer, "yes"))
        result = err_set(err, ERR_GATE, "not applied: the answer was not yes");
    return result;
}

/* --- All of it -----------------------------------------------------------------------------------
 */

bool approve_has_work(const struct run_result *plan)
{
    return plan->summary.changes > 0 && !plan->summary.interrupted;
}

int approve_plan(struct session *session, const struct approval *approval,
                 const struct run_result *plan)
{
    struct err err = ERR_INIT;
    int code = session_gate(session, approval->overrides);

    if (code != EXIT_DONE)
        return code;
    show_plan(session, approval, plan);
    if (approval->note != NULL)
        progress_say_lines(&session->progress, arena_str(session->arena, approval->note));
    if ((!approval->yes && !approval->approved && confirm(session, approval, plan, &err) != 0) ||
        irreversible_approve(session, plan, approval->lock_vaults, &err) != 0)
        return session_failed(session, &err);
    return EXIT_DONE;
}
