/*
 * cmd_backup.c - plinth backup report: what has no recovery point of the last hours.
 *
 * Every account is read in every region at once.  Of what is read only that which lacks a backup is
 * kept.  What never had one and asks for none by a tag of the baseline's plans is told apart and
 * counts only if asked for.  plinth's own buckets and the honey tokens are among it, like anything
 * else: a report that left tokens out would give them away to who compares it with the account.
 */
#include "session.h"

#include "backup_read.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

#include <inttypes.h>
#include <string.h>

enum { HOURS = 24, HOURS_MOST = 24 * 366, PLACES_IN_FLIGHT = 128 };
enum { REPORT_BYTES_MOST = 1024 * 1024 * 1024 };
static const int64_t hour_ms = 3600 * 1000;

struct backup_opts {
    struct run_opts run;
    struct words regions; /* its own: no control must work there */
    long hours;
    const char *tag;
    bool all;
};

static const struct opt report_options[] = {
    {"hours", 0, OPT_NUMBER, offsetof(struct backup_opts, hours), "N",
     "how old the newest recovery point may be; 24 if not given", .least = 1, .most = HOURS_MOST,
     .fallback = HOURS},
    {"tag", 0, OPT_TEXT, offsetof(struct backup_opts, tag), "KEY[=VALUE]",
     "look only at resources with this tag, such as the one that backups are selected by"},
    {"all", 0, OPT_FLAG, offsetof(struct backup_opts, all), NULL,
     "what no plan of the baseline selects is unprotected too"},
    {"account", 0, OPT_WORDS, offsetof(struct run_opts, accounts), "NAME|ID",
     "only this account of the baseline"},
    {"region", 0, OPT_WORDS, offsetof(struct backup_opts, regions), "REGION",
     "only this region of the baseline"},
    PROFILE_OPT,
    {"parallel", 0, OPT_NUMBER, offsetof(struct run_opts, parallel), "N",
     "accounts times regions in flight; 128 if not given", .least = 1},
    BASELINE_OPTS,
    OUTPUT_OPT,
    {0},
};

/* An account's region, and what it lacks. */
struct place {
    struct report *report;
    const struct account *account;
    const char *account_id; /* NULL: it does not exist yet */
    const char *region;
    size_t protected_count;
    VEC(struct backup_resource) lacking;
    VEC(struct backup_resource) unselected;
    const char *unread; /* why nothing is known of it; NULL: it was read */
};

struct report {
    const struct backup_opts *options;
    struct session *session;
    struct arena *arena;
    struct backup_tag tag;
    struct backup_selections selections;
    int64_t hours, now_ms;
    VEC(struct place) places;
    struct err err;
    int failed;
};

/* --- Reading -------------------------------------------------------------------------------------
 */

static bool is_among(const char *const *items, size_t count, const char *word)
{
    for (size_t i = 0; word != NULL && i < count; i++)
        if (str_eq(items[i], word))
            return true;
    return false;
}

static bool is_named(const struct words *words, const char *word)
{
    return is_among(words->items, words->count, word);
}

static void add_place(struct report *report, const struct account *account, const char *region)
{
    const struct words *accounts = &report->options->run.accounts;
    struct aws_target target;
    bool exists = engine_enter(report->session->engine, account, region, &target);
    const char *id = exists ? arena_str(report->arena, target.account_id) : account->id;

    if (accounts->count > 0 && !is_named(accounts, account->name) && !is_named(accounts, id))
        return;
    *VEC_ADD(report->arena, &report->places) =
        (struct place){.report = report,
                       .account = account,
                       .account_id = exists ? id : NULL,
                       .region = region,
                       .unread = exists ? NULL : "the account does not exist yet"};
}

static int choose(struct report *report, struct err *err)
{
    const struct baseline *baseline = report->session->loaded.baseline;
    const struct words *asked = &report->options->regions;

    for (size_t i = 0; i < asked->count; i++)
        if (!is_among(baseline->regions.items, baseline->regions.count, asked->items[i]))
            return err_set(err, ERR_USAGE, "%s is no region of the baseline", asked->items[i]);
    for (size_t i = 0; i < baseline->account_count; i++)
        for (size_t j = 0; j < baseline->regions.count; j++)
            if (asked->count == 0 || is_named(asked, baseline->regions.items[j]))
                add_place(report, &baseline->accounts[i], baseline->regions.items[j]);
    return 0;
}

/* Whether what never had a recovery point is to have one. */
static bool should_have(const struct report *report, const struct backup_resource *resource)
{
    return report->options->all || report->tag.key != NULL || report->selections.count == 0 ||
           resource->selected;
}

static void sift(struct place *place, const struct backup_resources *resources)
{
    struct report *report = place->report;

    for (size_t i = 0; i < resources->count; i++) {
        struct backup_resource it = resources->items[i];

        if (it.last_ms > 0 && it.last_ms >= report->now_ms - report->hours * hour_ms) {
            place->protected_count++;
            continue;
        }
        it.arn = arena_str(report->arena, it.arn);
        it.type = arena_str(report->arena, it.type);
        if (it.last_ms > 0 || should_have(report, &it))
            *VEC_ADD(report->arena, &place->lacking) = it;
        else
            *VEC_ADD(report->arena, &place->unselected) = it;
    }
}

static void read_place(void *arg)
{
    struct place *place = arg;
    struct report *report = place->report;
    struct arena *scratch = arena_new("backup report");
    struct backup_resources resources;
    struct aws_target target;
    struct err err = ERR_INIT;

    if (engine_enter(report->session->engine, place->account, place->region, &target)) {
        target.read_only = true;
        target.allowed = backup_read_ops;
        if (backup_read(&target, report->session->identity.partition, &report->tag,
                        &report->selections, scratch, &resources, &err) == 0)
            sift(place, &resources);
        else
            place->unread = arena_str(report->arena, err.text);
    }
    arena_free(scratch);
}

static void read_all(void *arg)
{
    struct report *report = arg;
    struct session *session = report->session;
    long parallel = report->options->run.parallel;
    struct fiber_group group;

    report->failed = engine_identify(session->engine, &session->identity, &report->err) != 0 ||
                     engine_check_selection(session->engine, &report->err) != 0 ||
                     choose(report, &report->err) != 0;
    if (report->failed)
        return;
    report->now_ms = env_wall_ms(&session->env);
    backup_selections(session->loaded.baseline, report->arena, &report->selections);
    fiber_group_init(&group, session->sched, parallel > 0 ? (size_t)parallel : PLACES_IN_FLIGHT);
    for (size_t i = 0; i < report->places.count; i++)
        if (report->places.items[i].unread == NULL)
            fiber_group_spawn(&group, "backup report", read_place, &report->places.items[i]);
    fiber_group_wait(&group);
}

/* --- Telling -------------------------------------------------------------------------------------
 */

struct totals {
    size_t protected_count, stale, never, unselected, unread;
};

static struct totals totals_of(const struct report *report)
{
    struct totals out = {0};

    for (size_t i = 0; i < report->places.count; i++) {
        const struct place *place = &report->places.items[i];

        out.protected_count += place->protected_count;
        out.unselected += place->unselected.count;
        out.unread += place->unread != NULL;
        for (size_t j = 0; j < place->lacking.count; j++)
            if (place->lacking.items[j].last_ms > 0)
                out.stale++;
            else
                out.never++;
    }
    return out;
}

static int64_t age_hours(const struct report *report, const struct backup_resource *resource)
{
    return (report->now_ms - resource->last_ms) / hour_ms;
}

static void put_place(struct buf *out, const char *word, const struct place *place)
{
    buf_printf(out, "%-8s %s (%s) %s", word, place->account->name,
               place->account_id == NULL ? "no id" : place->account_id, place->region);
}

static void put_resource(struct buf *out, const char *word, const struct place *place,
                         const struct backup_resource *resource)
{
    put_place(out, word, place);
    buf_printf(out, " %s %s", resource->type, resource->arn);
}

static void put_unselected(const struct report *report, struct buf *out)
{
    for (size_t i = 0; i < report->places.count; i++) {
        const struct place *place = &report->places.items[i];

        for (size_t j = 0; j < place->unselected.count; j++) {
            put_resource(out, "no plan", place, &place->unselected.items[j]);
            buf_char(out, '\n');
        }
    }
}

static void put_text(const struct report *report, struct buf *out)
{
    struct totals totals = totals_of(report);

    for (size_t i = 0; i < report->places.count; i++) {
        const struct place *place = &report->places.items[i];

        if (place->unread != NULL) {
            put_place(out, "unknown", place);
            buf_printf(out, ": %s\n", place->unread);
        }
        for (size_t j = 0; j < place->lacking.count; j++) {
            const struct backup_resource *it = &place->lacking.items[j];

            put_resource(out, it->last_ms > 0 ? "stale" : "never", place, it);
            if (it->last_ms > 0)
                buf_printf(out, " %" PRId64 " h ago", age_hours(report, it));
            buf_char(out, '\n');
        }
    }
    put_unselected(report, out);
    buf_printf(out,
               "%zu with a recovery point of the last %" PRId64 " h, %zu with an older one, "
               "%zu without any",
               totals.protected_count, report->hours, totals.stale, totals.never);
    if (totals.unselected > 0)
        buf_printf(out, "; %zu without any that no plan selects (--all counts them)",
                   totals.unselected);
    if (totals.unread > 0)
        buf_printf(out, "; %zu of %zu places could not be read", totals.unread,
                   report->places.count);
    buf_char(out, '\n');
}

static struct json *add_where(struct json *list, const struct place *place)
{
    struct json *item = json_add_object(list);

    json_put_str(item, "account", place->account->name);
    json_put_str(item, "account_id", place->account_id);
    json_put_str(item, "region", place->region);
    return item;
}

static struct json *add_resource(struct json *list, const struct place *place,
                                 const struct backup_resource *resource)
{
    struct json *item = add_where(list, place);

    json_put_str(item, "resource", resource->arn);
    json_put_str(item, "type", resource->type);
    return item;
}

static void add_lacking(const struct report *report, const struct place *place, struct json *list)
{
    char text[TIME_TEXT_BYTES];

    for (size_t i = 0; i < place->lacking.count; i++) {
        const struct backup_resource *it = &place->lacking.items[i];
        struct json *item = add_resource(list, place, it);

        if (it->last_ms == 0)
            continue;
        time_rfc3339(it->last_ms, text);
        json_put_str(item, "last_backup", text);
        json_put_number(item, "age_hours", (double)age_hours(report, it));
    }
}

static struct json *as_json(const struct report *report)
{
    struct json *out = json_object(report->arena), *body, *lacking, *unselected, *unread;
    struct totals totals = totals_of(report);

    json_put_str(out, "format", REPORT_FORMAT);
    body = json_put_object(out, "backup_report");
    json_put_number(body, "hours", (double)report->hours);
    json_put_number(body, "places", (double)report->places.count);
    json_put_number(body, "protected", (double)totals.protected_count);
    lacking = json_put_array(body, "unprotected");
    unselected = json_put_array(body, "unselected");
    unread = json_put_array(body, "unread");
    for (size_t i = 0; i < report->places.count; i++) {
        const struct place *place = &report->places.items[i];

        add_lacking(report, place, lacking);
        for (size_t j = 0; j < place->unselected.count; j++)
            (void)add_resource(unselected, place, &place->unselected.items[j]);
        if (place->unread != NULL)
            json_put_str(add_where(unread, place), "error", place->unread);
    }
    return out;
}

static bool tell(const struct report *report)
{
    struct buf text;
    bool ok;

    if (wants_json(&report->options->run.baseline))
        return put_json(as_json(report));
    buf_init(&text, REPORT_BYTES_MOST);
    put_text(report, &text);
    ok = put_result(buf_text(&text), text.len);
    buf_fini(&text);
    return ok;
}

/* What is not known comes before what is known to be wrong, as in every report. */
static int conclude(const struct report *report)
{
    struct totals totals = totals_of(report);

    if (report->failed)
        return session_failed(report->session, &report->err);
    if (!tell(report))
        return EXIT_ERROR;
    if (totals.unread > 0)
        return EXIT_PARTIAL;
    return totals.stale + totals.never > 0 ? EXIT_CHANGES : EXIT_DONE;
}

/* --- The command ---------------------------------------------------------------------------------
 */

static void split_tag(struct report *report)
{
    const char *text = report->options->tag;
    const char *equals = text == NULL ? NULL : strchr(text, '=');

    report->tag.key = text;
    if (equals == NULL)
        return;
    report->tag.key = arena_strn(report->arena, text, (size_t)(equals - text));
    report->tag.value = equals + 1;
}

static int report_backups(const struct backup_opts *options, const char *baseline)
{
    struct session session;
    struct report report = {.options = options,
                            .session = &session,
                            .arena = arena_new("backup report"),
                            .hours = options->hours,
                            .err = ERR_INIT};
    int code = session_open(&session, &options->run, baseline);

    split_tag(&report);
    if (code == EXIT_DONE) {
        progress_begin(&session.progress, "backup report");
        sched_run(session.sched, read_all, &report);
        progress_end(&session.progress);
        code = sched_stopping(session.sched) ? EXIT_INTERRUPTED : conclude(&report);
    }
    session_close(&session);
    arena_free(report.arena);
    return code;
}

static int report_run(const void *options, const struct words *positional)
{
    const struct backup_opts *own = options;
    struct err err = ERR_INIT;

    if (own->tag == NULL || own->tag[0] != '=')
        return report_backups(own, word_at(positional, 0));
    (void)err_set(&err, ERR_USAGE, "backup report: --tag needs a key");
    return fail(options, &err);
}

static const struct command verb_report = {
    .name = "backup report",
    .summary = "name each resource whose newest recovery point is too old",
    .usage = "[BASELINE]",
    .text = "Reads all accounts of the baseline in all its regions and names each resource whose "
            "newest recovery\n"
            "point in AWS Backup is older than --hours, or that has none.  Looks at buckets, "
            "tables, what AWS\n"
            "Backup already protects, and what else of the types that it backs up has or had a "
            "tag (EBS, EC2,\n"
            "RDS, Aurora, EFS, FSx, Redshift), because AWS lists no others together.  Changes "
            "nothing.\n"
            "What never had a recovery point and has no tag that a plan of the baseline selects by "
            "is told apart\n"
            "and counts only with --all; where the baseline has no plan, or with --tag, everything "
            "counts.\n"
            "Exits with 0 when all that counts have one, with 2 when something lacks it, and with "
            "4 when an\n"
            "account's region could not be read.",
    .examples = "  plinth backup report --hours 36\n"
                "  plinth backup report --tag backup=daily --output json startup > backups.json\n",
    .opts = report_options,
    .options_size = sizeof(struct backup_opts),
    .positional_most = 1,
    .ops = backup_read_ops,
    .run = report_run,
};

static const struct command *const backup_verbs[] = {&verb_report, NULL};

const struct command command_backup = {
    .name = "backup",
    .summary = "report what has no recent backup",
    .text = "Looks at what AWS Backup has of the accounts of a baseline.",
    .examples = "  plinth backup report --hours 36\n",
    .control = "backup",
    .verbs = backup_verbs,
};
