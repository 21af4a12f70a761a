#include "progress.h"

#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/base/log.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/fiber/fiber.h"
#include "plinth/report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    REDRAW_MS = 200,
    PLAIN_EVERY_MS = 10 * 1000,  /* where lines cannot be written over */
    RATE_AFTER_MS = 1000,        /* before that a rate would be a guess */
    WAITING_AFTER_MS = 9 * 1000, /* of silence; before the first plain line, so that it tells too */
    LINE_BYTES_MOST = 4 * 1024,
};

void progress_init(struct progress *progress, struct sched *sched, bool quiet)
{
    *progress = (struct progress){
        .sched = sched, .quiet = quiet, .terminal = isatty(STDERR_FILENO) == 1, .doing = ""};
}

static int64_t now_us(const struct progress *progress)
{
    return env_mono_us(sched_env(progress->sched));
}

static void erase(struct progress *progress)
{
    if (progress->shown)
        (void)fputs("\r\033[K", stderr);
    progress->shown = false;
}

/* Names of resources come from outside and must not move the cursor. */
void progress_say(struct progress *progress, const char *text)
{
    if (progress->log != NULL) {
        log_event(progress->log, LOG_WARN, "notice", "text", text, NULL);
        return;
    }
    erase(progress);
    (void)fputs("plinth: ", stderr);
    for (size_t step; *text != '\0'; text += step + (step == 0)) {
        step = str_control(text);
        (void)fputc(step > 0 ? '?' : *text, stderr);
    }
    (void)fputc('\n', stderr);
}

void progress_say_lines(struct progress *progress, char *text)
{
    for (char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        *end = '\0';
        progress_say(progress, text);
    }
}

void progress_log_line(void *arg, enum log_level level, const char *line, size_t len)
{
    (void)level;
    erase(arg);
    (void)fwrite(line, 1, len, stderr);
    (void)fputc('\n', stderr);
}

/* --- The line ------------------------------------------------------------------------------------
 */

void progress_attempt(struct progress *progress, const struct aws_attempt *attempt)
{
    struct progress_call *call = &progress->call;

    progress->active_us = now_us(progress);
    if (!attempt->ended) {
        *call = (struct progress_call){.op = attempt->op, .attempt = attempt->attempt};
        (void)snprintf(call->region, sizeof call->region, "%s", attempt->region);
    } else if (call->op == attempt->op && call->attempt == attempt->attempt &&
               str_eq(call->region, attempt->region)) {
        call->op = AWS_OP_NONE;
    }
}

/* The service that does not answer; NULL while calls come and go. */
static const char *waits_for(const struct progress *progress)
{
    int64_t silent_ms = (now_us(progress) - progress->active_us) / 1000;

    if (progress->call.op == AWS_OP_NONE || silent_ms < WAITING_AFTER_MS)
        return NULL;
    return aws_service_info(aws_op_info(progress->call.op)->service)->name;
}

/* "plan: 120 of 3000 targets, 45/s, about 1 min 4 s left, 512 calls" */
static void describe(const struct progress *progress, struct buf *out)
{
    int64_t elapsed_ms = (now_us(progress) - progress->started_us) / 1000;
    char left[TIME_TEXT_BYTES];
    const char *service = waits_for(progress);
    double rate;

    buf_printf(out, "%s: ", progress->doing);
    if (progress->total == 0)
        buf_str(out, "reading the organization");
    else
        buf_printf(out, "%zu of %zu targets", progress->done, progress->total);
    if (progress->done > 0 && progress->done < progress->total && elapsed_ms >= RATE_AFTER_MS) {
        rate = (double)progress->done * 1000 / (double)elapsed_ms;
        time_human((int64_t)((double)(progress->total - progress->done) / rate) * 1000, left);
        buf_printf(out, rate < 10 ? ", %.1f/s, about %s left" : ", %.0f/s, about %s left", rate,
                   left);
    }
    if (progress->client != NULL) {
        struct aws_counts counts = aws_client_counts(progress->client);

        buf_printf(out, ", %" PRIu64 " calls", counts.reads + counts.writes);
    }
    if (service != NULL)
        buf_printf(out, ", waiting for %s in %s, attempt %u", service, progress->call.region,
                   progress->call.attempt);
}

/* A line that wraps could not be written over.  What describe() says is ASCII. */
static int columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2)
        return LINE_BYTES_MOST;
    return size.ws_col - 1;
}

static void draw(struct progress *progress)
{
    struct buf line;

    buf_init(&line, LINE_BYTES_MOST);
    describe(progress, &line);
    if (progress->terminal) {
        (void)fprintf(stderr, "\r%.*s\033[K", columns(), buf_text(&line));
        progress->shown = true;
    } else {
        progress_say(progress, buf_text(&line));
    }
    buf_fini(&line);
    progress->printed_us = now_us(progress);
}

static void log_numbers(struct progress *progress)
{
    log_event(progress->log, LOG_INFO, "progress", "doing", progress->doing, "done",
              LOG_NUM(progress->done), "total", LOG_NUM(progress->total), "waiting_for",
              waits_for(progress), NULL);
    progress->printed_us = now_us(progress);
}

static void tick(void *arg)
{
    struct progress *progress = arg;
    int64_t since_ms = (now_us(progress) - progress->printed_us) / 1000;

    if (progress->log != NULL && since_ms >= PLAIN_EVERY_MS)
        log_numbers(progress);
    else if (progress->log == NULL && (progress->terminal || since_ms >= PLAIN_EVERY_MS))
        draw(progress);
    progress->timer = sched_timer_start(progress->sched, REDRAW_MS, tick, progress);
}

void progress_begin(struct progress *progress, const char *doing)
{
    progress->doing = doing;
    progress->done = progress->total = 0;
    progress->started_us = progress->printed_us = progress->active_us = now_us(progress);
    if (!progress->quiet)
        progress->timer = sched_timer_start(progress->sched, REDRAW_MS, tick, progress);
}

void progress_end(struct progress *progress)
{
    if (progress->timer != NULL)
        sched_timer_cancel(progress->sched, progress->timer);
    progress->timer = NULL;
    erase(progress);
}

/* --- What the engine tells -----------------------------------------------------------------------
 */

static void on_total(void *arg, size_t targets)
{
    struct progress *progress = arg;

    progress->total = targets;
    progress->started_us = now_us(progress);
}

static void on_unit_done(void *arg, const struct unit_result *unit)
{
    struct progress *progress = arg;
    struct buf text;

    progress->done++;
    if (unit->outcome != OUTCOME_FAILED && unit->outcome != OUTCOME_UNKNOWN)
        return;
    if (progress->log != NULL) {
        log_event(progress->log, LOG_ERROR, outcome_name(unit->outcome), "control",
                  unit->control->name, "account", unit->account, "region", unit->region, "code",
                  err_code_name(unit->code), "reason", unit->reason, NULL);
        return;
    }
    if (progress->quiet)
        return;
    buf_init(&text, LINE_BYTES_MOST);
    buf_printf(&text, "%s: %s, ", outcome_name(unit->outcome), unit->control->name);
    report_place(unit, &text);
    buf_printf(&text, ": %s", unit->reason);
    progress_say(progress, buf_text(&text));
    buf_fini(&text);
}

static void on_change_end(void *arg, const struct unit_result *unit, const struct change *change,
                          const struct err *err)
{
    struct progress *progress = arg;
    struct buf text;

    if (progress->log != NULL) {
        log_event(progress->log, err == NULL ? LOG_INFO : LOG_WARN, "change", "control",
                  unit->control->name, "account", unit->account, "region", unit->region, "action",
                  change_kind_name(change->kind), "resource", change->resource, "error",
                  err == NULL ? NULL : err->text, NULL);
        return;
    }
    if (progress->quiet || err != NULL) /* what stands at the end is told by on_unit_done */
        return;
    buf_init(&text, LINE_BYTES_MOST);
    buf_str(&text, "done: ");
    report_change_line(unit, change, &text);
    progress_say(progress, buf_text(&text));
    buf_fini(&text);
}

struct engine_observer progress_observer(struct progress *progress)
{
    return (struct engine_observer){
        .total = on_total, .unit_done = on_unit_done, .change_end = on_change_end, .arg = progress};
}
