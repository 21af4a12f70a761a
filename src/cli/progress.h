/*
 * progress.h - what standard error shows while a run goes on.
 *
 * Layer:  cli.  On a terminal one line that is written over; elsewhere a plain line now and then.
 *         Everything else that goes to standard error during a run passes through here, so that it
 *         does not land in the middle of that line.
 */
#ifndef PLINTH_CLI_PROGRESS_H
#define PLINTH_CLI_PROGRESS_H

#include "plinth/aws/call.h"
#include "plinth/base/log.h"
#include "plinth/engine/engine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sched;       /* fiber/fiber.h */
struct sched_timer; /* fiber/fiber.h */

enum { PROGRESS_REGION_BYTES = 32 };

/* The last call that was sent and has not ended. */
struct progress_call {
    enum aws_op op; /* AWS_OP_NONE: none */
    char region[PROGRESS_REGION_BYTES];
    unsigned attempt;
};

struct progress {
    struct sched *sched;
    const struct aws_client *client; /* NULL until there is one: calls are not shown */
    struct log *log;                 /* receives events instead of lines; NULL: lines */
    bool quiet, terminal;
    const char *doing; /* "plan", "apply" */
    size_t done, total;
    int64_t started_us, printed_us;
    int64_t active_us; /* when a call was sent or ended */
    struct progress_call call;
    bool shown; /* the line stands on the terminal */
    struct sched_timer *timer;
};

/* yields: no. */
void progress_init(struct progress *progress, struct sched *sched, bool quiet);

/* Between these two the line lives.  `doing` is static storage.  yields: no. */
void progress_begin(struct progress *progress, const char *doing);
void progress_end(struct progress *progress);

/* A call was sent, or ended.  yields: no. */
void progress_attempt(struct progress *progress, const struct aws_attempt *attempt);

/* Print one line of text, or log it.  yields: no. */
void progress_say(struct progress *progress, const char *text);

/* The same of each line of `text`, which is cut into them; what no line feed ends is left out. */
void progress_say_lines(struct progress *progress, char *text);

/* A log_sink_fn; `arg` is a struct progress.  yields: no. */
void progress_log_line(void *arg, enum log_level level, const char *line, size_t len);

/* What the engine tells; its `arg` is `progress`, which must stay where it is.  yields: no. */
struct engine_observer progress_observer(struct progress *progress);

#endif
