/*
 * witness.h - who stands at the wire and sees what each process of plinth sends, and what arrives.
 *
 * It knows nothing of plinth but where its lock lies and what is written there, and holds runs to
 * this:
 *   - no write leaves a run that has not the lock, or has it no more;
 *   - once a write of one holder has arrived, none of an earlier one does;
 *   - the lock's fencing number never goes back, and no two runs have the same;
 *   - a write that arrived stands in the journal of its run, and what the journal calls done did
 *     arrive.
 */
#ifndef PLINTH_TESTS_WITNESS_H
#define PLINTH_TESTS_WITNESS_H

#include "../support/rehearsal.h"

#include "plinth/base/vec.h"

#include <stdbool.h>
#include <stdint.h>

struct witness_run {
    const char *name; /* in the lock */
    unsigned process;
};

struct witness_write {
    unsigned process;
    const char *operation;
};

struct witness {
    struct arena *arena;   /* of the world */
    const char *operation; /* the last that the simulator saw */
    unsigned holder;       /* of the lock, as far as an answer has confirmed; 0: nobody */
    uint64_t fence;        /* of the lock */
    const char *run;       /* that wrote it last; NULL */
    uint64_t written;      /* the highest fencing number of a write that arrived */
    uint64_t takeovers;    /* of a lock that was held */
    VEC(struct witness_run) runs;
    VEC(struct witness_write) writes;
    VEC(const char *) hosts; /* that were called, each once */
    const char *failure;     /* NULL */
};

/* See all of the rehearsal from now on.  owns: the rehearsal. */
struct witness *witness_new(struct rehearsal *rehearsal);

/* The journal of a run that has ended, against what arrived of it. */
void witness_read_journal(struct witness *witness, const struct rehearsal_outcome *outcome);

#endif
