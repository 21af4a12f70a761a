/*
 * signals.h - Ctrl-C in two steps: the first asks the run to stop, the second ends the process.
 *
 * Layer:  cli.  While a watch is on, SIGINT and SIGTERM arrive as bytes of a file descriptor, so
 *         that what they do runs in the loop like everything else.  After the first one they act at
 *         once again, however busy the loop is.
 */
#ifndef PLINTH_CLI_SIGNALS_H
#define PLINTH_CLI_SIGNALS_H

#include "plinth/base/err.h"

#include <signal.h>
#include <stdbool.h>

struct sched; /* fiber/fiber.h */

struct signals {
    int fd; /* readable: one came; -1: off */
    struct sched *sched;
    void (*say)(void *arg, const char *text); /* prints the one line about it */
    void *arg;
    bool came;
    sigset_t mask_before;
};

/* Stop `sched` at the first signal.  One that comes outside of sched_run waits until signals_take.
 * `signals` stays where it is until signals_fini.  err: ERR_IO.  yields: no. */
int signals_init(struct signals *signals, struct sched *sched,
                 void (*say)(void *arg, const char *text), void *arg, struct err *err);

/* Whether one came; takes in what waits.  yields: no. */
bool signals_take(struct signals *signals);

/* Signals act again as they did before.  yields: no. */
void signals_fini(struct signals *signals);

/* Block them in this thread and those it starts; then wait for one: for the sandbox, which has no
 * loop of its own.  yields: no. */
void signals_block(void);
void signals_wait(void);

#endif
