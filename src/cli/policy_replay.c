#include "policy_replay.h"

#include "load.h"
#include "policy_lookup.h"
#include "requests.h"
#include "session.h"

#include "plinth/aws/call.h"
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/base/vec.h"
#include "plinth/baseline/guardrails.h"
#include "plinth/codec/archive.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"
#include "plinth/policy/replay.h"

#include <string.h>
#include <unistd.h>

enum {
    TEXT_BYTES_MOST = 256 * 1024 * 1024,
    TOP_ROWS = 50,
    DATE_CHARACTERS = 10,
    ACCOUNT_ID_DIGITS = 12,
    DAY_MS = 24 * 3600 * 1000
};

#define REPLAY_FORMAT "plinth/policy-replay/v1"

struct run {
    const struct policy_opts *options;
    struct arena *arena;
    struct session *session; /* of --lookup; else NULL */
    struct loaded loaded;
    struct guardrails *guardrails;
    VEC(struct replay_account) accounts; /* those of the baseline with an id */
    size_t nameless;                     /* those without */
    struct replay_options replay_options;
    struct replay *replay;
    struct replay_result result;
    bool failed; /* of --lookup, with `err` */
    struct err err;
};

/* --- What is asked -------------------------------------------------------------------------------
 */

static int read_time(const char *option, const char *text, struct arena *arena, int64_t *out,
                     struct err *err)
{
    if (text == NULL)
        return 0;
    if (strlen(text) == DATE_CHARACTERS)
        text = arena_printf(arena, "%sT00:00:00Z", text);
    if (time_parse_rfc3339(text, out))
        return 0;
    return err_set(err, ERR_USAGE,
                   "policy replay: --%s takes a date (2026-11-24) or a time "
                   "(2026-11-24T14:00:00Z), not \"%s\"",
                   option, text);
}

static bool is_account_id(const char *text)
{
    return strspn(text, "0123456789") == ACCOUNT_ID_DIGITS && strlen(text) == ACCOUNT_ID_DIGITS;
}

static int read_accounts(struct run *run, struct err *err)
{
    const struct words *words = &run->options->run.accounts;
    const char **only = arena_array(run->arena, words->count + 1, sizeof *only);

    for (size_t i = 0; i < words->count; i++) {
        bool known = baseline_account(run->loaded.baseline, words->items[i]) != NULL;

        if (!known && !is_account_id(words->items[i]))
            return err_set(err, ERR_USAGE, "policy replay: the baseline has no account \"%s\"",
                           words->items[i]);
        only[i] = known ? NULL : words->items[i];
        for (size_t j = 0; j < run->accounts.count && only[i] == NULL; j++)
            if (str_eq(run->accounts.items[j].name, words->items[i]))
                only[i] = run->accounts.items[j].id;
        if (only[i] == NULL)
            return err_set(err, ERR_USAGE,
                           "policy replay: account %s has no id in the baseline; give its id",
                           words->items[i]);
    }
    run->replay_options.only = only;
    run->replay_options.only_count = words->count;
    return 0;
}

/* With --lookup ids are known that the baseline does not have. */
static const char *id_of(const struct run *run, const struct account *account)
{
    struct aws_target target;

    if (run->session != NULL &&
        engine_enter(run->session->engine, account, run->loaded.baseline->home_region, &target))
        return target.account_id;
    return account->id;
}

static void add_accounts(struct run *run)
{
    const struct baseline *baseline = run->loaded.baseline;

    for (size_t i = 0; i < baseline->account_count; i++) {
        const struct account *account = &baseline->accounts[i];
        const char *id = id_of(run, account);
        struct replay_account *out;

        run->nameless += id == NULL;
        if (id == NULL)
            continue;
        out = VEC_ADD(run->arena, &run->accounts);
        *out = (struct replay_account){.id = id, .name = account->name};
        guardrails_over(run->guardrails, NULL, account, &out->attached);
    }
}

static int read_times(struct run *run, struct err *err)
{
    const struct policy_opts *options = run->options;

    run->replay_options.since_ms = INT64_MIN;
    run->replay_options.until_ms = INT64_MAX;
    if (read_time("since", options->since, run->arena, &run->replay_options.since_ms, err) != 0 ||
        read_time("until", options->until, run->arena, &run->replay_options.until_ms, err) != 0)
        return -1;
    if (run->replay_options.since_ms >= run->replay_options.until_ms)
        return err_set(err, ERR_USAGE, "policy replay: --since must be before --until");
    return 0;
}

/* The baseline is loaded. */
static int start(struct run *run, struct err *err)
{
    if (guardrails_new(run->loaded.baseline, run->arena, &run->guardrails, err) != 0)
        return -1;
    add_accounts(run);
    if (read_accounts(run, err) != 0)
        return -1;
    run->replay_options.accounts = run->accounts.items;
    run->replay_options.account_count = run->accounts.count;
    run->replay = replay_new(&run->replay_options);
    return 0;
}

/* --- Reading -------------------------------------------------------------------------------------
 */

/* CloudTrail puts the digests of its files beside them; they hold no records. */
static bool is_digest(const char *name)
{
    return strstr(name, "/CloudTrail-Digest/") != NULL;
}

static void feed_file(struct run *run, struct archive_reader *reader, const char *name)
{
    const char *bytes = NULL;
    struct err err = ERR_INIT;
    size_t len = 0;
    int status;

    if (is_digest(name))
        return;
    name = arena_str(run->arena, name);
    replay_file_begin(run->replay, name);
    while ((status = archive_reader_bytes(reader, &bytes, &len, &err)) > 0)
        replay_file_bytes(run->replay, bytes, len);
    replay_file_end(run->replay, status < 0 ? err.text : NULL);
}

/* What cannot be read is counted, and the rest goes on. */
static void put_unread(struct run *run, const char *path, struct err *err)
{
    replay_file_begin(run->replay, path);
    replay_file_end(run->replay, err->text);
    err_clear(err);
}

static int feed_path(struct run *run, const char *path, struct err *err)
{
    bool is_stdin = str_eq(path, "-");
    struct archive_reader *reader;
    const char *name = NULL;
    int status;

    if ((is_stdin ? archive_reader_open_fd(STDIN_FILENO, "standard input", &reader, err)
                  : archive_reader_open(path, &reader, err)) != 0) {
        if (err->code == ERR_NOTFOUND)
            return -1;
        put_unread(run, is_stdin ? "standard input" : path, err);
        return 0;
    }
    while ((status = archive_reader_next(reader, &name, err)) != 0) {
        if (status > 0) {
            feed_file(run, reader, name);
            continue;
        }
        put_unread(run, path, err);
    }
    archive_reader_free(reader);
    return 0;
}

/* --- CloudTrail's event history ------------------------------------------------------------------
 */

/* What cannot be asked stands among what is not readable. */
static int lookup_region(struct run *run, const struct account *account, const char *region,
                         struct err *err)
{
    struct aws_target target;
    int result;

    if (!engine_enter(run->session->engine, account, region, &target))
        return 0;
    target.allowed = policy_lookup_ops;
    target.read_only = true;
    replay_file_begin(run->replay, arena_printf(run->arena, "%s in %s", account->name, region));
    result = policy_lookup(&target, run->replay_options.since_ms, run->replay_options.until_ms,
                           run->replay, err);
    replay_file_end(run->replay, result == 0 ? NULL : err->text);
    if (result != 0 && err->code == ERR_CANCELLED)
        return -1;
    err_clear(err);
    return 0;
}

static bool is_asked(const struct run *run, const struct account *account)
{
    const struct words *words = &run->options->run.accounts;
    const char *id = id_of(run, account);

    for (size_t i = 0; i < words->count; i++)
        if (str_eq(words->items[i], account->name) || str_eq(words->items[i], id))
            return true;
    return words->count == 0;
}

static int lookup_account(struct run *run, const struct account *account, struct err *err)
{
    const struct words *asked = &run->options->run.regions;
    const struct baseline *baseline = run->loaded.baseline;
    size_t count = asked->count > 0 ? asked->count : baseline->regions.count;

    if (id_of(run, account) == NULL)
        return 0;
    progress_say(&run->session->progress,
                 arena_printf(run->arena, "the event history of %s", account->name));
    for (size_t i = 0; i < count; i++)
        if (lookup_region(run, account,
                          asked->count > 0 ? asked->items[i] : baseline->regions.items[i],
                          err) != 0)
            return -1;
    return 0;
}

/* err: ERR_USAGE. */
static int check_regions(const struct run *run, struct err *err)
{
    const struct words *asked = &run->options->run.regions;

    for (size_t i = 0; i < asked->count; i++) {
        const char *mistake = region_mistake(run->loaded.baseline, asked->items[i], run->arena);

        if (mistake != NULL)
            return err_set(err, ERR_USAGE, "policy replay: %s", mistake);
    }
    return 0;
}

static int lookup_all(struct run *run, struct err *err)
{
    const struct baseline *baseline = run->loaded.baseline;
    struct session *session = run->session;

    if (check_regions(run, err) != 0)
        return -1;
    if (engine_identify(session->engine, &session->identity, err) != 0 ||
        engine_check_selection(session->engine, err) != 0 || start(run, err) != 0)
        return -1;
    for (size_t i = 0; i < baseline->account_count; i++)
        if (is_asked(run, &baseline->accounts[i]) &&
            lookup_account(run, &baseline->accounts[i], err) != 0)
            return -1;
    return 0;
}

static void lookup_fiber(void *arg)
{
    struct run *run = arg;

    run->failed = lookup_all(run, &run->err) != 0;
}

/* --- What it came to -----------------------------------------------------------------------------
 */

static const char *cause_of(const struct replay_row *row, struct arena *arena)
{
    const char *source = policy_answer_source(&row->answer, arena);

    if (source == NULL && row->answer.level != NULL)
        return arena_printf(arena, "no SCP of %s allows it", row->answer.level);
    if (source == NULL)
        return row->answer.missing;
    return row->answer.level == NULL
               ? source
               : arena_printf(arena, "%s, attached to %s", source, row->answer.level);
}

static void put_row(const struct run *run, const struct replay_row *row, struct buf *out)
{
    char first[TIME_TEXT_BYTES], last[TIME_TEXT_BYTES];
    char *principal = arena_str(run->arena, row->principal);
    char *action = arena_str(run->arena, row->action), *region = arena_str(run->arena, row->region);

    str_defang(principal, '?');
    str_defang(action, '?');
    str_defang(region, '?');
    time_rfc3339(row->first_ms, first);
    time_rfc3339(row->last_ms, last);
    buf_printf(out, "  %8llu  %s  %s in %s in %s\n            %s to %s\n            by %s\n",
               (unsigned long long)row->count, principal, action, row->account->name,
               *region == '\0' ? "no region" : region, first, last, cause_of(row, run->arena));
    if (row->answer.outcome == POLICY_UNKNOWN)
        buf_printf(out, "            hangs on %s, which the event does not tell\n",
                   row->answer.missing);
}

static void put_rows(const struct run *run, enum policy_outcome outcome, const char *title,
                     struct buf *out)
{
    long top = run->options->top == 0 ? TOP_ROWS : run->options->top, shown = 0, count = 0;

    for (size_t i = 0; i < run->result.row_count; i++) {
        const struct replay_row *row = run->result.rows[i];

        if (row->answer.outcome != outcome)
            continue;
        if (count++ == 0)
            buf_printf(out, "%s\n", title);
        if (shown < top) {
            put_row(run, row, out);
            shown++;
        }
    }
    if (count > shown)
        buf_printf(out, "  and %ld more kinds; --top %ld shows them\n", count - shown, count);
    if (count > 0)
        buf_char(out, '\n');
}

static void put_malformed(const struct run *run, struct buf *out)
{
    const struct replay_result *result = &run->result;

    if (result->counts.malformed == 0)
        return;
    buf_str(out, "Not readable\n");
    for (size_t i = 0; i < result->malformed_count; i++) {
        char *file = arena_str(run->arena, result->malformed[i].file);
        char *why = arena_str(run->arena, result->malformed[i].why);

        str_defang(file, '?');
        str_defang(why, '?');
        buf_printf(out, "  %s: byte %llu: %s\n", file,
                   (unsigned long long)result->malformed[i].offset, why);
    }
    if (result->counts.malformed > result->malformed_count)
        buf_printf(out, "  and %llu more\n",
                   (unsigned long long)(result->counts.malformed - result->malformed_count));
    buf_char(out, '\n');
}

/* The counts by name: those of records add up to the first. */
struct count {
    const char *key, *text;
    size_t offset;
};

#define COUNT(field_, text_)                                                                       \
    {                                                                                              \
#field_, text_, offsetof(struct replay_counts, field_)                                     \
    }

static const struct count counts[] = {
    COUNT(records, "records"),
    COUNT(allowed, "allowed, as before"),
    COUNT(denied, "would be denied newly"),
    COUNT(unknown, "unknown: hang on what the event does not tell"),
    COUNT(already_denied, "had failed already: access denied"),
    COUNT(management, "by principals of the management account, which no policy binds"),
    COUNT(service_linked, "by service-linked roles, which no policy binds"),
    COUNT(services, "by services, or before a role was assumed"),
    COUNT(free_actions, "take no permission"),
    COUNT(foreign, "by accounts that are not in the baseline with their ids"),
    COUNT(other_accounts, "by another account, judged where it made them"),
    COUNT(no_principal, "by no principal of IAM that they tell"),
    COUNT(no_call, "no API calls: sign-ins, events of services"),
    COUNT(other_times, "outside of --since and --until"),
    COUNT(passed_over, "of accounts that were not asked for"),
};

static const struct count other_counts[] = {
    COUNT(malformed, "malformed records and unreadable files"),
    COUNT(files, "files"),
    COUNT(bytes, "bytes of JSON"),
    COUNT(assumed, "records whose action is assumed to be service:eventName"),
    COUNT(ungrouped, "denied or unknown, but in no row: there are too many"),
};

static uint64_t count_at(const struct run *run, const struct count *count)
{
    return *(const uint64_t *)(const void *)((const char *)&run->result.counts + count->offset);
}

static void put_counts(const struct run *run, const struct count *list, size_t count,
                       struct buf *out)
{
    for (size_t i = 0; i < count; i++)
        if (i == 0 || count_at(run, &list[i]) > 0)
            buf_printf(out, "%12llu  %s\n", (unsigned long long)count_at(run, &list[i]),
                       list[i].text);
}

static bool put_text(const struct run *run)
{
    struct buf out;
    bool ok;

    buf_init(&out, TEXT_BYTES_MOST);
    put_rows(run, POLICY_DENIED, "Would be denied newly", &out);
    put_rows(run, POLICY_UNKNOWN, "Unknown", &out);
    put_malformed(run, &out);
    put_counts(run, counts, sizeof counts / sizeof counts[0], &out);
    put_counts(run, other_counts, sizeof other_counts / sizeof other_counts[0], &out);
    if (run->nameless > 0)
        buf_printf(&out,
                   "%zu accounts of the baseline have no id there: their events count as those of "
                   "accounts that are not in it\n",
                   run->nameless);
    ok = put_result(buf_text(&out), out.len);
    buf_fini(&out);
    return ok;
}

static void add_row(const struct run *run, const struct replay_row *row, struct json *list)
{
    const struct policy_answer *answer = &row->answer;
    struct json *item = json_add_object(list);
    char time[TIME_TEXT_BYTES];

    json_put_str(item, "principal", row->principal);
    json_put_str(item, "action", row->action);
    json_put_str(item, "service", arena_strn(run->arena, row->action, strcspn(row->action, ":")));
    json_put_str(item, "region", row->region);
    json_put_str(item, "account", row->account->id);
    json_put_str(item, "account_name", row->account->name);
    json_put_number(item, "count", (double)row->count);
    time_rfc3339(row->first_ms, time);
    json_put_str(item, "first", time);
    time_rfc3339(row->last_ms, time);
    json_put_str(item, "last", time);
    if (answer->policy != NULL) {
        json_put_str(item, "policy", policy_compiled_name(answer->policy));
        json_put_number(item, "statement", (double)(answer->statement + 1));
    }
    json_put_str(item, "sid", answer->sid);
    json_put_str(item, "attached_to", answer->level);
    json_put_str(item, "missing", answer->missing);
    json_put_str(item, "text", cause_of(row, run->arena));
}

static void add_rows(const struct run *run, enum policy_outcome outcome, struct json *list)
{
    size_t left = run->options->top == 0 ? SIZE_MAX : (size_t)run->options->top;

    for (size_t i = 0; i < run->result.row_count && left > 0; i++)
        if (run->result.rows[i]->answer.outcome == outcome) {
            add_row(run, run->result.rows[i], list);
            left--;
        }
}

static void add_counts(const struct run *run, const struct count *list, size_t count,
                       struct json *out)
{
    for (size_t i = 0; i < count; i++)
        json_put_number(out, list[i].key, (double)count_at(run, &list[i]));
}

static bool put_document(const struct run *run)
{
    struct json *document = json_object(run->arena), *list;

    json_put_str(document, "format", REPLAY_FORMAT);
    json_put_str(document, "baseline", run->loaded.path);
    list = json_put_object(document, "counts");
    add_counts(run, counts, sizeof counts / sizeof counts[0], list);
    add_counts(run, other_counts, sizeof other_counts / sizeof other_counts[0], list);
    json_put_number(document, "accounts_without_id", (double)run->nameless);
    add_rows(run, POLICY_DENIED, json_put_array(document, "denied"));
    add_rows(run, POLICY_UNKNOWN, json_put_array(document, "unknown"));
    list = json_put_array(document, "malformed");
    for (size_t i = 0; i < run->result.malformed_count; i++) {
        struct json *item = json_add_object(list);

        json_put_str(item, "file", run->result.malformed[i].file);
        json_put_number(item, "offset", (double)run->result.malformed[i].offset);
        json_put_str(item, "why", run->result.malformed[i].why);
    }
    return put_json(document);
}

/* --- The command ---------------------------------------------------------------------------------
 */

static int conclude(struct run *run)
{
    replay_finish(run->replay, &run->result);
    if (!(wants_json(&run->options->run.baseline) ? put_document(run) : put_text(run)))
        return EXIT_ERROR;
    if (run->result.counts.records == 0 && run->result.counts.malformed == 0)
        put_warning(&run->options->run.baseline.common,
                    "policy replay: there was no record to try: nothing is proved");
    if (run->result.counts.denied > 0)
        return EXIT_CHANGES;
    return run->result.counts.malformed > 0 ? EXIT_PARTIAL : EXIT_DONE;
}

static int replay_paths(struct run *run, const char *const *paths)
{
    const struct baseline_opts *options = &run->options->run.baseline;
    struct err err = ERR_INIT;

    if (read_times(run, &err) != 0 || load_baseline(run->options->against, &options->variables,
                                                    run->arena, &run->loaded, &err) != 0)
        return load_failed(&run->loaded, options, &err);
    if (start(run, &err) != 0)
        return fail(&options->common, &err);
    for (size_t i = 0; paths[i] != NULL; i++)
        if (feed_path(run, paths[i], &err) != 0)
            return fail(&options->common, &err);
    return conclude(run);
}

/* The last day, or the last one before --until. */
static int64_t lookup_since(const struct run *run, int64_t now_ms)
{
    return (run->replay_options.until_ms < now_ms ? run->replay_options.until_ms : now_ms) - DAY_MS;
}

static int replay_lookup(struct run *run)
{
    struct session session;
    struct err err = ERR_INIT;
    int code;

    if (read_times(run, &err) != 0)
        return fail(&run->options->run.baseline.common, &err);
    code = session_open(&session, &run->options->run, run->options->against);
    if (code == EXIT_DONE) {
        run->session = &session;
        run->loaded = session.loaded;
        if (run->replay_options.since_ms == INT64_MIN)
            run->replay_options.since_ms = lookup_since(run, env_wall_ms(&session.env));
        sched_run(session.sched, lookup_fiber, run);
        code = run->failed ? session_failed(&session, &run->err) : conclude(run);
    }
    session_close(&session);
    return code;
}

int policy_replay_run(const struct policy_opts *options, const char *const *paths)
{
    struct run run = {.options = options, .arena = arena_new("policy replay"), .err = ERR_INIT};
    int code;

    diags_init(&run.loaded.diags, run.arena);
    code = options->lookup ? replay_lookup(&run) : replay_paths(&run, paths);
    replay_free(run.replay);
    arena_free(run.arena);
    return code;
}
