/*
 * fiber.h - a cooperative scheduler: thousands of waits in one thread, in straight-line code.
 *
 * Layer:  fiber.  A fiber runs until it calls something that yields; nothing preempts it, so data
 *         shared between fibers needs no lock, but must be read again after every yielding call.
 *         A fiber is never killed: it is asked to stop and its waits answer ERR_CANCELLED.
 * Source: ucontext(3); AddressSanitizer's fiber annotations (sanitizer/common_interface_defs.h).
 */
#ifndef PLINTH_FIBER_FIBER_H
#define PLINTH_FIBER_FIBER_H

#include "plinth/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;   /* base/env.h */
struct fiber; /* opaque */
struct sched; /* opaque */

typedef void (*fiber_fn)(void *arg);

/* A scheduler on `env`'s clock.  With a virtual clock, waiting costs no time: when every fiber
 * waits, the clock is advanced to the next deadline.  owns: caller, sched_free(), after sched_run.
 * err: ERR_IO.  yields: no. */
struct sched *sched_new(struct env *env, struct err *err);
void sched_free(struct sched *sched);
struct env *sched_env(const struct sched *sched);

/* Run `fn(arg)` as the first fiber and return when it and every fiber spawned since have ended.
 * Fibers that wait for each other, with no timer and no I/O that could wake one, are a bug of ours:
 * the waits are printed and the process aborts.  yields: no (it is the loop). */
void sched_run(struct sched *sched, fiber_fn fn, void *arg);

/* Ask every fiber to stop: sleeps and semaphore waits answer ERR_CANCELLED from now on, in later
 * runs of this scheduler too.  May be called from a watch or a timer.  yields: no. */
void sched_stop(struct sched *sched);
bool sched_stopping(const struct sched *sched);

/* Take a stop back between two runs, when no fiber is left: what tidies up behind a stopped run may
 * wait and send again.  yields: no. */
void sched_go_on(struct sched *sched);

/* Start a fiber; it runs when the caller yields, and frees itself at its end.  `name` is static
 * storage.  yields: no. */
void fiber_spawn(struct sched *sched, const char *name, fiber_fn fn, void *arg);

/* As fiber_spawn, but the fiber stays until fiber_join, which must come once.  Never NULL.
 * yields: no. */
struct fiber *fiber_spawn_joinable(struct sched *sched, const char *name, fiber_fn fn, void *arg);

/* Wait until it ended and free it.  Waits through a stop as well: a fiber ends soon by itself.
 * yields: yes. */
void fiber_join(struct fiber *fiber);

/* The running fiber; NULL in a watch, a timer or outside sched_run.  yields: no. */
struct fiber *fiber_current(const struct sched *sched);

/* Let the others run.  yields: yes. */
void fiber_yield(struct sched *sched);

/* err: ERR_CANCELLED.  yields: yes. */
int fiber_sleep_ms(struct sched *sched, int64_t ms, struct err *err);

/* --- The two calls that every other wait is built from ---------------------------------------- */

/* Sleep until fiber_wake.  A wake that came first is remembered, once.  `why` (static storage) is
 * what the deadlock report says.  Does not end on sched_stop.  yields: yes. */
void fiber_park(struct sched *sched, const char *why);

/* As fiber_park, but at most `timeout_ms` (negative: no limit) and not past sched_stop.  True: it
 * was woken.  yields: yes. */
bool fiber_park_for(struct sched *sched, int64_t timeout_ms, const char *why);

/* Make a parked fiber runnable; also from a watch or a timer.  Several wakes before it runs again
 * are one.  yields: no. */
void fiber_wake(struct fiber *fiber);

/* --- Semaphores, groups, channels --------------------------------------------------------------
 */

/* A counting semaphore; waiters are served in the order they came. */
struct fiber_sem {
    struct sched *sched;
    size_t free;
    struct fiber_waiter *first, *last;
};

void fiber_sem_init(struct fiber_sem *sem, struct sched *sched, size_t count);

/* err: ERR_CANCELLED (nothing was taken).  yields: when it must wait. */
int fiber_sem_acquire(struct fiber_sem *sem, struct err *err);
void fiber_sem_release(struct fiber_sem *sem);

/* Fibers started together and awaited together, at most `limit` of them alive at a time. */
struct fiber_group {
    struct sched *sched;
    size_t limit;
    size_t running;
    struct fiber *waiter; /* the one fiber in spawn or wait */
};

void fiber_group_init(struct fiber_group *group, struct sched *sched, size_t limit);

/* Start one more; waits while `limit` run (also through a stop).  One fiber owns a group.
 * yields: when it must wait. */
void fiber_group_spawn(struct fiber_group *group, const char *name, fiber_fn fn, void *arg);

/* Until all of the group have ended.  yields: yes. */
void fiber_group_wait(struct fiber_group *group);

/* A bounded queue of pointers between fibers. */
struct fiber_chan;

/* owns: caller, fiber_chan_free() when no fiber uses it.  yields: no. */
struct fiber_chan *fiber_chan_new(struct sched *sched, size_t capacity);
void fiber_chan_free(struct fiber_chan *chan);

/* err: ERR_CANCELLED; ERR_IO when it is closed.  yields: while it is full. */
int fiber_chan_send(struct fiber_chan *chan, void *item, struct err *err);

/* False: closed and empty, or the run is stopping.  yields: while it is empty. */
bool fiber_chan_recv(struct fiber_chan *chan, void **out_item);
void fiber_chan_close(struct fiber_chan *chan);

/* --- I/O and timers, for net and for signals ---------------------------------------------------
 */

enum { FIBER_READ = 1, FIBER_WRITE = 2 };

/* Called from the loop, on no fiber: it may wake fibers and must not wait. */
typedef void (*sched_watch_fn)(void *arg, int fd, int ready);
typedef void (*sched_timer_fn)(void *arg);

/* Call `fn` whenever `fd` is ready for `events`; a second call for the same fd replaces the first;
 * events 0 removes it.  A watch alone does not keep sched_run alive.  err: ERR_IO.  yields: no. */
int sched_watch(struct sched *sched, int fd, int events, sched_watch_fn fn, void *arg,
                struct err *err);

/* A one-shot timer; it fires from the loop, however short the delay.  owns: the scheduler, until it
 * fired or was cancelled.  yields: no. */
struct sched_timer *sched_timer_start(struct sched *sched, int64_t delay_ms, sched_timer_fn fn,
                                      void *arg);
void sched_timer_cancel(struct sched *sched, struct sched_timer *timer);

/* Wait until `fd` is ready, at most `timeout_ms` (negative: no limit).  *out_ready: what it is
 * ready for, 0 on time-out.  err: ERR_CANCELLED, ERR_IO.  yields: yes. */
int fiber_wait_fd(struct sched *sched, int fd, int events, int64_t timeout_ms, int *out_ready,
                  struct err *err);

struct sched_stats {
    size_t alive;      /* fibers that have not ended */
    size_t alive_most; /* the most there were at a time */
    uint64_t switches;
};
struct sched_stats sched_stats(const struct sched *sched);

#endif
