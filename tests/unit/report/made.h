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

static inline struct unit_result *made_unit(struct run_result *run, const struct control *control,
                                            const char *account, enum outcome outcome)
{
    struct unit_result *unit = &run->units[run->unit_count++];

    *unit = (struct unit_result){.control = control,
                                 .account = account,
                                 .account_id = account == NULL ? NULL : "111122223333",
                                 .outcome = outcome};
    changes_init(&unit->changes, run->arena);
    run->summary.targets++;
    run->summary.outcomes[outcome]++;
    return unit;
}

/* Three clean targets, and: an update in an account, a deletion in the organization, a failure half
 * way, something unread. */
static inline struct run_result made_result(struct arena *arena)
{
    struct run_result run = {.arena = arena, .units = arena_array(arena, 4, sizeof *run.units)};
    struct unit_result *unit;

    run.summary = (struct summary){.targets = 3,
                                   .outcomes = {[OUTCOME_CLEAN] = 3},
                                   .changes = 4,
                                   .reads = 17,
                                   .writes = 1,
                                   .elapsed_ms = 3200};
    unit = made_unit(&run, &made_role, "Shop", OUTCOME_DRIFTED);
    change_field(changes_add(&unit->changes, CHANGE_UPDATE, 0, NULL, "role view"), "trust policy",
                 "one\033[2J", "two");
    unit = made_unit(&run, &made_policies, NULL, OUTCOME_DRIFTED);
    change_field(changes_add(&unit->changes, CHANGE_DELETE, 0, NULL, "SCP plinth-root-1"),
                 "attached to", "Shop", NULL);
    changes_note(&unit->changes, "SCP plinth-old is no longer in the baseline");
    unit = made_unit(&run, &made_role, "Pay", OUTCOME_FAILED);
    change_field(changes_add(&unit->changes, CHANGE_CREATE, 0, NULL, "role view"), "trust policy",
                 NULL, change_unknown);
    (void)changes_add(&unit->changes, CHANGE_UPDATE, 0, NULL, "role view");
    unit->applied = 1;
    unit->code = ERR_DENIED;
    unit->reason = "AccessDenied:\nno";
    unit = made_unit(&run, &made_role, "Far", OUTCOME_UNKNOWN);
    unit->region = "eu-west-1";
    unit->code = ERR_TRANSIENT;
    unit->reason = "no answer";
    return run;
}

#endif
