/*
 * backup_settings.c - what the baseline says of backups.
 *
 * Source: AWS Backup Developer Guide, "Lifecycle" (a copy in cold storage stays for 90 days), "AWS
 *         Backup Vault Lock", "Creating backup copies across AWS accounts".
 */
#include "backup_settings.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <inttypes.h>

enum { DAYS_MOST = 36500, COOLING_OFF_DAYS_LEAST = 3, COLD_DAYS_LEAST = 90 };

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
    {.key = "plans",
     .type = FIELD_NAMED,
     .offset = offsetof(struct backup_spec, plans),
     .uniform = true,
     .object = &plan_schema,
     .max = 10,
     .doc = "Plans of the organization's backup policy, by name."},
    {.key = NULL},
};

const struct schema backup_schema = {
    .name = "backup",
    .doc = "Backups that an intruder in their account cannot reach. Each account has a vault under "
           "a key of its own, and a role for AWS Backup; the backup account has a central vault in "
           "another region, which takes copies from this organization only. Needs an account with "
           "role `backup` and `backup.amazonaws.com` in `organization.trusted_access`. Each key "
           "costs about 1 USD a month: an account or OU that keeps no data says `backup: false`.",
    .size = sizeof(struct backup_spec),
    .node_offset = offsetof(struct backup_spec, node),
    .fields = backup_fields,
};

/* --- Checks --------------------------------------------------------------------------------------
 */

static bool contains(const struct strings *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_eq(list->items[i], text))
            return true;
    return false;
}

static const struct strings *sources(const struct baseline *baseline,
                                     const struct backup_spec *spec, struct strings *home)
{
    if (spec->source_regions.count > 0)
        return &spec->source_regions;
    *home = (struct strings){.items = (const char **)(uintptr_t)&baseline->home_region, .count = 1};
    return home;
}

static void check_regions(const struct baseline *baseline, const struct backup_spec *spec,
                          struct diags *diags)
{
    const struct mark *mark = schema_mark(spec->node, "region");
    struct strings home;
    const struct strings *from = sources(baseline, spec, &home);

    if (contains(from, spec->region))
        diags_add(diags, mark,
                  "backups of %s would be copied into the same region: what takes that region "
                  "down takes the copies too",
                  spec->region);
    if (!contains(&baseline->regions, spec->region))
        diags_add(diags, mark, "%s is not among the baseline's regions: policies would deny it",
                  spec->region);
    for (size_t i = 0; i < spec->source_regions.count; i++)
        if (!contains(&baseline->regions, spec->source_regions.items[i]))
            diags_add(diags, schema_mark(spec->node, "source_regions"),
                      "%s is not among the baseline's regions", spec->source_regions.items[i]);
}

static void check_lock(const struct backup_lock *lock, struct diags *diags)
{
    bool compliance;

    if (lock == NULL)
        return;
    compliance = str_eq(lock->mode, "compliance");
    if (lock->max_days > 0 && lock->min_days > lock->max_days)
        diags_add(diags, schema_mark(lock->node, "min_days"),
                  "min_days (%" PRId64 ") is more than max_days (%" PRId64 ")", lock->min_days,
                  lock->max_days);
    if (lock->min_days == 0 && lock->max_days == 0)
        diags_add(diags, &lock->node->mark,
                  "a lock without min_days and max_days is no promise of anything: give one");
    if (compliance && lock->changeable_for_days < COOLING_OFF_DAYS_LEAST)
        diags_add(diags, schema_mark(lock->node, "changeable_for_days"),
                  "a compliance lock needs changeable_for_days of %d or more: after that nobody "
                  "can take it away",
                  COOLING_OFF_DAYS_LEAST);
    if (!compliance && node_get(lock->node, "changeable_for_days") != NULL)
        diags_add(diags, schema_mark(lock->node, "changeable_for_days"),
                  "changeable_for_days is for a compliance lock: with it AWS makes it one");
}

/* AWS Backup fails each job whose recovery point the vault's lock does not take. */
static void check_retention(const struct backup_lock *lock, const struct mark *mark,
                            const char *what, int64_t delete_days, struct diags *diags)
{
    if (lock == NULL)
        return;
    if (lock->min_days > 0 && delete_days < lock->min_days)
        diags_add(diags, mark,
                  "%s is deleted after %" PRId64 " days, and the lock takes nothing that is kept "
                  "for less than %" PRId64 ": every job would fail",
                  what, delete_days, lock->min_days);
    if (lock->max_days > 0 && delete_days > lock->max_days)
        diags_add(diags, mark,
                  "%s is deleted after %" PRId64 " days, and the lock takes nothing that is kept "
                  "for more than %" PRId64 ": every job would fail",
                  what, delete_days, lock->max_days);
}

static void check_cold(const struct node *node, int64_t cold_days, int64_t delete_days,
                       struct diags *diags)
{
    if (cold_days > 0 && delete_days < cold_days + COLD_DAYS_LEAST)
        diags_add(diags, schema_mark(node, "cold_after_days"),
                  "what moves to cold storage after %" PRId64 " days stays there for %d: "
                  "delete_after_days must be %" PRId64 " or more, not %" PRId64,
                  cold_days, COLD_DAYS_LEAST, cold_days + COLD_DAYS_LEAST, delete_days);
}

int64_t backup_copy_delete_days(const struct backup_plan *plan)
{
    return plan->copy != NULL && plan->copy->delete_after_days > 0 ? plan->copy->delete_after_days
                                                                   : plan->delete_after_days;
}

static void check_copy(const struct backup_spec *spec, const struct backup_plan *plan,
                       struct diags *diags)
{
    const struct node *node = plan->copy == NULL ? plan->node : plan->copy->node;

    if (!plan->copies) {
        if (plan->copy != NULL)
            diags_add(diags, &plan->copy->node->mark, "'copy' is for a plan that copies");
        return;
    }
    check_retention(spec->lock, schema_mark(node, "delete_after_days"), "a copy",
                    backup_copy_delete_days(plan), diags);
    if (plan->copy != NULL)
        check_cold(plan->copy->node, plan->copy->cold_after_days, backup_copy_delete_days(plan),
                   diags);
}

static bool is_within(const struct ou *ou, const char *path)
{
    for (; ou != NULL; ou = ou->parent)
        if (str_eq(ou->path, path))
            return true;
    return false;
}

/* Unknown units are found where the policy is attached. */
static void check_attachments(const struct baseline *baseline, const struct backup_plan *plan,
                              struct diags *diags)
{
    const struct account *backup = baseline_account_with_role(baseline, ROLE_BACKUP);
    const struct node *list = node_get(plan->node, "attach");

    for (size_t i = 0; plan->copies && backup != NULL && i < plan->attach.count; i++)
        if (str_eq(plan->attach.items[i], "root") || is_within(backup->ou, plan->attach.items[i]))
            diags_add(diags, list->type == NODE_LIST ? &list->items[i]->mark : &list->mark,
                      "the plan would copy backups of account %s into the same account: attach it "
                      "to units that %s is not in",
                      backup->name, backup->name);
}

static void check_plan(const struct baseline *baseline, const struct backup_spec *spec,
                       const struct backup_plan *plan, struct diags *diags)
{
    if (!str_starts(plan->schedule, "cron("))
        diags_add(diags, schema_mark(plan->node, "schedule"),
                  "a schedule is \"cron(MINUTE HOUR DAY MONTH WEEKDAY YEAR)\"");
    if (plan->complete_within_minutes < plan->start_within_minutes + 60)
        diags_add(diags, schema_mark(plan->node, "complete_within_minutes"),
                  "complete_within_minutes must be at least 60 more than start_within_minutes");
    check_cold(plan->node, plan->cold_after_days, plan->delete_after_days, diags);
    check_retention(spec->source_lock, schema_mark(plan->node, "delete_after_days"),
                    "a recovery point", plan->delete_after_days, diags);
    check_copy(spec, plan, diags);
    check_attachments(baseline, plan, diags);
}

void backup_check(const struct baseline *baseline, const void *decoded, struct diags *diags)
{
    const struct backup_spec *spec = decoded;
    const struct account *backup = baseline_account_with_role(baseline, ROLE_BACKUP);
    const struct backup_plan *plans = spec->plans.items;

    if (backup == NULL)
        diags_add(diags, &spec->node->mark, "backup needs an account with role backup");
    else if (backup->roles & ROLE_MANAGEMENT)
        diags_add(diags, &spec->node->mark,
                  "the backup account is the management account, which no policy protects");
    if (!contains(&baseline->organization.trusted_access, "backup.amazonaws.com"))
        diags_add(diags, &spec->node->mark,
                  "backup needs backup.amazonaws.com in organization.trusted_access");
    check_regions(baseline, spec, diags);
    check_lock(spec->lock, diags);
    check_lock(spec->source_lock, diags);
    for (size_t i = 0; i < spec->plans.count; i++)
        check_plan(baseline, spec, &plans[i], diags);
}

/* --- Names and places ----------------------------------------------------------------------------
 */

bool backup_in_source_region(const struct baseline *baseline, const struct account *account,
                             const void *decoded, const char *region)
{
    struct strings home;

    (void)account;
    return contains(sources(baseline, decoded, &home), region);
}

bool backup_in_central_region(const struct baseline *baseline, const struct account *account,
                              const void *decoded, const char *region)
{
    const struct backup_spec *spec = decoded;

    (void)baseline;
    (void)account;
    return str_eq(spec->region, region);
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
