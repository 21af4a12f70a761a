/*
 * organizations_world.h - an organization to test on.
 */
#ifndef PLINTH_TESTS_ORGANIZATIONS_WORLD_H
#define PLINTH_TESTS_ORGANIZATIONS_WORLD_H

#include "caller.h"

extern const struct sim_service sim_service_organizations;

static inline int org_setup_empty(void **state)
{
    return caller_setup_with(state, &sim_service_organizations, false);
}

static inline int org_setup(void **state)
{
    if (org_setup_empty(state) != 0)
        return -1;
    ok(*state, "CreateOrganization", "{'FeatureSet':'ALL'}");
    return 0;
}

/* Everything takes its time. */
static inline int org_setup_delayed_empty(void **state)
{
    return caller_setup_with(state, &sim_service_organizations, true);
}

/* The organization is ready, and what follows takes its time. */
static inline int org_setup_delayed(void **state)
{
    if (org_setup_delayed_empty(state) != 0)
        return -1;
    ok(*state, "CreateOrganization", "{}");
    caller_wait(*state, 3600);
    return 0;
}

static inline const char *org_root_id(struct caller *caller)
{
    return json_str(json_at(json_get(ok(caller, "ListRoots", "{}"), "Roots"), 0), "Id");
}

static inline const char *org_ou(struct caller *caller, const char *parent, const char *name)
{
    const struct json *answer =
        ok(caller, "CreateOrganizationalUnit", "{'ParentId':'%s','Name':'%s'}", parent, name);

    return json_str(json_get(answer, "OrganizationalUnit"), "Id");
}

/* A member, when creations take no time. */
static inline const char *org_member(struct caller *caller, const char *name)
{
    const struct json *answer =
        ok(caller, "CreateAccount", "{'Email':'%s@example.com','AccountName':'%s'}", name, name);
    const char *id = json_str(json_get(answer, "CreateAccountStatus"), "Id");

    answer = ok(caller, "DescribeCreateAccountStatus", "{'CreateAccountRequestId':'%s'}", id);
    id = json_str(json_get(answer, "CreateAccountStatus"), "AccountId");
    assert_non_null(id);
    return id;
}

#define ORG_DENY_ALL                                                                               \
    "{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Deny\\\","         \
    "\\\"Action\\\":\\\"*\\\",\\\"Resource\\\":\\\"*\\\"}]}"

static inline const char *org_scp(struct caller *caller, const char *name)
{
    const struct json *answer =
        ok(caller, "CreatePolicy",
           "{'Name':'%s','Description':'d','Type':'SERVICE_CONTROL_POLICY','Content':'" ORG_DENY_ALL
           "'}",
           name);

    return json_str(json_path(answer, "Policy", "PolicySummary", NULL), "Id");
}

#endif
