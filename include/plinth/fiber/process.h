/*
 * process.h - other programs: started with two files of ours, and waited for without stopping the
 *             loop.
 *
 * Layer:  fiber.  No shell is involved.  A program gets our environment, no signal blocked, and
 * none of our files but its standard ones.
 */
#ifndef PLINTH_FIBER_PROCESS_H
#define PLINTH_FIBER_PROCESS_H

#include "plinth/base/err.h"

#include <stdint.h>
#include <sys/types.h>

struct sched; /* fiber/fiber.h */

enum { PROCESS_OURS = -1, PROCESS_NOTHING = -2 };

/* Start argv[0], which is looked for in PATH.  `in_fd` and `out_fd` become its standard input and
 * output; PROCESS_OURS: it shares ours, PROCESS_NOTHING: /dev/null.  Standard error is ours.
 * Returns 0 or an errno.  owns: the caller must process_wait or process_end it.  yields: no. */
int process_spawn(const char *const *argv, int in_fd, int out_fd, pid_t *out_pid);

/* Wait until it has ended: *out_status as of waitpid.  It runs on after an error.
 * err: ERR_TRANSIENT, naming it and the seconds of `timeout_s`, when it has not at `until_us` of
 * the monotonic clock; ERR_CANCELLED, ERR_IO.  yields: yes. */
int process_wait(struct sched *sched, pid_t pid, const char *name, int64_t until_us, int timeout_s,
                 int *out_status, struct err *err);

/* How it ended: err_set with `code` where it was not with status 0.  yields: no. */
int process_check(const char *name, int status, enum err_code code, struct err *err);

/* End it now, and take its status.  yields: no. */
void process_end(pid_t pid);

#endif
