/*
 * replay_world.h - an account under policies, and CloudTrail records in a few words, for tests.
 *
 * JSON is written with ' for ".
 */
#ifndef TESTS_UNIT_POLICY_REPLAY_WORLD_H
#define TESTS_UNIT_POLICY_REPLAY_WORLD_H

#include "evaluate_world.h"

#include "plinth/policy/replay.h"

#include <string.h>

#define MEMBER "111122223333"
#define MANAGEMENT "999988887777"

/* A role of the member account, in a session. */
#define DEV                                                                                        \
    "{'type':'AssumedRole','arn':'arn:aws:sts::" MEMBER                                            \
    ":assumed-role/dev/s','accountId':'" MEMBER                                                    \
    "','principalId':'AROA:s','sessionContext':{'sessionIssuer':{'arn':'arn:aws:iam::" MEMBER      \
    ":role/team/dev'}}}"

struct replay_world {
    struct policy_level scps, rcps;
    const struct policy_compiled *scp, *rcp;
    struct replay_account accounts[2];
};

static inline void replay_world_init(struct replay_world *world, const char *scp, const char *rcp,
                                     struct arena *arena)
{
    world->scp = policy_of(POLICY_SCP, "limits", scp, arena);
    world->rcp = rcp == NULL ? NULL : policy_of(POLICY_RCP, "data", rcp, arena);
    world->scps = (struct policy_level){"the root", {&world->scp, 1}};
    world->rcps = (struct policy_level){"the root", {&world->rcp, rcp != NULL}};
    world->accounts[0] = (struct replay_account){
        MEMBER,
        "Shop",
        {.scps = {&world->scps, 1}, .rcps = {&world->rcps, 1}, .guardrails_only = true}};
    world->accounts[1] = world->accounts[0];
    world->accounts[1].id = MANAGEMENT;
    world->accounts[1].attached.management_principal = true;
    world->accounts[1].attached.management_resource = true;
}

/* A record with ' for "; `more` begins with a comma, or is empty. */
static inline const char *record_of(const char *identity, const char *source, const char *name,
                                    const char *more, struct arena *arena)
{
    char *text = arena_printf(arena,
                              "{'eventVersion':'1.11','eventTime':'2026-11-24T00:00:00Z',"
                              "'eventType':'AwsApiCall','userIdentity':%s,"
                              "'eventSource':'%s.amazonaws.com','eventName':'%s'%s}\n",
                              identity, source, name, more);

    for (char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    return text;
}

#endif
