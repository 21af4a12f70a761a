/*
 * sched_priv.h - the parts of the scheduler.
 *
 * sched.c  the loop, fibers, parking      context.c  stacks and the switch between them
 * timer.c  a heap of deadlines            io.c       waiting for file descriptors
 * sync.c   semaphores, groups, channels
 */
#ifndef PLINTH_FIBER_SCHED_PRIV_H
#define PLINTH_FIBER_SCHED_PRIV_H

#include "plinth/fiber/fiber.h"

#include <ucontext.h>

/* --- context.c -----------------------------------------------------------------------------------
 */

struct stack {
    void *map; /* the guard page first */
    size_t map_bytes;
    unsigned valgrind_id;
    struct stack *next; /* in the pool */
};

/* One side of a switch. */
struct context {
    void *jump;       /* jmp_buf; opaque here, because setjmp.h and fortify do not go together */
    ucontext_t entry; /* how it is entered first, and always under a sanitizer */
    bool entered;
    void *fake_stack; /* ASan's */
    const void *stack_bottom;
    size_t stack_bytes;
};

/* err: ERR_IO.  yields: no. */
struct stack *stack_new(struct err *err);
void stack_free(struct stack *stack);

/* Give the memory of a stack that nobody stands on back to the kernel; it stays usable. */
void stack_cool(struct stack *stack);

/* A context for the stack we stand on, and one that will call `main(arg)`, which must not return.
 */
void context_init_here(struct context *context);
void context_init(struct context *context, struct stack *stack, fiber_fn main, void *arg);
void context_fini(struct context *context);

/* Leave `from` for `to`; returns when somebody switches back.  `from_ends`: it never will. */
void context_switch(struct context *from, struct context *to, bool from_ends);

/* The first thing that a fresh context does. */
void context_arrived(struct context *self, struct context *from);

/* --- timer.c -------------------------------------------------------------------------------------
 */

struct sched_timer {
    int64_t due_us;
    uint64_t sequence; /* equal deadlines fire in the order they were started */
    sched_timer_fn fn;
    void *arg;
    size_t index; /* in the heap */
};

struct timers {
    struct sched_timer **heap;
    size_t count, capacity;
    uint64_t sequence;
};

struct sched_timer *timers_add(struct timers *timers, int64_t due_us, sched_timer_fn fn, void *arg);
void timers_remove(struct timers *timers, struct sched_timer *timer); /* frees it */
const struct sched_timer *timers_next(const struct timers *timers);   /* NULL: none */

/* --- sched.c -------------------------------------------------------------------------------------
 */

enum fiber_state { FIBER_READY, FIBER_RUNNING, FIBER_PARKED, FIBER_DONE };

struct fiber {
    struct sched *sched;
    const char *name, *why; /* `why` it is parked */
    fiber_fn fn;
    void *arg;
    enum fiber_state state;
    bool wake_pending;  /* a wake came while it ran */
    bool parking;       /* in park: parked, or released and not yet run again */
    bool woken;         /* a wake came for this park, or the last one */
    bool interruptible; /* this park ends at sched_stop */
    bool joinable;
    struct fiber *joiner;
    struct context context;
    struct stack *stack;
    struct fiber *next_ready;
    struct fiber *next, *prev; /* of all that are alive */
};

struct watch {
    int events;
    sched_watch_fn fn;
    void *arg;
};

struct sched {
    struct env *env;
    struct context loop;
    struct fiber *current;
    struct fiber *ready_first, *ready_last;
    struct fiber *alive;
    struct fiber *ended; /* its stack may be reused once we are off it */
    struct timers timers;
    int epoll_fd;
    struct watch *watches; /* by fd */
    size_t watch_capacity, watch_count;
    struct stack *pool;
    size_t pool_count;
    bool stopping;
    struct sched_stats stats;
};

void *fiber_need(void *memory); /* exits when it is NULL */

/* --- io.c ----------------------------------------------------------------------------------------
 */

/* When `delay_ms` from now is, on the clock of the timers.  Saturates. */
int64_t sched_due_us(const struct sched *sched, int64_t delay_ms);

/* Milliseconds until `due_us`, rounded up; 0 when it is past. */
int64_t sched_left_ms(const struct sched *sched, int64_t due_us);

/* Real milliseconds until the next timer, rounded up; -1 without one. */
int io_timeout_ms(const struct sched *sched);

/* Wait for watched fds and call their watches.  Whether any was ready. */
bool io_poll(struct sched *sched, int timeout_ms);

#endif
