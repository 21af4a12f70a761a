/*
 * process.h - one process of plinth on a simulated AWS: everything that a restart forgets, on a
 *             machine with a network and a clock that can be in trouble.
 *
 * A process has a scheduler of its own.  Those that live at the same time are fibers of another
 * one, `machines`, which drives the world's clock: while a process has nothing to do it sleeps
 * there.  So one of them can stand still, as a laptop that is closed, while the others go on and
 * what it has sent arrives.
 */
#ifndef PLINTH_TESTS_PROCESS_H
#define PLINTH_TESTS_PROCESS_H

#include "simulated.h"
#include "trouble.h"

#include "plinth/base/env.h"

#include <stdbool.h>
#include <stdint.h>

struct packet; /* process.c: a request under way */

struct process_world {
    struct env env; /* with the world's clock */
    struct sim *sim;
    struct sched *machines;
    struct process_watch watch; /* without functions: nobody does */
    unsigned processes;         /* so far: each has a number, from 1 */
};

struct process {
    struct process_world *world;
    struct simulated simulated;
    struct process_trouble trouble; /* what is left of it */
    unsigned number;
    bool dead;
    void (*died)(void *arg); /* told when it dies; NULL */
    void *died_arg;
    struct packet *first, *last; /* that have left and not arrived */
    int64_t calls;               /* that left */
    uint64_t writes;             /* that arrived */
    struct clock clock;          /* of this machine */
    int64_t wall_ahead_ms;       /* of the world's */
    int64_t mono_ahead_us;       /* likewise: what a dead process makes up is nobody's time */
    int64_t stalled_until_us;
    struct env env; /* with that clock */
    int64_t started_us;
};

/* `process` stays where it is until process_end. */
void process_begin(struct process *process, struct process_world *world,
                   const struct process_trouble *trouble);
void process_end(struct process *process);

#endif
