#include "sched_priv.h"

#include "plinth/base/env.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { EVENTS_AT_A_TIME = 256 };

/* --- Watches -------------------------------------------------------------------------------------
 */

/* The slot of `fd`; grows the table to it. */
static struct watch *watch_of(struct sched *sched, int fd)
{
    size_t need = (size_t)fd + 1;

    if (need > sched->watch_capacity) {
        size_t capacity = need < 64 ? 64 : need * 2;

        sched->watches = fiber_need(realloc(sched->watches, capacity * sizeof *sched->watches));
        memset(sched->watches + sched->watch_capacity, 0,
               (capacity - sched->watch_capacity) * sizeof *sched->watches);
        sched->watch_capacity = capacity;
    }
    return &sched->watches[fd];
}

/* Tell the kernel.  A closed fd left the set by itself, and its number may be in use again. */
static int control(const struct sched *sched, int op, int fd, int events)
{
    struct epoll_event event = {.data.fd = fd};

    event.events = (events & FIBER_READ ? (uint32_t)EPOLLIN : 0) |
                   (events & FIBER_WRITE ? (uint32_t)EPOLLOUT : 0);
    if (epoll_ctl(sched->epoll_fd, op, fd, &event) == 0 || op == EPOLL_CTL_DEL)
        return 0;
    if (op == EPOLL_CTL_MOD && errno == ENOENT)
        return epoll_ctl(sched->epoll_fd, EPOLL_CTL_ADD, fd, &event);
    return -1;
}

int sched_watch(struct sched *sched, int fd, int events, sched_watch_fn fn, void *arg,
                struct err *err)
{
    struct watch *watch;
    int op;

    if (fd < 0)
        return err_errno(err, EBADF, "watching file descriptor %d", fd);
    watch = watch_of(sched, fd);
    if (watch->events == 0 && events == 0)
        return 0;
    op = events == 0 ? EPOLL_CTL_DEL : watch->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (control(sched, op, fd, events) != 0)
        return err_errno(err, errno, "watching file descriptor %d", fd);
    if (op == EPOLL_CTL_ADD)
        sched->watch_count++;
    if (op == EPOLL_CTL_DEL)
        sched->watch_count--;
    *watch = (struct watch){.events = events, .fn = fn, .arg = arg};
    return 0;
}

bool io_poll(struct sched *sched, int timeout_ms)
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
        ready &= watch->events; /* 0: an earlier watch of this round removed it */
        if (ready != 0)
            watch->fn(watch->arg, fd, ready);
    }
    return count > 0;
}

/* --- Timers --------------------------------------------------------------------------------------
 */

int64_t sched_due_us(const struct sched *sched, int64_t delay_ms)
{
    int64_t now_us = env_mono_us(sched->env);

    if (delay_ms <= 0)
        return now_us;
    return delay_ms > (INT64_MAX - now_us) / 1000 ? INT64_MAX : now_us + delay_ms * 1000;
}

int64_t sched_left_ms(const struct sched *sched, int64_t due_us)
{
    int64_t left_us = due_us - env_mono_us(sched->env);

    return left_us <= 0 ? 0 : left_us / 1000 + (left_us % 1000 != 0);
}

struct sched_timer *sched_timer_start(struct sched *sched, int64_t delay_ms, sched_timer_fn fn,
                                      void *arg)
{
    return timers_add(&sched->timers, sched_due_us(sched, delay_ms), fn, arg);
}

void sched_timer_cancel(struct sched *sched, struct sched_timer *timer)
{
    timers_remove(&sched->timers, timer);
}

int io_timeout_ms(const struct sched *sched)
{
    const struct sched_timer *next = timers_next(&sched->timers);
    int64_t ms;

    if (next == NULL)
        return -1;
    ms = sched_left_ms(sched, next->due_us);
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

/* --- A fiber that waits for one fd ---------------------------------------------------------------
 */

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
    int64_t until_us = sched_due_us(sched, timeout_ms);
    int64_t rest_ms = timeout_ms;
    bool woken;

    if (sched_watch(sched, fd, events, fd_ready, &wait, err) != 0)
        return -1;
    /* A wake that was meant for something else is not the fd's. */
    do {
        woken = fiber_park_for(sched, rest_ms, "file descriptor");
        rest_ms = timeout_ms < 0 ? timeout_ms : sched_left_ms(sched, until_us);
    } while (wait.ready == 0 && woken && rest_ms != 0);
    if (sched_watch(sched, fd, 0, NULL, NULL, err) != 0)
        return -1;
    if (wait.ready == 0 && sched->stopping)
        return err_set(err, ERR_CANCELLED, "interrupted");
    *out_ready = wait.ready;
    return 0;
}
