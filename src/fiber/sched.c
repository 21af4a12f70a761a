#include "sched_priv.h"

#include "plinth/base/env.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Stacks kept for reuse.  The first are kept warm; the others give their memory back and keep only
 * their addresses. */
enum { POOL_MOST = 512, POOL_WARM = 32 };

enum { DEADLOCK_LINES = 20 };

void *fiber_need(void *memory)
{
    if (memory == NULL) {
        (void)fputs("plinth: out of memory (for fibers)\n", stderr);
        exit(1);
    }
    return memory;
}

struct sched *sched_new(struct env *env, struct err *err)
{
    struct sched *sched = fiber_need(calloc(1, sizeof *sched));

    sched->env = env;
    sched->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (sched->epoll_fd < 0) {
        (void)err_errno(err, errno, "epoll_create1");
        free(sched);
        return NULL;
    }
    context_init_here(&sched->loop);
    return sched;
}

void sched_free(struct sched *sched)
{
    if (sched == NULL)
        return;
    assert(sched->alive == NULL);
    while (sched->pool != NULL) {
        struct stack *stack = sched->pool;

        sched->pool = stack->next;
        stack_free(stack);
    }
    while (sched->timers.count > 0)
        timers_remove(&sched->timers, sched->timers.heap[0]);
    free(sched->timers.heap);
    free(sched->watches);
    context_fini(&sched->loop);
    (void)close(sched->epoll_fd);
    free(sched);
}

struct env *sched_env(const struct sched *sched)
{
    return sched->env;
}

struct fiber *fiber_current(const struct sched *sched)
{
    return sched->current;
}

bool sched_stopping(const struct sched *sched)
{
    return sched->stopping;
}

struct sched_stats sched_stats(const struct sched *sched)
{
    return sched->stats;
}

/* --- Fibers --------------------------------------------------------------------------------------
 */

static void push_ready(struct fiber *fiber)
{
    struct sched *sched = fiber->sched;

    fiber->state = FIBER_READY;
    fiber->next_ready = NULL;
    if (sched->ready_last == NULL)
        sched->ready_first = fiber;
    else
        sched->ready_last->next_ready = fiber;
    sched->ready_last = fiber;
}

static void unlink_alive(struct fiber *fiber)
{
    struct sched *sched = fiber->sched;

    if (fiber->prev == NULL)
        sched->alive = fiber->next;
    else
        fiber->prev->next = fiber->next;
    if (fiber->next != NULL)
        fiber->next->prev = fiber->prev;
    sched->stats.alive--;
}

static struct stack *take_stack(struct sched *sched)
{
    struct stack *stack = sched->pool;
    struct err err = ERR_INIT;

    if (stack != NULL) {
        sched->pool = stack->next;
        sched->pool_count--;
        return stack;
    }
    stack = stack_new(&err);
    if (stack == NULL) {
        (void)fprintf(stderr, "plinth: %s\n", err.text);
        exit(1);
    }
    return stack;
}

static void give_stack(struct sched *sched, struct stack *stack)
{
    if (sched->pool_count >= POOL_MOST) {
        stack_free(stack);
        return;
    }
    if (sched->pool_count >= POOL_WARM)
        stack_cool(stack);
    stack->next = sched->pool;
    sched->pool = stack;
    sched->pool_count++;
}

static void fiber_main(void *arg)
{
    struct fiber *fiber = arg;
    struct sched *sched = fiber->sched;

    context_arrived(&fiber->context, &sched->loop);
    fiber->fn(fiber->arg);
    fiber->state = FIBER_DONE;
    if (fiber->joiner != NULL)
        fiber_wake(fiber->joiner);
    sched->ended = fiber;
    context_switch(&fiber->context, &sched->loop, true);
    abort(); /* nobody switches back to what has ended */
}

static struct fiber *spawn(struct sched *sched, const char *name, fiber_fn fn, void *arg,
                           bool joinable)
{
    struct fiber *fiber = fiber_need(calloc(1, sizeof *fiber));

    fiber->sched = sched;
    fiber->name = name;
    fiber->fn = fn;
    fiber->arg = arg;
    fiber->joinable = joinable;
    fiber->stack = take_stack(sched);
    context_init(&fiber->context, fiber->stack, fiber_main, fiber);
    fiber->next = sched->alive;
    if (fiber->next != NULL)
        fiber->next->prev = fiber;
    sched->alive = fiber;
    if (++sched->stats.alive > sched->stats.alive_most)
        sched->stats.alive_most = sched->stats.alive;
    push_ready(fiber);
    return fiber;
}

void fiber_spawn(struct sched *sched, const char *name, fiber_fn fn, void *arg)
{
    (void)spawn(sched, name, fn, arg, false);
}

struct fiber *fiber_spawn_joinable(struct sched *sched, const char *name, fiber_fn fn, void *arg)
{
    return spawn(sched, name, fn, arg, true);
}

void fiber_join(struct fiber *fiber)
{
    assert(fiber->joinable && fiber->joiner == NULL);
    fiber->joiner = fiber->sched->current;
    while (fiber->state != FIBER_DONE)
        fiber_park(fiber->sched, "join");
    free(fiber);
}

/* --- Parking -------------------------------------------------------------------------------------
 */

static void leave(struct fiber *fiber)
{
    fiber->sched->current = NULL;
    context_switch(&fiber->context, &fiber->sched->loop, false);
}

static bool park(struct sched *sched, const char *why, bool interruptible)
{
    struct fiber *fiber = sched->current;

    assert(fiber != NULL);
    if (fiber->wake_pending) {
        fiber->wake_pending = false;
        return true;
    }
    if (interruptible && sched->stopping)
        return false;
    fiber->state = FIBER_PARKED;
    fiber->why = why;
    fiber->woken = false;
    fiber->interruptible = interruptible;
    fiber->parking = true;
    leave(fiber);
    fiber->parking = false;
    return fiber->woken;
}

void fiber_park(struct sched *sched, const char *why)
{
    (void)park(sched, why, false);
}

/* End a park without a wake: the time is up, or the run stops. */
static void release(struct fiber *fiber)
{
    if (fiber->state == FIBER_PARKED)
        push_ready(fiber);
}

struct deadline {
    struct fiber *fiber;
    struct sched_timer *timer; /* NULL: it has fired */
};

static void deadline_fired(void *arg)
{
    struct deadline *deadline = arg;

    deadline->timer = NULL;
    release(deadline->fiber);
}

bool fiber_park_for(struct sched *sched, int64_t timeout_ms, const char *why)
{
    struct deadline deadline = {.fiber = sched->current};
    bool woken;

    if (timeout_ms >= 0)
        deadline.timer = sched_timer_start(sched, timeout_ms, deadline_fired, &deadline);
    woken = park(sched, why, true);
    if (deadline.timer != NULL)
        sched_timer_cancel(sched, deadline.timer);
    return woken;
}

void fiber_wake(struct fiber *fiber)
{
    if (!fiber->parking) {
        fiber->wake_pending = true;
        return;
    }
    /* Its park may be over already, by an earlier wake or its deadline, without it having run
     * since.  Then this wake belongs to that park: kept for later it would end another one. */
    fiber->woken = true;
    release(fiber);
}

void fiber_yield(struct sched *sched)
{
    struct fiber *fiber = sched->current;

    push_ready(fiber);
    leave(fiber);
}

int fiber_sleep_ms(struct sched *sched, int64_t ms, struct err *err)
{
    int64_t due_us = sched_due_us(sched, ms);
    int64_t left_ms;

    while (!sched->stopping) {
        left_ms = sched_left_ms(sched, due_us);
        if (left_ms == 0)
            return 0;
        (void)fiber_park_for(sched, left_ms, "sleep");
    }
    return err_set(err, ERR_CANCELLED, "interrupted");
}

void sched_stop(struct sched *sched)
{
    sched->stopping = true;
    for (struct fiber *fiber = sched->alive; fiber != NULL; fiber = fiber->next)
        if (fiber->interruptible)
            release(fiber);
}

void sched_go_on(struct sched *sched)
{
    assert(sched->alive == NULL);
    sched->stopping = false;
}

/* --- The loop ------------------------------------------------------------------------------------
 */

static void resume(struct sched *sched, struct fiber *fiber)
{
    fiber->state = FIBER_RUNNING;
    sched->current = fiber;
    sched->stats.switches++;
    context_switch(&sched->loop, &fiber->context, false);
    sched->current = NULL;
    if (sched->ended != NULL) {
        struct fiber *ended = sched->ended;

        sched->ended = NULL;
        unlink_alive(ended);
        give_stack(sched, ended->stack);
        context_fini(&ended->context);
        if (!ended->joinable)
            free(ended);
    }
}

/* Those that are ready now; who becomes ready meanwhile has its turn after timers and I/O. */
static void run_ready(struct sched *sched)
{
    struct fiber *last = sched->ready_last;

    while (sched->ready_first != NULL) {
        struct fiber *fiber = sched->ready_first;

        sched->ready_first = fiber->next_ready;
        if (sched->ready_first == NULL)
            sched->ready_last = NULL;
        resume(sched, fiber); /* may free it */
        if (fiber == last)
            break;
    }
}

/* Those that are due now; one that a timer starts has its turn in the next round, so that a timer
 * that restarts itself at once cannot keep fibers and I/O from theirs. */
static void run_timers(struct sched *sched)
{
    const struct sched_timer *next = timers_next(&sched->timers);
    uint64_t first_new = sched->timers.sequence;
    int64_t now_us = next == NULL ? 0 : env_mono_us(sched->env);

    for (; next != NULL && next->due_us <= now_us && next->sequence < first_new;
         next = timers_next(&sched->timers)) {
        sched_timer_fn fn = next->fn;
        void *arg = next->arg;

        timers_remove(&sched->timers, sched->timers.heap[0]);
        fn(arg);
    }
}

static _Noreturn void deadlock(const struct sched *sched)
{
    int lines = 0;

    (void)fprintf(stderr, "plinth: bug: %zu fibers wait for each other\n", sched->stats.alive);
    for (const struct fiber *fiber = sched->alive; fiber != NULL && lines < DEADLOCK_LINES;
         fiber = fiber->next, lines++)
        (void)fprintf(stderr, "  %s: %s\n", fiber->name, fiber->why == NULL ? "?" : fiber->why);
    abort();
}

/* Every fiber waits: pass the time until I/O or the next deadline.  A virtual clock never keeps I/O
 * waiting that is ready now. */
static void idle(struct sched *sched)
{
    const struct sched_timer *next = timers_next(&sched->timers);
    struct clock *clock = sched->env->clock;

    if (next == NULL && sched->watch_count == 0)
        deadlock(sched);
    if (next == NULL || clock->advance == NULL)
        (void)io_poll(sched, io_timeout_ms(sched));
    else if (sched->watch_count == 0 || !io_poll(sched, 0))
        clock->advance(clock, next->due_us);
}

void sched_run(struct sched *sched, fiber_fn fn, void *arg)
{
    fiber_spawn(sched, "main", fn, arg);
    for (;;) {
        run_ready(sched);
        if (sched->alive == NULL)
            return;
        if (sched->ready_first == NULL)
            idle(sched);
        else if (sched->watch_count > 0)
            (void)io_poll(sched, 0);
        run_timers(sched);
    }
}
