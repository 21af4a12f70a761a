/*
 * backup_world.h - AWS Backup to call, alone or in an organization.
 */
#ifndef PLINTH_TESTS_BACKUP_WORLD_H
#define PLINTH_TESTS_BACKUP_WORLD_H

#include "organizations_world.h"

extern const struct sim_service sim_service_backup;

static inline int backup_setup(void **state)
{
    return caller_setup_with(state, &sim_service_backup, false);
}

/* Everything takes its time. */
static inline int backup_setup_slow(void **state)
{
    return caller_setup_with(state, &sim_service_backup, true);
}

#define BACKUP_TEST(test) cmocka_unit_test_setup_teardown(test, backup_setup, caller_teardown)
#define BACKUP_SLOW_TEST(test)                                                                     \
    cmocka_unit_test_setup_teardown(test, backup_setup_slow, caller_teardown)

/* Make the account that calls the management account of an organization; returns a member. */
static inline const char *backup_organization(struct caller *c)
{
    const char *member;

    c->service = &sim_service_organizations;
    ok(c, "CreateOrganization", "{'FeatureSet':'ALL'}");
    member = org_member(c, "shop");
    c->service = &sim_service_backup;
    return member;
}

#endif
