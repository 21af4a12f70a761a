/*
 * honey_uses.c - the third detector of honey tokens: when AWS says they were last used.
 *
 * Source: IAM API Reference, GetAccessKeyLastUsed and RoleLastUsed; Secrets Manager API Reference,
 *         DescribeSecret (LastAccessedDate is a day).
 * Limits: no source address, and AWS shows a use late: keys and secrets within hours, roles within
 *         four.  Of parameters, buckets and tables it keeps none.  What is known is kept beside the
 *         map, one parameter for each token: a use that was looked into is no news.
 */
#include "honey.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

enum { REPORT_BYTES_MOST = 1024 * 1024 };

static const int64_t day_ms = INT64_C(86400000);

/* --- Last use ------------------------------------------------------------------------------------
 */

bool honey_has_last_use(enum honey_kind kind)
{
    return kind == HONEY_ACCESS_KEY || kind == HONEY_ROLE || kind == HONEY_SECRET;
}

static int take_text(struct honey_row *row, const struct json *used, struct err *err)
{
    const char *text = json_str(used, "LastUsedDate");

    if (text == NULL)
        return 0;
    if (!time_parse_rfc3339(text, &row->used_ms))
        return err_set(err, ERR_PROTOCOL, "LastUsedDate is no time: %s", text);
    row->service = json_str(used, "ServiceName");
    row->region = json_str(used, "Region");
    return 0;
}

static int read_key(struct honey_run *run, const struct aws_target *target, struct honey_row *row,
                    struct err *err)
{
    struct json *params = json_object(run->arena);
    const struct json *answer;

    if (row->entry->access_key_id == NULL)
        return 0;
    json_put_str(params, "AccessKeyId", row->entry->access_key_id);
    if (aws_call(target, AWS_IAM_GET_ACCESS_KEY_LAST_USED, params, run->arena, &answer, err) != 0)
        return -1;
    return take_text(row, json_get(answer, "AccessKeyLastUsed"), err);
}

static int read_role(struct honey_run *run, const struct aws_target *target, struct honey_row *row,
                     struct err *err)
{
    struct json *params = json_object(run->arena);
    const struct json *answer;

    json_put_str(params, "RoleName", row->entry->name);
    if (aws_call(target, AWS_IAM_GET_ROLE, params, run->arena, &answer, err) != 0)
        return -1;
    return take_text(row, json_path(answer, "Role", "RoleLastUsed", NULL), err);
}

static int read_secret(struct honey_run *run, const struct aws_target *target,
                       struct honey_row *row, struct err *err)
{
    struct json *params = json_object(run->arena);
    const struct json *answer;
    double seconds;

    json_put_str(params, "SecretId", row->entry->name);
    if (aws_call(target, AWS_SECRETSMANAGER_DESCRIBE_SECRET, params, run->arena, &answer, err) != 0)
        return -1;
    seconds = json_number(answer, "LastAccessedDate", -1);
    row->used_ms = seconds < 0 ? -1 : (int64_t)(seconds * 1000);
    row->used_that_day = true;
    row->service = seconds < 0 ? NULL : "secretsmanager";
    row->region = row->entry->region;
    return 0;
}

int honey_read_use(struct honey_run *run, struct honey_row *row, struct err *err)
{
    const struct honey_entry *entry = row->entry;
    struct aws_target target;

    row->used_ms = -1;
    if (!honey_has_last_use(entry->kind))
        return 0;
    if (honey_target(run, entry->account, entry->region, &target, err) != 0)
        return -1;
    if (entry->kind == HONEY_ACCESS_KEY)
        return read_key(run, &target, row, err);
    return entry->kind == HONEY_ROLE ? read_role(run, &target, row, err)
                                     : read_secret(run, &target, row, err);
}

/* Of a day it cannot be said whether it was before or after. */
bool honey_is_news(const struct honey_row *row)
{
    if (row->used_ms < 0)
        return false;
    return row->used_that_day ? row->used_ms / day_ms > row->known_ms / day_ms || row->known_ms < 0
                              : row->used_ms > row->known_ms;
}

/* --- What is known -------------------------------------------------------------------------------
 */

static int security_target(struct honey_run *run, struct aws_target *out, struct err *err)
{
    const struct baseline *baseline = run->session->loaded.baseline;

    return honey_target(run, baseline_account_with_role(baseline, ROLE_SECURITY)->name,
                        baseline->home_region, out, err);
}

int honey_read_known(struct honey_run *run, struct err *err)
{
    const char *path = honey_path(run->session->loaded.baseline, "honey-known", run->arena);
    struct json *params = json_object(run->arena);
    const struct json *list;
    struct aws_target target;

    json_put_str(params, "Path", path);
    if (security_target(run, &target, err) != 0 ||
        aws_list(&target, AWS_SSM_GET_PARAMETERS_BY_PATH, params, run->arena, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        for (size_t i = 0; i < run->count; i++) {
            struct honey_row *row = &run->rows[i];
            const char *name = json_str(it, "Name"), *value = json_str(it, "Value");

            if (str_eq(name, arena_printf(run->arena, "%s%s", path, row->entry->label)) &&
                (value == NULL || !time_parse_rfc3339(value, &row->known_ms)))
                return err_set(err, ERR_PROTOCOL, "parameter %s holds no time", name);
        }
    return 0;
}

int honey_write_known(struct honey_run *run, struct honey_row *row, int64_t known_ms,
                      struct err *err)
{
    const char *path = honey_path(run->session->loaded.baseline, "honey-known", run->arena);
    struct json *params = json_object(run->arena);
    char text[TIME_TEXT_BYTES];
    struct aws_target target;

    time_rfc3339(known_ms, text);
    json_put_str(params, "Name", arena_printf(run->arena, "%s%s", path, row->entry->label));
    json_put_str(params, "Value", text);
    json_put_str(params, "Type", "String");
    json_put_bool(params, "Overwrite", true);
    if (security_target(run, &target, err) != 0)
        return -1;
    return aws_call(&target, AWS_SSM_PUT_PARAMETER, params, run->arena, NULL, err);
}

/* --- The subcommand ------------------------------------------------------------------------------
 */

/* One that cannot be read does not hide the others. */
static int check(struct honey_run *run, struct err *err)
{
    if (honey_prepare(run, err) != 0 || honey_read_known(run, err) != 0)
        return -1;
    for (size_t i = 0; i < run->count; i++) {
        struct honey_row *row = &run->rows[i];

        if (honey_read_use(run, row, err) != 0) {
            if (err->code == ERR_CANCELLED)
                return -1;
            row->error = arena_str(run->arena, err->text);
            err_clear(err);
        } else if (run->options->acknowledge && honey_is_news(row) &&
                   honey_write_known(run, row, env_wall_ms(&run->session->env), err) != 0) {
            return -1;
        }
    }
    return 0;
}

static void check_fiber(void *arg)
{
    struct honey_run *run = arg;

    run->failed = check(run, &run->err);
}

static const char *when(const struct honey_row *row, struct arena *arena)
{
    char text[TIME_TEXT_BYTES];

    time_rfc3339(row->used_ms, text);
    if (row->used_that_day)
        text[10] = '\0';
    return arena_str(arena, text);
}

static const char *where(const struct honey_row *row, struct arena *arena)
{
    const struct honey_entry *entry = row->entry;

    return entry->place != NULL ? entry->place : arena_printf(arena, "account %s", entry->account);
}

static void put_row(const struct honey_run *run, const struct honey_row *row, struct buf *out)
{
    const struct honey_entry *entry = row->entry;

    if (row->error != NULL)
        buf_printf(out, "unknown  %s: %s\n", entry->label, row->error);
    else if (honey_is_news(row))
        buf_printf(out, "USED     %s (%s %s, %s): last on %s, service %s, region %s\n",
                   entry->label, honey_kind_name(entry->kind), entry->name, where(row, run->arena),
                   when(row, run->arena), row->service == NULL ? "not told" : row->service,
                   row->region == NULL ? "not told" : row->region);
    else if (row->used_ms >= 0)
        buf_printf(out, "known    %s: last on %s\n", entry->label, when(row, run->arena));
    else if (entry->kind == HONEY_ACCESS_KEY && entry->access_key_id == NULL)
        buf_printf(out, "unknown  %s: no key is planted (plinth apply)\n", entry->label);
    else if (honey_has_last_use(entry->kind))
        buf_printf(out, "unused   %s\n", entry->label);
    else
        buf_printf(out, "-        %s: AWS keeps no last use of a %s\n", entry->label,
                   honey_kind_name(entry->kind));
}

static const char *state_of(const struct honey_row *row)
{
    const struct honey_entry *entry = row->entry;

    if (row->error != NULL || (entry->kind == HONEY_ACCESS_KEY && entry->access_key_id == NULL))
        return "unknown";
    if (honey_is_news(row))
        return "used";
    if (!honey_has_last_use(entry->kind))
        return "not_kept";
    return row->used_ms >= 0 ? "known" : "unused";
}

static void put_use(const struct honey_run *run, const struct honey_row *row, struct json *item)
{
    json_put_str(item, "state", state_of(row));
    if (row->error == NULL && row->used_ms >= 0) {
        json_put_str(item, "last_used", when(row, run->arena));
        json_put_str(item, "service", row->service);
        json_put_str(item, "region", row->region);
    }
    json_put_str(item, "error", row->error);
}

static bool report(const struct honey_run *run)
{
    struct buf text;
    bool ok;

    if (wants_json(&run->options->run.baseline))
        return put_json(honey_json(run, "honey_check", put_use));
    buf_init(&text, REPORT_BYTES_MOST);
    for (size_t i = 0; i < run->count; i++)
        put_row(run, &run->rows[i], &text);
    buf_printf(&text, "A last use has no source address, and AWS shows it late: the alarm has "
                      "the address.\n");
    ok = put_result(buf_text(&text), text.len);
    buf_fini(&text);
    return ok;
}

int honey_check_uses(struct honey_run *run)
{
    bool used = false, unknown = false;

    sched_run(run->session->sched, check_fiber, run);
    if (run->failed != 0)
        return session_failed(run->session, &run->err);
    if (!report(run))
        return EXIT_ERROR;
    for (size_t i = 0; i < run->count; i++) {
        used = used || str_eq(state_of(&run->rows[i]), "used");
        unknown = unknown || str_eq(state_of(&run->rows[i]), "unknown");
    }
    if (used)
        return EXIT_CHANGES;
    return unknown ? EXIT_PARTIAL : EXIT_DONE;
}
