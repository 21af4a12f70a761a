#include "sched_priv.h"

#include <assert.h>
#include <stdlib.h>

/* --- Semaphores ----------------------------------------------------------------------------------
 */

/* On the waiting fiber's stack. */
struct fiber_waiter {
    struct fiber *fiber;
    bool granted;
    struct fiber_waiter *next;
};

void fiber_sem_init(struct fiber_sem *sem, struct sched *sched, size_t count)
{
    *sem = (struct fiber_sem){.sched = sched, .free = count};
}

static void forget(struct fiber_sem *sem, struct fiber_waiter *waiter)
{
    struct fiber_waiter **at = &sem->first, *before = NULL;

    for (; *at != waiter; at = &(*at)->next)
        before = *at;
    *at = waiter->next;
    if (sem->last == waiter)
        sem->last = before;
}

int fiber_sem_acquire(struct fiber_sem *sem, struct err *err)
{
    struct fiber_waiter waiter = {.fiber = fiber_current(sem->sched)};

    if (sem->free > 0) {
        sem->free--;
        return 0;
    }
    if (sem->last == NULL)
        sem->first = &waiter;
    else
        sem->last->next = &waiter;
    sem->last = &waiter;
    while (!waiter.granted) {
        (void)fiber_park_for(sem->sched, -1, "semaphore");
        if (!waiter.granted && sched_stopping(sem->sched)) {
            forget(sem, &waiter);
            return err_set(err, ERR_CANCELLED, "interrupted");
        }
    }
    return 0;
}

void fiber_sem_release(struct fiber_sem *sem)
{
    struct fiber_waiter *waiter = sem->first;

    if (waiter == NULL) {
        sem->free++;
        return;
    }
    /* Handed over and not set free: nobody can overtake who waits. */
    sem->first = waiter->next;
    if (sem->first == NULL)
        sem->last = NULL;
    waiter->granted = true;
    fiber_wake(waiter->fiber);
}

/* --- Groups --------------------------------------------------------------------------------------
 */

void fiber_group_init(struct fiber_group *group, struct sched *sched, size_t limit)
{
    *group = (struct fiber_group){.sched = sched, .limit = limit == 0 ? 1 : limit};
}

struct member {
    struct fiber_group *group;
    fiber_fn fn;
    void *arg;
};

static void run_member(void *arg)
{
    struct member member = *(struct member *)arg;

    free(arg);
    member.fn(member.arg);
    member.group->running--;
    if (member.group->waiter != NULL)
        fiber_wake(member.group->waiter);
}

static void wait_below(struct fiber_group *group, size_t limit)
{
    group->waiter = fiber_current(group->sched);
    while (group->running >= limit)
        fiber_park(group->sched, "group");
    group->waiter = NULL;
}

void fiber_group_spawn(struct fiber_group *group, const char *name, fiber_fn fn, void *arg)
{
    struct member *member;

    wait_below(group, group->limit);
    member = fiber_need(malloc(sizeof *member));
    *member = (struct member){group, fn, arg};
    group->running++;
    fiber_spawn(group->sched, name, run_member, member);
}

void fiber_group_wait(struct fiber_group *group)
{
    wait_below(group, 1);
}

/* --- Channels ------------------------------------------------------------------------------------
 */

struct fiber_chan {
    struct sched *sched;
    struct fiber_sem room, items;
    bool closed;
    size_t capacity, first, count;
    void *queue[];
};

struct fiber_chan *fiber_chan_new(struct sched *sched, size_t capacity)
{
    struct fiber_chan *chan;

    assert(capacity > 0);
    chan = fiber_need(calloc(1, sizeof *chan + capacity * sizeof(void *)));
    chan->sched = sched;
    chan->capacity = capacity;
    fiber_sem_init(&chan->room, sched, capacity);
    fiber_sem_init(&chan->items, sched, 0);
    return chan;
}

void fiber_chan_free(struct fiber_chan *chan)
{
    free(chan);
}

int fiber_chan_send(struct fiber_chan *chan, void *item, struct err *err)
{
    if (fiber_sem_acquire(&chan->room, err) != 0)
        return -1;
    if (chan->closed) {
        fiber_sem_release(&chan->room); /* the next sender is to see it too */
        return err_set(err, ERR_IO, "the channel is closed");
    }
    chan->queue[(chan->first + chan->count++) % chan->capacity] = item;
    fiber_sem_release(&chan->items);
    return 0;
}

bool fiber_chan_recv(struct fiber_chan *chan, void **out_item)
{
    struct err ignored = ERR_INIT;

    if (fiber_sem_acquire(&chan->items, &ignored) != 0)
        return false;
    if (chan->count == 0) {
        fiber_sem_release(&chan->items); /* closed and empty; so for the next receiver */
        return false;
    }
    *out_item = chan->queue[chan->first];
    chan->first = (chan->first + 1) % chan->capacity;
    chan->count--;
    fiber_sem_release(&chan->room);
    return true;
}

void fiber_chan_close(struct fiber_chan *chan)
{
    if (chan->closed)
        return;
    chan->closed = true;
    fiber_sem_release(&chan->items);
    fiber_sem_release(&chan->room);
}
