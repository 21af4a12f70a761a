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

/* A bucket of an account in us-east-1 with the tag backup=yes. */
static inline void backup_bucket(struct caller *c, const char *account, const char *name,
                                 bool versioned)
{
    struct json *bucket = json_object(c->arena), *tagging = json_object(c->arena), *tag;
    struct json *versioning = json_object(c->arena);

    json_put_str(bucket, "_account", account);
    json_put_str(bucket, "_region", "us-east-1");
    json_put_number(bucket, "_created_ms", (double)env_wall_ms(&c->env));
    sim_store_put(c->sim->store, "", "", "bucket", name, bucket);
    sim_store_put(c->sim->store, account, "", "bucket-of", name, json_object(c->arena));
    tag = json_put_object(json_put_object(tagging, "TagSet"), "Tag");
    json_put_str(tag, "Key", "backup");
    json_put_str(tag, "Value", "yes");
    sim_store_put(c->sim->store, "", "", "bucket/tagging", name, tagging);
    json_put_str(versioning, "Status", versioned ? "Enabled" : "Suspended");
    sim_store_put(c->sim->store, "", "", "bucket/versioning", name, versioning);
}

/* The role that backups run with. */
static inline const char *backup_role(struct caller *c, const char *account)
{
    sim_iam_member_role(c->sim, c->arena, account, "backup", "{}", 0);
    return arena_printf(c->arena, "arn:aws:iam::%s:role/backup", account);
}

#endif
