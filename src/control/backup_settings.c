/*
 * backup_settings.c - what the baseline says of backups.
 *
 * Source: AWS Backup Developer Guide, "Lifecycle" (a copy in cold storage stays for 90 days), "AWS
 *         Backup Vault Lock", "Creating backup copies across AWS accounts".
 */
#include "backup_settings.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"

#include <inttypes.h>

enum { DAYS_MOST = 36500 };

/* --- The schema ----------------------------------------------------------------------------------
 */

static const struct choice modes[] = {
    {"governance", "governance"}, {"compliance", "compliance"}, {NULL, NULL}};

static const struct choice types[] = {
    {"Aurora", "Aurora"},
    {"CloudFormation", "CloudFormation"},
    {"DocumentDB", "DocumentDB"},
    {"DynamoDB", "DynamoDB"},
    {"EBS", "EBS"},
    {"EC2", "EC2"},
    {"EFS", "EFS"},
    {"FSx", "FSx"},
    {"Neptune", "Neptune"},
    {"RDS", "RDS"},
    {"Redshift", "Redshift"},
    {"S3", "S3"},
    {"SAP HANA on Amazon EC2", "SAP HANA on Amazon EC2"},
    {"Storage Gateway", "Storage Gateway"},
    {"Timestream", "Timestream"},
    {"VirtualMachine", "VirtualMachine"},
    {NULL, NULL},
};

static const struct field lock_fields[] = {
    {.key = "mode",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct backup_lock, mode),
     .required = true,
     .choices = modes,
     .doc = "`governance`: whoever may change locks can take it away. `compliance`: nobody can, "
            "AWS included, once the cooling-off is over; plinth asks for it by the vault's name."},
    {.key = "min_days",
     .type = FIELD_INT,
     .offset = offsetof(struct backup_lock, min_days),
     .min = 1,
     .max = DAYS_MOST,
     .doc = "What is to be deleted sooner is not taken into the vault. Not given: no limit."},
    {.key = "max_days",
     .type = FIELD_INT,
     .offset = offsetof(struct backup_lock, max_days),
     .min = 1,
     .max = DAYS_MOST,
     .doc = "What is to be kept longer is not taken into the vault. Not given: no limit."},
    {.key = "changeable_for_days",
     .type = FIELD_INT,
     .offset = offsetof(struct backup_lock, changeable_for_days),
     .max = DAYS_MOST,
     .doc = "Of `compliance`: how long it can still be taken away, 3 days at least."},
    {.key = NULL},
};

static const struct schema lock_schema = {
    .name = "backup_lock",
    .doc = "A lock of a vault: what is in it cannot be deleted before its time.",
    .size = sizeof(struct backup_lock),
    .node_offset = offsetof(struct backup_lock, node),
    .fields = lock_fields,
};

static const struct field copy_fields[] = {
    {.key = "cold_after_days",
     .type = FIELD_INT,
     .offset = offsetof(struct backup_copy, cold_after_days),
     .min = 1,
     .max = DAYS_MOST,
     .doc = "When a copy moves to cold storage."},
    {.key = "delete_after_days",
     .type = FIELD_INT,
     .offset = offsetof(struct backup_copy, delete_after_days),
     .min = 1,
     .max = DAYS_MOST,
     .doc = "When a copy is deleted. Not given: as the plan says."},
    {.key = NULL},
};

static const struct schema copy_schema = {
    .name = "backup_copy",
    .doc = "How long a copy lives in the central vault.",
    .size = sizeof(struct backup_copy),
    .node_offset = offsetof(struct backup_copy, node),
    .fields = copy_fields,
};

static const struct field plan_fields[] = {
    {.key = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct backup_plan, name),
     .required = true,
     .format = FORMAT_KEY,
     .doc = "What the plan and its rule are called."},
    {.key = "schedule",
     .type = FIELD_STRING,
     .offset = offsetof(struct backup_plan, schedule),
     .required = true,
     .doc = "When it starts, in UTC.",
     .example = "cron(0 3 * * ? *)"},
    {.key = "start_within_minutes",
     .type = FIELD_INT,
     .offset = offsetof(struct backup_plan, start_within_minutes),
     .fallback = "60",
     .min = 60,
     .max = 10080,
     .doc = "A job that did not start by then is given up."},
    {.key = "complete_within_minutes",
     .type = FIELD_INT,
     .offset = offsetof(struct backup_plan, complete_within_minutes),
     .fallback = "720",
     .min = 120,
     .max = 43200,
     .doc = "A job that is not done by then is given up."},
    {.key = "cold_after_days",
     .type = FIELD_INT,
     .offset = offsetof(struct backup_plan, cold_after_days),
     .min = 1,
     .max = DAYS_MOST,
     .doc = "When a recovery point moves to cold storage, where it stays for 90 days at least. Not "
            "given: never."},
    {.key = "delete_after_days",
     .type = FIELD_INT,
     .offset = offsetof(struct backup_plan, delete_after_days),
     .fallback = "35",
     .min = 1,
     .max = DAYS_MOST,
     .doc = "When a recovery point is deleted."},
    {.key = "copies",
     .type = FIELD_BOOL,
     .offset = offsetof(struct backup_plan, copies),
     .fallback = "true",
     .doc = "Copy each recovery point to the central vault. AWS charges for the copy and for the "
            "traffic between regions."},
    {.key = "copy",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct backup_plan, copy),
     .object = &copy_schema,
     .doc = "How long a copy lives there. Not given: as long as the recovery point."},
    {.key = "copies_to_air_gapped",
     .type = FIELD_BOOL,
     .offset = offsetof(struct backup_plan, copies_to_air_gapped),
     .doc = "Copy it to the logically air-gapped vault as well, for as long as to the central one. "
            "Each copy is charged."},
    {.key = "tag",
     .type = FIELD_STRING,
     .offset = offsetof(struct backup_plan, tag),
     .fallback = "backup",
     .doc = "The tag by which a resource asks for this plan."},
    {.key = "values",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct backup_plan, values),
     .required = true,
     .min = 1,
     .max = 30,
     .doc = "Values of that tag.",
     .example = "[daily]"},
    {.key = "attach",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct backup_plan, attach),
     .required = true,
     .min = 1,
     .max = 100,
     .doc = "Organizational units whose accounts follow the plan."},
    {.key = NULL},
};

static const struct schema plan_schema = {
    .name = "backup_plan",
    .doc = "What is backed up when, and for how long: a part of the organization's backup policy.",
    .size = sizeof(struct backup_plan),
    .node_offset = offsetof(struct backup_plan, node),
    .fields = plan_fields,
};

static const struct field air_gapped_fields[] = {
    {.key = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct backup_air_gapped, name),
     .format = FORMAT_ROLE_NAME,
     .doc = "What the vault is called: 2 to 50 letters, digits, `-` and `_`. Not given: the "
            "baseline's name and `-airgap`."},
    {.key = "min_days",
     .type = FIELD_INT,
     .offset = offsetof(struct backup_air_gapped, min_days),
     .required = true,
     .min = 7,
     .max = DAYS_MOST,
     .doc = "What is to be deleted sooner is not taken into the vault."},
    {.key = "max_days",
     .type = FIELD_INT,
     .offset = offsetof(struct backup_air_gapped, max_days),
     .required = true,
     .min = 7,
     .max = DAYS_MOST,
     .doc = "What is to be kept longer is not taken into the vault."},
    {.key = NULL},
};

static const struct schema air_gapped_schema = {
    .name = "backup_air_gapped",
    .doc = "A logically air-gapped vault beside the central one. It is encrypted under a key that "
           "AWS owns, and always locked in compliance mode, with a retention that is fixed when it "
           "is made: nothing of that can be undone, so plinth asks for it by the vault's name. "
           "Sharing it (AWS RAM) is left to you.",
    .size = sizeof(struct backup_air_gapped),
    .node_offset = offsetof(struct backup_air_gapped, node),
    .fields = air_gapped_fields,
};

static const struct choice algorithms[] = {
    {"latest", "LATEST_WITHIN_WINDOW"}, {"random", "RANDOM_WITHIN_WINDOW"}, {NULL, NULL}};

static const struct choice point_types[] = {
    {"snapshot", "SNAPSHOT"}, {"continuous", "CONTINUOUS"}, {NULL, NULL}};

/* API Reference, RestoreTestingSelectionForCreate. */
static const struct choice restorable[] = {
    {"Aurora", "Aurora"},
    {"DocumentDB", "DocumentDB"},
    {"DynamoDB", "DynamoDB"},
    {"EBS", "EBS"},
    {"EC2", "EC2"},
    {"EFS", "EFS"},
    {"FSx", "FSx"},
    {"Neptune", "Neptune"},
    {"RDS", "RDS"},
    {"S3", "S3"},
    {NULL, NULL},
};

static const struct field restore_fields[] = {
    {.key = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct backup_restore_test, name),
     .required = true,
     .format = FORMAT_KEY,
     .doc = "What the test is called: at most 20 letters, digits and `_`."},
    {.key = "schedule",
     .type = FIELD_STRING,
     .offset = offsetof(struct backup_restore_test, schedule),
     .required = true,
     .doc = "When it starts, in UTC.",
     .example = "cron(0 6 ? * 1 *)"},
    {.key = "start_within_hours",
     .type = FIELD_INT,
     .offset = offsetof(struct backup_restore_test, start_within_hours),
     .fallback = "24",
     .min = 1,
     .max = 168,
     .doc = "Restores start spread over that time."},
    {.key = "algorithm",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct backup_restore_test, algorithm),
     .fallback = "latest",
     .choices = algorithms,
     .doc = "Which recovery point of a resource is restored."},
    {.key = "window_days",
     .type = FIELD_INT,
     .offset = offsetof(struct backup_restore_test, window_days),
     .fallback = "30",
     .min = 1,
     .max = 365,
     .doc = "Older recovery points are not looked at."},
    {.key = "point_types",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct backup_restore_test, point_types),
     .fallback = "[snapshot]",
     .choices = point_types,
     .min = 1,
     .max = 2,
     .doc = "Kinds of recovery points."},
    {.key = "resource_types",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct backup_restore_test, resource_types),
     .required = true,
     .choices = restorable,
     .min = 1,
     .max = 10,
     .doc = "What is restored. Of each type everything that has the tags, each time: it is charged "
            "like a restore.",
     .example = "[EBS, DynamoDB]"},
    {.key = "tags",
     .type = FIELD_PAIRS,
     .offset = offsetof(struct backup_restore_test, tags),
     .max = 30,
     .doc = "Only resources with all of these tags. Not given: all that have a recovery point.",
     .example = "{restore-test: \"yes\"}"},
    {.key = "validation_hours",
     .type = FIELD_INT,
     .offset = offsetof(struct backup_restore_test, validation_hours),
     .min = 0,
     .max = 168,
     .doc = "How long what was restored stays, to be looked at. AWS then deletes it."},
    {.key = "accounts",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct backup_restore_test, accounts),
     .max = 100,
     .doc = "Only in these accounts, by name. Not given: in each that has a vault."},
    {.key = NULL},
};

static const struct schema restore_schema = {
    .name = "backup_restore_test",
    .doc = "Restoring for a try what the vault of each account and source region holds (AWS "
           "Backup's restore testing). With `--prune` one that is taken out is deleted.",
    .size = sizeof(struct backup_restore_test),
    .node_offset = offsetof(struct backup_restore_test, node),
    .fields = restore_fields,
};

static const struct field backup_fields[] = {
    {.key = "region",
     .type = FIELD_STRING,
     .offset = offsetof(struct backup_spec, region),
     .required = true,
     .uniform = true,
     .format = FORMAT_REGION,
     .doc = "Where the backup account keeps the copies: another region than the sources'."},
    {.key = "source_regions",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct backup_spec, source_regions),
     .uniform = true,
     .format = FORMAT_REGION,
     .max = 40,
     .doc = "Where each account has a vault and a key. Not given: the home region."},
    {.key = "role",
     .type = FIELD_STRING,
     .offset = offsetof(struct backup_spec, role),
     .fallback = "plinth-backup",
     .uniform = true,
     .format = FORMAT_ROLE_NAME,
     .doc = "The role in each account with which AWS Backup works."},
    {.key = "resource_types",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct backup_spec, resource_types),
     .fallback = "[Aurora, DynamoDB, EBS, EC2, EFS, RDS, S3]",
     .uniform = true,
     .choices = types,
     .min = 1,
     .max = 20,
     .doc = "What AWS Backup may back up in the source regions. A type that is on besides stays "
            "on. Costs nothing; one read per account and source region."},
    {.key = "rotation_days",
     .type = FIELD_INT,
     .offset = offsetof(struct backup_spec, rotation_days),
     .fallback = "365",
     .uniform = true,
     .min = 90,
     .max = 2560,
     .doc = "How often the keys of the vaults rotate."},
    {.key = "lock",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct backup_spec, lock),
     .uniform = true,
     .object = &lock_schema,
     .doc = "The lock of the central vault. One that is taken out of the baseline stays."},
    {.key = "source_lock",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct backup_spec, source_lock),
     .uniform = true,
     .object = &lock_schema,
     .doc = "The lock of the vaults in the accounts. One that is taken out of the baseline stays; "
            "with `--prune` one in governance mode goes."},
    {.key = "air_gapped",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct backup_spec, air_gapped),
     .uniform = true,
     .object = &air_gapped_schema,
     .doc = "A logically air-gapped vault in the backup account and region. One that is taken out "
            "of the baseline stays."},
    {.key = "plans",
     .type = FIELD_NAMED,
     .offset = offsetof(struct backup_spec, plans),
     .uniform = true,
     .object = &plan_schema,
     .max = 10,
     .doc = "Plans of the organization's backup policy, by name."},
    {.key = "restore_tests",
     .type = FIELD_NAMED,
     .offset = offsetof(struct backup_spec, restore_tests),
     .uniform = true,
     .object = &restore_schema,
     .max = 10,
     .doc = "Restore tests, by name."},
    {.key = NULL},
};

const struct schema backup_schema = {
    .name = "backup",
    .doc =
        "Backups that an intruder in their account cannot reach. Each account has a vault under "
        "a key of its own, and a role for AWS Backup; the backup account has a central vault in "
        "another region, which takes copies from this organization only. Needs an account with "
        "role `backup` and `backup.amazonaws.com` in `organization.trusted_access`. Each key "
        "costs about 1 USD a month: an account or OU that keeps no data says `backup: false`. See "
        "`docs/backups.md` for whom it protects from, and what it cannot do.",
    .size = sizeof(struct backup_spec),
    .node_offset = offsetof(struct backup_spec, node),
    .fields = backup_fields,
};

/* --- Names and places ----------------------------------------------------------------------------
 */

bool backup_lists(const struct strings *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_eq(list->items[i], text))
            return true;
    return false;
}

bool backup_is_under(const struct account *account, const char *path)
{
    const struct ou *ou = account->ou;

    while (ou != NULL && !str_eq(ou->path, path))
        ou = ou->parent;
    return ou != NULL || str_eq(path, "root");
}

void backup_selections(const struct baseline *baseline, struct arena *arena,
                       struct backup_selections *out)
{
    const struct backup_spec *spec = control_settings(baseline, "backup", arena);
    const struct backup_plan *plans = spec == NULL ? NULL : spec->plans.items;
    VEC(struct backup_selection) found = {0};

    for (size_t i = 0; spec != NULL && i < spec->plans.count; i++)
        for (size_t v = 0; v < plans[i].values.count; v++)
            *VEC_ADD(arena, &found) =
                (struct backup_selection){.key = plans[i].tag, .value = plans[i].values.items[v]};
    *out = (struct backup_selections){.items = found.items, .count = found.count};
}

const struct strings *backup_sources(const struct baseline *baseline,
                                     const struct backup_spec *spec, struct strings *home)
{
    if (spec->source_regions.count > 0)
        return &spec->source_regions;
    *home = (struct strings){.items = (const char **)(uintptr_t)&baseline->home_region, .count = 1};
    return home;
}

int64_t backup_copy_delete_days(const struct backup_plan *plan)
{
    return plan->copy != NULL && plan->copy->delete_after_days > 0 ? plan->copy->delete_after_days
                                                                   : plan->delete_after_days;
}

bool backup_in_source_region(const struct baseline *baseline, const struct account *account,
                             const void *decoded, const char *region)
{
    struct strings home;

    (void)account;
    return backup_lists(backup_sources(baseline, decoded, &home), region);
}

bool backup_in_central_region(const struct baseline *baseline, const struct account *account,
                              const void *decoded, const char *region)
{
    const struct backup_spec *spec = decoded;

    (void)baseline;
    (void)account;
    return str_eq(spec->region, region);
}

bool backup_in_air_gapped_region(const struct baseline *baseline, const struct account *account,
                                 const void *decoded, const char *region)
{
    const struct backup_spec *spec = decoded;

    return spec->air_gapped != NULL && backup_in_central_region(baseline, account, decoded, region);
}

bool backup_restore_concerns(const struct backup_restore_test *test, const struct account *account)
{
    return test->accounts.count == 0 || backup_lists(&test->accounts, account->name);
}

bool backup_in_restore_region(const struct baseline *baseline, const struct account *account,
                              const void *decoded, const char *region)
{
    const struct backup_spec *spec = decoded;

    return spec->restore_tests.count > 0 &&
           backup_in_source_region(baseline, account, decoded, region);
}

/* A vault's name has 50 characters, as a baseline's. */
static const char *vault_name(const struct baseline *baseline, const char *word,
                              struct arena *arena)
{
    enum { WORD_MOST = 42 };

    return arena_printf(arena, "%.*s-%s", WORD_MOST, control_word(baseline->name, arena), word);
}

const char *backup_vault_name(const struct baseline *baseline, struct arena *arena)
{
    return vault_name(baseline, "backup", arena);
}

const char *backup_central_name(const struct baseline *baseline, struct arena *arena)
{
    return vault_name(baseline, "central", arena);
}

const char *backup_air_gapped_name(const struct baseline *baseline, const struct backup_spec *spec,
                                   struct arena *arena)
{
    if (spec->air_gapped->name != NULL)
        return spec->air_gapped->name;
    return vault_name(baseline, "airgap", arena);
}
