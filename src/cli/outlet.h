/*
 * outlet.h - files and programs of this machine, for controls that plant something here.
 *
 * Layer:  cli.  The contract is control/outlet.h.
 */
#ifndef PLINTH_CLI_OUTLET_H
#define PLINTH_CLI_OUTLET_H

#include "plinth/control/outlet.h"

struct sched; /* fiber/fiber.h */

enum { OUTLET_MACHINE_BYTES = 256 };

struct machine {
    struct outlet outlet; /* give this one to the engine */
    struct sched *sched;
    char name[OUTLET_MACHINE_BYTES];
};

/* Programs are waited for on `sched`.  `machine` stays where it is.  yields: no. */
void machine_init(struct machine *machine, struct sched *sched);

#endif
