#include "sched_priv.h"

#include <stdlib.h>

static bool before(const struct sched_timer *a, const struct sched_timer *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->sequence < b->sequence;
}

static void put(struct timers *timers, size_t index, struct sched_timer *timer)
{
    timers->heap[index] = timer;
    timer->index = index;
}

static void sift_up(struct timers *timers, struct sched_timer *timer)
{
    size_t at = timer->index;

    for (; at > 0 && before(timer, timers->heap[(at - 1) / 2]); at = (at - 1) / 2)
        put(timers, at, timers->heap[(at - 1) / 2]);
    put(timers, at, timer);
}

static void sift_down(struct timers *timers, struct sched_timer *timer)
{
    size_t at = timer->index;

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= timers->count)
            break;
        if (child + 1 < timers->count && before(timers->heap[child + 1], timers->heap[child]))
            child++;
        if (!before(timers->heap[child], timer))
            break;
        put(timers, at, timers->heap[child]);
        at = child;
    }
    put(timers, at, timer);
}

struct sched_timer *timers_add(struct timers *timers, int64_t due_us, sched_timer_fn fn, void *arg)
{
    struct sched_timer *timer = fiber_need(calloc(1, sizeof *timer));

    if (timers->count == timers->capacity) {
        timers->capacity = timers->capacity == 0 ? 64 : timers->capacity * 2;
        timers->heap =
            fiber_need(realloc(timers->heap, timers->capacity * sizeof(struct sched_timer *)));
    }
    *timer = (struct sched_timer){
        .due_us = due_us, .sequence = timers->sequence++, .fn = fn, .arg = arg};
    put(timers, timers->count++, timer);
    sift_up(timers, timer);
    return timer;
}

void timers_remove(struct timers *timers, struct sched_timer *timer)
{
    struct sched_timer *last = timers->heap[--timers->count];

    if (last != timer) {
        put(timers, timer->index, last);
        sift_up(timers, last);
        sift_down(timers, last);
    }
    free(timer);
}

const struct sched_timer *timers_next(const struct timers *timers)
{
    return timers->count == 0 ? NULL : timers->heap[0];
}
