#include "guarded.h"

#include "plinth/base/arena.h"
#include "plinth/engine/journal.h"
#include "plinth/engine/lock.h"
#include "plinth/fiber/fiber.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_ATTEMPTS = 3 };

/* --- The lock ------------------------------------------------------------------------------------
 */

static void on_lock(void *arg, enum lock_event event, const char *text, uint64_t fence)
{
    struct guarded *guarded = arg;
    struct err ignored = ERR_INIT;
    struct json *record;

    guarded->outcome->locks[event]++;
    if (guarded->journal == NULL)
        return;
    record = journal_record(guarded->journal, "lock");
    json_put_str(record, "event", lock_event_name(event));
    json_put_number(record, "fence", (double)fence);
    json_put_str(record, "text", text);
    (void)journal_add(guarded->journal, record, false, &ignored);
}

static void open_lock(struct guarded *guarded, const struct identity *identity, const char *run)
{
    const struct simulated *simulated = &guarded->process->simulated;
    const char *region = guarded->baseline->home_region;
    struct aws_client_options client = {.sched = simulated->sched,
                                        .transport = simulated->transport,
                                        .endpoints = &simulated->endpoints,
                                        .attempts_max = LOCK_ATTEMPTS};
    struct lock_options options = {
        .sched = simulated->sched,
        .place = {.key = "lock.json",
                  .make = true,
                  .partition = identity->partition,
                  .baseline = guarded->baseline->name},
        .holder = arena_str(guarded->arena, identity->arn),
        .host = "rehearsal",
        .run = run,
        .wait_ms = guarded->options->lock_wait_ms,
        .told = on_lock,
        .arg = guarded,
    };

    guarded->client = aws_client_new(&client);
    options.place.target =
        (struct aws_target){.client = guarded->client,
                            .credentials = simulated->credentials,
                            .account_id = arena_str(guarded->arena, identity->account_id),
                            .region = region,
                            .allowed = lock_ops};
    options.place.bucket =
        arena_printf(guarded->arena, "plinth-lock-%s-%s", options.place.target.account_id, region);
    guarded->lock = lock_new(&options);
}

static int check_lock(void *arg, struct err *err)
{
    return lock_check(arg, err);
}

/* --- The journal ---------------------------------------------------------------------------------
 */

/* What a dead process writes, nobody wrote. */
static void note_death(void *arg)
{
    struct guarded *guarded = arg;
    struct stat file;

    if (stat(guarded->outcome->journal, &file) == 0)
        guarded->bytes_at_death = (int64_t)file.st_size;
}

static int open_journal(struct guarded *guarded, const char *run, struct err *err)
{
    struct json *record;

    guarded->journal =
        journal_new(guarded->process->simulated.sched, guarded->options->journal, run, err);
    if (guarded->journal == NULL)
        return -1;
    guarded->outcome->journal =
        arena_printf(guarded->arena, "%s/%s.jsonl", guarded->options->journal, run);
    guarded->process->died = note_death;
    guarded->process->died_arg = guarded;
    record = journal_record(guarded->journal, "begin");
    json_put_str(record, "format", "plinth/journal/v1");
    json_put_str(record, "run", run);
    json_put_str(record, "resumes", guarded->resumed == NULL ? NULL : guarded->resumed->run);
    json_put_str(json_put_object(record, "plan"), "baseline", guarded->baseline->name);
    return journal_add(guarded->journal, record, true, err);
}

static int note_resumed(const struct guarded *guarded, const char *run, struct err *err)
{
    struct journal *old =
        journal_reopen(guarded->process->simulated.sched, guarded->options->resumes, err);
    struct json *record;
    int result;

    if (old == NULL)
        return -1;
    record = journal_record(old, "resumed");
    json_put_str(record, "by", run);
    result = journal_add(old, record, true, err);
    journal_free(old);
    return result;
}

static int begin_journal(struct guarded *guarded, const struct run_result *plan, const char *run,
                         struct err *err)
{
    const char *resumes = guarded->options->resumes;

    if (resumes != NULL && journal_load(resumes, guarded->arena, &guarded->resumed, err) != 0)
        return -1;
    if (open_journal(guarded, run, err) != 0 || journal_approve(guarded->journal, plan, err) != 0)
        return -1;
    if (guarded->resumed == NULL)
        return 0;
    return journal_carry(guarded->journal, guarded->resumed, err);
}

static void end_journal(struct guarded *guarded, const struct err *err)
{
    struct json *record = journal_record(guarded->journal, "end");
    struct err ignored = ERR_INIT;

    if (err->code != ERR_NONE)
        json_put_str(record, "failed", err_code_name(err->code));
    (void)journal_add(guarded->journal, record, true, &ignored);
}

/* --- An apply ------------------------------------------------------------------------------------
 */

static int apply(struct guarded *guarded, struct engine *engine, const char *run,
                 const struct run_result **out, struct err *err)
{
    struct aws_write_guard writes = {.check = check_lock, .arg = guarded->lock};

    if (guarded->journal != NULL)
        writes = journal_guard(guarded->journal, guarded->lock, NULL);
    if (guarded->lock != NULL && lock_take(guarded->lock, err) != 0)
        return -1;
    if (guarded->resumed != NULL && note_resumed(guarded, run, err) != 0)
        return -1;
    if (guarded->lock != NULL || guarded->journal != NULL)
        aws_client_guard(guarded->process->simulated.client, &writes);
    return engine_apply(engine, out, err);
}

int guarded_apply(struct guarded *guarded, struct engine *engine, const struct identity *identity,
                  const struct run_result *plan, const struct run_result **out, struct err *err)
{
    char *run = arena_alloc(guarded->arena, JOURNAL_RUN_BYTES);
    int result;

    journal_run_id(&guarded->process->env, run);
    if (guarded->options->journal != NULL && begin_journal(guarded, plan, run, err) != 0)
        return -1;
    if (guarded->options->lock)
        open_lock(guarded, identity, run);
    result = apply(guarded, engine, run, out, err);
    if (guarded->lock != NULL)
        lock_release(guarded->lock);
    if (guarded->journal != NULL)
        end_journal(guarded, err);
    return result;
}

void guarded_end(struct guarded *guarded)
{
    journal_free(guarded->journal);
    lock_free(guarded->lock);
    aws_client_free(guarded->client);
    if (guarded->bytes_at_death >= 0 &&
        truncate(guarded->outcome->journal, (off_t)guarded->bytes_at_death) != 0)
        abort();
}
