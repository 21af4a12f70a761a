/*
 * guardduty_world.h - an organization with GuardDuty to test on: `me` is its management account.
 */
#ifndef PLINTH_TESTS_GUARDDUTY_WORLD_H
#define PLINTH_TESTS_GUARDDUTY_WORLD_H

#include "guardduty_priv.h"
#include "organizations_world.h"

extern const struct sim_service sim_service_guardduty;

struct world {
    struct caller *caller;
    const char *security, *shop; /* accounts */
    const char *detector;        /* of the caller, which is the security account */
};

/* The caller's own detector; NULL: none. */
static inline const char *detector_of(struct caller *c)
{
    const struct json *first = json_first(json_get(ok(c, "ListDetectors", "{}"), "detectorIds"));

    return first == NULL ? NULL : first->string;
}

/* Two members; the first is the administrator, and calls.  The management account has a detector
 * if `prepared`. */
static inline struct world world_of(void **state, bool prepared)
{
    struct world world = {.caller = *state};
    struct caller *c = world.caller;

    world.security = org_member(c, "security");
    world.shop = org_member(c, "shop");
    c->service = &sim_service_guardduty;
    if (prepared)
        ok(c, "CreateDetector", "{'enable':true}");
    ok(c, "EnableOrganizationAdminAccount", "{'adminAccountId':'%s'}", world.security);
    c->as = world.security;
    world.detector = detector_of(c);
    return world;
}

/* The value of a feature in an answer's list; NULL: it is not there. */
static inline const char *feature_in(const struct json *answer, const char *name, const char *key)
{
    return json_str(item_with(answer, "features", "name", name), key);
}

/* Accounts are there at once. */
static inline int guardduty_setup(void **state)
{
    struct caller *c;

    if (caller_setup_with(state, &sim_service_organizations, false) != 0)
        return -1;
    c = *state;
    ok(c, "CreateOrganization", "{}");
    return 0;
}

#define GUARDDUTY_TEST(test) cmocka_unit_test_setup_teardown(test, guardduty_setup, caller_teardown)

/* From now on things take their time. */
static inline void slow_down(struct caller *c)
{
    c->sim->options.delays = true;
}

#endif
