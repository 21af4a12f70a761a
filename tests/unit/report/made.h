/*
 * made.h - a result made by hand, with one unit of each kind that a report must show.
 */
#ifndef PLINTH_TESTS_MADE_H
#define PLINTH_TESTS_MADE_H

#include "plinth/base/arena.h"
#include "plinth/engine/engine.h"

#include <string.h>

static const struct control made_policies = {.name = "policies"};
static const struct control made_role = {.name = "security_role"};

static inline struct unit_result made_unit(const struct control *control, const char *account,
                                           enum outcome outcome, struct arena *arena)
{
    struct unit_result unit = {.control = control,
                               .account = account,
                               .account_id = account == NULL ? NULL : "111122223333",
                               .outcome = outcome};

    changes_init(&unit.changes, arena);
    return unit;
}

static inline void made_add(struct run_result *run, const struct unit_result *unit)
{
    results_add(run, unit);
    run->summary.targets++;
    run->summary.outcomes[unit->outcome]++;
}

/* Three clean targets, and: an update in an account, a deletion in the organization, a failure half
 * way, something unread.  Ends with results_end. */
static inline struct run_result made_result(struct arena *arena)
{
    struct run_result run = {0};
    struct unit_result unit;

    results_begin(&run);
    run.summary = (struct summary){.targets = 3,
                                   .outcomes = {[OUTCOME_CLEAN] = 3},
                                   .changes = 4,
                                   .reads = 17,
                                   .writes = 1,
                                   .elapsed_ms = 3200};
    unit = made_unit(&made_role, "Shop", OUTCOME_DRIFTED, arena);
    change_field(changes_add(&unit.changes, CHANGE_UPDATE, 0, NULL, "role view"), "trust policy",
                 "one\033[2J", "two");
    made_add(&run, &unit);
    unit = made_unit(&made_policies, NULL, OUTCOME_DRIFTED, arena);
    change_field(changes_add(&unit.changes, CHANGE_DELETE, 0, NULL, "SCP plinth-root-1"),
                 "attached to", "Shop", NULL);
    changes_note(&unit.changes, "SCP plinth-old is no longer in the baseline");
    made_add(&run, &unit);
    unit = made_unit(&made_role, "Pay", OUTCOME_FAILED, arena);
    change_field(changes_add(&unit.changes, CHANGE_CREATE, 0, NULL, "role view"), "trust policy",
                 NULL, change_unknown);
    (void)changes_add(&unit.changes, CHANGE_UPDATE, 0, NULL, "role view");
    unit.applied = 1;
    unit.code = ERR_DENIED;
    unit.reason = "AccessDenied:\nno";
    made_add(&run, &unit);
    unit = made_unit(&made_role, "Far", OUTCOME_UNKNOWN, arena);
    unit.region = "eu-west-1";
    unit.code = ERR_TRANSIENT;
    unit.reason = "no answer";
    made_add(&run, &unit);
    return run;
}

#endif
