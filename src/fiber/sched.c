#include "sched_priv.h"

#include "plinth/base/env.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { POOL_MOST = 512, EVENTS_AT_A_TIME = 256, DEADLOCK_LINES = 20 };

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
    context_init_main(&sched->loop);
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
    stack->next = sched->pool;
    sched->pool = stack;
    sched->pool_count++;
}

static _Noreturn void fiber_main(struct fiber *fiber)
{
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

/* makecontext passes only ints portably: a fresh fiber finds itself through the thread that resumes
 * it.  Set right before the switch and read first thing after it. */
static _Thread_local struct fiber *entering;

static void entry(void)
{
    fiber_main(entering);
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
    context_init(&fiber->context, fiber->stack, entry);
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
    leave(fiber);
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
    if (fiber->state == FIBER_PARKED) {
        fiber->woken = true;
        push_ready(fiber);
    } else {
        fiber->wake_pending = true;
    }
}

void fiber_yield(struct sched *sched)
{
    struct fiber *fiber = sched->current;

    push_ready(fiber);
    leave(fiber);
}

int fiber_sleep_ms(struct sched *sched, int64_t ms, struct err *err)
{
    int64_t until_us = env_mono_us(sched->env) + ms * 1000;

    while (!sched->stopping) {
        int64_t left_us = until_us - env_mono_us(sched->env);

        if (left_us <= 0)
            return 0;
        (void)fiber_park_for(sched, (left_us + 999) / 1000, "sleep");
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

/* --- I/O and timers ------------------------------------------------------------------------------
 */

int sched_watch(struct sched *sched, int fd, int events, sched_watch_fn fn, void *arg,
                struct err *err)
{
    struct epoll_event event = {.data.fd = fd};
    size_t need = (size_t)fd + 1;
    struct watch *watch;
    int op;

    if (need > sched->watch_capacity) {
        size_t capacity = need < 64 ? 64 : need * 2;

        sched->watches = fiber_need(realloc(sched->watches, capacity * sizeof *sched->watches));
        memset(sched->watches + sched->watch_capacity, 0,
               (capacity - sched->watch_capacity) * sizeof *sched->watches);
        sched->watch_capacity = capacity;
    }
    watch = &sched->watches[fd];
    if (watch->events == 0 && events == 0)
        return 0;
    op = events == 0 ? EPOLL_CTL_DEL : watch->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    event.events = (events & FIBER_READ ? (uint32_t)EPOLLIN : 0) |
                   (events & FIBER_WRITE ? (uint32_t)EPOLLOUT : 0);
    /* A closed fd has left the epoll set by itself. */
    if (epoll_ctl(sched->epoll_fd, op, fd, &event) != 0 && op != EPOLL_CTL_DEL &&
        !(op == EPOLL_CTL_MOD && errno == ENOENT &&
          epoll_ctl(sched->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0))
        return err_errno(err, errno, "watching file descriptor %d", fd);
    sched->watch_count += (size_t)(op == EPOLL_CTL_ADD);
    sched->watch_count -= (size_t)(op == EPOLL_CTL_DEL);
    *watch = (struct watch){.events = events, .fn = fn, .arg = arg};
    return 0;
}

struct sched_timer *sched_timer_start(struct sched *sched, int64_t delay_ms, sched_timer_fn fn,
                                      void *arg)
{
    return timers_add(&sched->timers, env_mono_us(sched->env) + delay_ms * 1000, fn, arg);
}

void sched_timer_cancel(struct sched *sched, struct sched_timer *timer)
{
    timers_remove(&sched->timers, timer);
}

struct fd_wait {
    struct fiber *fiber;
    int ready;
};

static void fd_ready(void *arg, int fd, int ready)
{
    struct fd_wait *wait = arg;

    (void)fd;
    wait->ready = ready;
    fiber_wake(wait->fiber);
}

int fiber_wait_fd(struct sched *sched, int fd, int events, int64_t timeout_ms, int *out_ready,
                  struct err *err)
{
    struct fd_wait wait = {.fiber = sched->current};
    bool woken;

    if (sched_watch(sched, fd, events, fd_ready, &wait, err) != 0)
        return -1;
    woken = fiber_park_for(sched, timeout_ms, "file descriptor");
    if (sched_watch(sched, fd, 0, NULL, NULL, err) != 0)
        return -1;
    if (!woken && sched->stopping)
        return err_set(err, ERR_CANCELLED, "interrupted");
    *out_ready = wait.ready;
    return 0;
}

/* --- The loop ------------------------------------------------------------------------------------
 */

static void resume(struct sched *sched, struct fiber *fiber)
{
    fiber->state = FIBER_RUNNING;
    sched->current = fiber;
    sched->stats.switches++;
    entering = fiber;
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

static void run_timers(struct sched *sched)
{
    const struct sched_timer *next = timers_next(&sched->timers);
    int64_t now_us = next == NULL ? 0 : env_mono_us(sched->env);

    for (; next != NULL && next->due_us <= now_us; next = timers_next(&sched->timers)) {
        sched_timer_fn fn = next->fn;
        void *arg = next->arg;

        timers_remove(&sched->timers, sched->timers.heap[0]);
        fn(arg);
    }
}

/* Milliseconds to wait for I/O: 0 while there is other work, -1 without a deadline. */
static int poll_timeout(const struct sched *sched)
{
    const struct sched_timer *next = timers_next(&sched->timers);
    int64_t left_us;

    if (sched->ready_first != NULL || (next != NULL && sched->env->clock->advance != NULL))
        return 0;
    if (next == NULL)
        return -1;
    left_us = next->due_us - env_mono_us(sched->env);
    if (left_us <= 0)
        return 0;
    return left_us / 1000 >= INT_MAX ? INT_MAX : (int)((left_us + 999) / 1000);
}

static int poll_io(struct sched *sched, int timeout_ms)
{
    struct epoll_event events[EVENTS_AT_A_TIME];
    int count = epoll_wait(sched->epoll_fd, events, EVENTS_AT_A_TIME, timeout_ms);

    for (int i = 0; i < count; i++) {
        int fd = events[i].data.fd;
        const struct watch *watch = &sched->watches[fd];
        int ready = 0;

        /* A failed fd is reported as whatever is waited for, so that the next call on it fails. */
        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
            ready |= FIBER_READ;
        if (events[i].events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
            ready |= FIBER_WRITE;
        ready &= watch->events;
        if (ready != 0)
            watch->fn(watch->arg, fd, ready);
    }
    return count;
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

void sched_run(struct sched *sched, fiber_fn fn, void *arg)
{
    struct clock *clock = sched->env->clock;

    fiber_spawn(sched, "main", fn, arg);
    for (;;) {
        const struct sched_timer *next;
        int polled = 0;

        run_ready(sched);
        if (sched->alive == NULL)
            return;
        next = timers_next(&sched->timers);
        if (sched->ready_first == NULL && next == NULL && sched->watch_count == 0)
            deadlock(sched);
        if (sched->watch_count > 0)
            polled = poll_io(sched, poll_timeout(sched));
        else if (sched->ready_first == NULL && clock->advance == NULL)
            (void)poll_io(sched, poll_timeout(sched));
        if (sched->ready_first == NULL && polled <= 0 && clock->advance != NULL && next != NULL)
            clock->advance(clock, next->due_us);
        run_timers(sched);
    }
}
