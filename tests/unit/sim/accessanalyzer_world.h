/*
 * accessanalyzer_world.h - an organization whose member runs Access Analyzer.
 */
#ifndef PLINTH_TESTS_ACCESSANALYZER_WORLD_H
#define PLINTH_TESTS_ACCESSANALYZER_WORLD_H

#include "organizations_world.h"

extern const struct sim_service sim_service_accessanalyzer;

static inline void analyzer_trust(struct caller *c)
{
    c->service = &sim_service_organizations;
    ok(c, "EnableAWSServiceAccess", "{'ServicePrincipal':'access-analyzer.amazonaws.com'}");
    c->service = &sim_service_accessanalyzer;
}

/* From here on the delegated administrator calls Access Analyzer. */
static inline void analyzer_delegate(struct caller *c)
{
    const char *security;

    c->service = &sim_service_organizations;
    security = org_member(c, "security");
    analyzer_trust(c);
    c->service = &sim_service_organizations;
    ok(c, "RegisterDelegatedAdministrator",
       "{'AccountId':'%s','ServicePrincipal':'access-analyzer.amazonaws.com'}", security);
    c->service = &sim_service_accessanalyzer;
    c->as = security;
}

#endif
