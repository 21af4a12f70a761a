/*
 * backup_check.c - what is wrong with what the baseline says of backups.
 *
 * Source: AWS Backup Developer Guide, "Lifecycle" (a copy in cold storage stays for 90 days), "AWS
 *         Backup Vault Lock", "Logically air-gapped vault", "Creating backup copies across AWS
 *         accounts", "Restore testing"; Amazon EventBridge User Guide, "Cron expressions".
 */
#include "backup_settings.h"

#include "plinth/base/str.h"

#include <inttypes.h>
#include <string.h>

#define VAULT_CHARACTERS "-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

#define CRON_CHARACTERS "?*,-/#0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum { CRON_DAY = 3, CRON_WEEKDAY = 5, CRON_WORDS = 6 };
enum { COOLING_OFF_DAYS_LEAST = 3, COLD_DAYS_LEAST = 90 };

static void check_regions(const struct baseline *baseline, const struct backup_spec *spec,
                          struct diags *diags)
{
    const struct mark *mark = schema_mark(spec->node, "region");
    struct strings home;
    const struct strings *from = backup_sources(baseline, spec, &home);

    if (backup_lists(from, spec->region))
        diags_add(diags, mark,
                  "backups of %s would be copied into the same region: what takes that region "
                  "down takes the copies too",
                  spec->region);
    if (!backup_lists(&baseline->regions, spec->region))
        diags_add(diags, mark, "%s is not among the baseline's regions: policies would deny it",
                  spec->region);
    for (size_t i = 0; i < spec->source_regions.count; i++)
        if (!backup_lists(&baseline->regions, spec->source_regions.items[i]))
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

static void check_copy(const struct backup_spec *spec, const struct backup_plan *plan,
                       struct diags *diags)
{
    const struct node *node = plan->copy == NULL ? plan->node : plan->copy->node;
    const struct backup_air_gapped *gapped = spec->air_gapped;

    if (!plan->copies && !plan->copies_to_air_gapped) {
        if (plan->copy != NULL)
            diags_add(diags, &plan->copy->node->mark, "'copy' is for a plan that copies");
        return;
    }
    if (plan->copies)
        check_retention(spec->lock, schema_mark(node, "delete_after_days"), "a copy",
                        backup_copy_delete_days(plan), diags);
    if (plan->copies_to_air_gapped && gapped == NULL)
        diags_add(diags, schema_mark(plan->node, "copies_to_air_gapped"),
                  "there is no air-gapped vault to copy to: backup has no air_gapped");
    else if (plan->copies_to_air_gapped)
        check_retention(
            &(struct backup_lock){.min_days = gapped->min_days, .max_days = gapped->max_days},
            schema_mark(node, "delete_after_days"), "an air-gapped copy",
            backup_copy_delete_days(plan), diags);
    if (plan->copy != NULL)
        check_cold(plan->copy->node, plan->copy->cold_after_days, backup_copy_delete_days(plan),
                   diags);
}

/* Unknown units are found where the policy is attached. */
static void check_attachments(const struct baseline *baseline, const struct backup_plan *plan,
                              struct diags *diags)
{
    const struct account *backup = baseline_account_with_role(baseline, ROLE_BACKUP);
    const struct node *list = node_get(plan->node, "attach");

    bool copies = plan->copies || plan->copies_to_air_gapped;

    for (size_t i = 0; copies && backup != NULL && i < plan->attach.count; i++)
        if (backup_is_under(backup, plan->attach.items[i]))
            diags_add(diags, list->type == NODE_LIST ? &list->items[i]->mark : &list->mark,
                      "the plan would copy backups of account %s into the same account: attach it "
                      "to units that %s is not in",
                      backup->name, backup->name);
}

/* The policy binds every account under its units, and one without a vault has nowhere to put what
 * it backs up: each of its jobs would fail. */
static void check_vaults(const struct baseline *baseline, const struct backup_plan *plan,
                         struct diags *diags)
{
    const struct node *list = node_get(plan->node, "attach");

    for (size_t i = 0; i < plan->attach.count; i++)
        for (size_t a = 0; a < baseline->account_count; a++) {
            const struct account *account = &baseline->accounts[a];

            if (backup_is_under(account, plan->attach.items[i]) &&
                baseline_control_node(baseline, "backup", account) == NULL)
                diags_add(diags, list->type == NODE_LIST ? &list->items[i]->mark : &list->mark,
                          "account %s would follow the plan and has no vault: it says `backup: "
                          "false`, or its unit does; attach the plan elsewhere, or leave that out",
                          account->name);
        }
}

/* Six words; of the day of the month and that of the week one is '?', as AWS wants it. */
static bool is_cron(const char *text)
{
    size_t count = 0, questions = 0, len;

    if (!str_starts(text, "cron("))
        return false;
    for (text += strlen("cron("); *text != ')'; text += len) {
        text += strspn(text, " ");
        len = strspn(text, CRON_CHARACTERS);
        if (len == 0)
            return false;
        count++;
        questions += len == 1 && *text == '?' && (count == CRON_DAY || count == CRON_WEEKDAY);
    }
    return text[1] == '\0' && count == CRON_WORDS && questions == 1;
}

static void check_schedule(const struct node *node, const char *schedule, struct diags *diags)
{
    if (!is_cron(schedule))
        diags_add(
            diags, schema_mark(node, "schedule"),
            "a schedule is \"cron(MINUTE HOUR DAY MONTH WEEKDAY YEAR)\" with ? for one of DAY "
            "and WEEKDAY");
}

static void check_plan(const struct baseline *baseline, const struct backup_spec *spec,
                       const struct backup_plan *plan, struct diags *diags)
{
    check_schedule(plan->node, plan->schedule, diags);
    if (plan->complete_within_minutes < plan->start_within_minutes + 60)
        diags_add(diags, schema_mark(plan->node, "complete_within_minutes"),
                  "complete_within_minutes must be at least 60 more than start_within_minutes");
    check_cold(plan->node, plan->cold_after_days, plan->delete_after_days, diags);
    check_retention(spec->source_lock, schema_mark(plan->node, "delete_after_days"),
                    "a recovery point", plan->delete_after_days, diags);
    check_copy(spec, plan, diags);
    check_attachments(baseline, plan, diags);
    check_vaults(baseline, plan, diags);
}

static void check_air_gapped(const struct baseline *baseline, const struct backup_spec *spec,
                             struct diags *diags)
{
    const struct backup_air_gapped *gapped = spec->air_gapped;
    size_t length = gapped == NULL || gapped->name == NULL ? 0 : strlen(gapped->name);

    if (gapped == NULL)
        return;
    if (gapped->min_days > gapped->max_days)
        diags_add(diags, schema_mark(gapped->node, "min_days"),
                  "min_days (%" PRId64 ") is more than max_days (%" PRId64 ")", gapped->min_days,
                  gapped->max_days);
    if (gapped->name == NULL)
        return;
    if (length < 2 || length > 50 || strspn(gapped->name, VAULT_CHARACTERS) != length)
        diags_add(diags, schema_mark(gapped->node, "name"),
                  "a vault's name has 2 to 50 letters, digits, '-' and '_'");
    if (str_eq(gapped->name, backup_central_name(baseline, diags->arena)))
        diags_add(diags, schema_mark(gapped->node, "name"), "%s is the central vault's name",
                  gapped->name);
}

static void check_restore(const struct baseline *baseline, const struct backup_restore_test *test,
                          struct diags *diags)
{
    size_t length = strlen(test->name);

    if (length > BACKUP_RESTORE_NAME_MOST || strchr(test->name, '-') != NULL)
        diags_add(diags, &test->node->mark,
                  "a restore test's name has at most %d letters, digits and '_'",
                  BACKUP_RESTORE_NAME_MOST);
    check_schedule(test->node, test->schedule, diags);
    for (size_t i = 0; i < test->accounts.count; i++) {
        const struct account *account = baseline_account(baseline, test->accounts.items[i]);

        if (account == NULL)
            diags_add(diags, schema_mark(test->node, "accounts"), "there is no account %s",
                      test->accounts.items[i]);
        else if (baseline_control_node(baseline, "backup", account) == NULL)
            diags_add(diags, schema_mark(test->node, "accounts"),
                      "account %s has no vault to restore from: it says `backup: false`, or its "
                      "unit does",
                      account->name);
    }
}

void backup_check(const struct baseline *baseline, const void *decoded, struct diags *diags)
{
    const struct backup_spec *spec = decoded;
    const struct account *backup = baseline_account_with_role(baseline, ROLE_BACKUP);
    const struct backup_plan *plans = spec->plans.items;
    const struct backup_restore_test *tests = spec->restore_tests.items;

    if (backup == NULL)
        diags_add(diags, &spec->node->mark, "backup needs an account with role backup");
    else if (backup->roles & ROLE_MANAGEMENT)
        diags_add(diags, &spec->node->mark,
                  "the backup account is the management account, which no policy protects");
    if (!backup_lists(&baseline->organization.trusted_access, "backup.amazonaws.com"))
        diags_add(diags, &spec->node->mark,
                  "backup needs backup.amazonaws.com in organization.trusted_access");
    check_regions(baseline, spec, diags);
    check_lock(spec->lock, diags);
    check_lock(spec->source_lock, diags);
    for (size_t i = 0; i < spec->plans.count; i++)
        check_plan(baseline, spec, &plans[i], diags);
    check_air_gapped(baseline, spec, diags);
    for (size_t i = 0; i < spec->restore_tests.count; i++)
        check_restore(baseline, &tests[i], diags);
}
