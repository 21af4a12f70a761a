#include "journal_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/codec/hash.h"
#include "plinth/control/control.h"
#include "plinth/engine/lock.h"
#include "plinth/fiber/fiber.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PENDING_BYTES_MOST = 64 * 1024 * 1024, APPROVED_PER_RECORD = 1000 };

struct waiter {
    struct fiber *fiber;
    struct waiter *next;
};

struct journal {
    struct sched *sched;
    int fd;
    struct arena *scratch; /* of one record */
    struct buf pending;    /* whole lines that are not on disk yet */
    uint64_t added, durable;
    char hash[SHA256_HEX_BYTES]; /* of the last line */
    uint64_t writes;
    struct lock *lock, *outer; /* that each write asks; NULL */
    bool flushing;             /* a fiber is at it */
    struct waiter *waiters;
    struct err failure; /* of the file; ERR_NONE */
};

/* --- On disk -------------------------------------------------------------------------------------
 */

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, bytes, len);

        if (done < 0 && errno != EINTR)
            return -1;
        if (done > 0) {
            bytes += done;
            len -= (size_t)done;
        }
    }
    return 0;
}

/* All that was added so far, with one wait for the disk. */
static void flush(struct journal *journal)
{
    if (journal->pending.overflow)
        (void)err_set(&journal->failure, ERR_LIMIT, "the journal cannot keep up");
    else if (journal->failure.code == ERR_NONE &&
             (write_all(journal->fd, buf_text(&journal->pending), journal->pending.len) != 0 ||
              fdatasync(journal->fd) != 0))
        (void)err_errno(&journal->failure, errno, "writing the journal");
    journal->durable = journal->added;
    buf_reset(&journal->pending);
    while (journal->waiters != NULL) {
        struct waiter *waiter = journal->waiters;

        journal->waiters = waiter->next;
        fiber_wake(waiter->fiber);
    }
}

/* The disk is slower than anything else here, so everybody who is ready adds theirs first. */
static void flush_fiber(void *arg)
{
    struct journal *journal = arg;

    while (journal->durable < journal->added) {
        fiber_yield(journal->sched);
        flush(journal);
    }
    journal->flushing = false;
}

static void flush_soon(struct journal *journal)
{
    if (journal->flushing)
        return;
    journal->flushing = true;
    fiber_spawn(journal->sched, "journal", flush_fiber, journal);
}

static void wait_until_durable(struct journal *journal, uint64_t number)
{
    struct waiter waiter = {.fiber = fiber_current(journal->sched)};

    while (journal->durable < number) {
        waiter.next = journal->waiters;
        journal->waiters = &waiter;
        fiber_park(journal->sched, "the journal");
    }
}

/* --- Open and close ------------------------------------------------------------------------------
 */

void journal_run_id(const struct env *env, char out[JOURNAL_RUN_BYTES])
{
    int64_t now_ms = env_wall_ms(env);
    char time[TIME_TEXT_BYTES];

    time_amz(now_ms, time);
    (void)snprintf(out, JOURNAL_RUN_BYTES, "%.15s.%03dZ-%08x", time, (int)(now_ms % 1000),
                   (unsigned)(env->rng->next(env->rng) & 0xffffffffU));
}

int journal_make_folder(const char *path, struct err *err)
{
    char part[4096];

    if (strlen(path) >= sizeof part)
        return err_set(err, ERR_USAGE, "the path of the folder is too long");
    (void)snprintf(part, sizeof part, "%s", path);
    for (char *at = part + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(part, S_IRWXU) != 0 && errno != EEXIST)
            return err_errno(err, errno, "making %s", part);
        *at = '/';
    }
    if (mkdir(part, S_IRWXU) != 0 && errno != EEXIST)
        return err_errno(err, errno, "making %s", part);
    return 0;
}

/* A new name in a folder is on disk only when the folder is. */
static int sync_folder(const char *folder, struct err *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = fd < 0 ? -1 : fsync(fd);

    if (result != 0)
        (void)err_errno(err, errno, "%s", folder);
    if (fd >= 0)
        (void)close(fd);
    return result;
}

static struct journal *journal_on(struct sched *sched, int fd)
{
    struct journal *journal = calloc(1, sizeof *journal);

    if (journal == NULL)
        abort();
    journal->sched = sched;
    journal->fd = fd;
    journal->scratch = arena_new("journal");
    buf_init(&journal->pending, PENDING_BYTES_MOST);
    return journal;
}

struct journal *journal_new(struct sched *sched, const char *folder, const char *run,
                            struct err *err)
{
    struct arena *arena = arena_new("path");
    const char *path = arena_printf(arena, "%s/%s%s", folder, run, JOURNAL_ENDING);
    struct journal *journal = NULL;
    int fd = -1;

    if (journal_make_folder(folder, err) == 0) {
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (fd < 0 && errno == EEXIST)
            (void)err_set(err, ERR_CONFLICT, "%s is there already", path);
        else if (fd < 0)
            (void)err_errno(err, errno, "the journal %s", path);
        else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
            (void)err_errno(err, errno, "locking %s", path);
        else if (sync_folder(folder, err) == 0)
            journal = journal_on(sched, fd);
    }
    if (journal == NULL && fd >= 0)
        (void)close(fd);
    arena_free(arena);
    return journal;
}

static int take_no_record(void *arg, const struct json *record, struct err *err)
{
    (void)arg;
    (void)record;
    (void)err;
    return 0;
}

static int cut_and_check(const char *path, int fd, struct journal_end *end, struct err *err)
{
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return err_set(err, ERR_CONFLICT, "the run of %s is still going on", path);
    if (journal_read(path, take_no_record, NULL, end, err) != 0)
        return -1;
    if (end->damaged_line != 0)
        return err_set(err, ERR_PROTOCOL, "%s is damaged from line %llu on", path,
                       (unsigned long long)end->damaged_line);
    if (end->torn && ftruncate(fd, (off_t)end->bytes) != 0)
        return err_errno(err, errno, "%s", path);
    return 0;
}

struct journal *journal_reopen(struct sched *sched, const char *path, struct err *err)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    struct journal_end end;
    struct journal *journal;

    if (fd < 0) {
        (void)err_errno(err, errno, "the journal %s", path);
        return NULL;
    }
    if (cut_and_check(path, fd, &end, err) != 0) {
        (void)close(fd);
        return NULL;
    }
    journal = journal_on(sched, fd);
    journal->added = journal->durable = end.records;
    memcpy(journal->hash, end.hash, sizeof journal->hash);
    return journal;
}

void journal_free(struct journal *journal)
{
    if (journal == NULL)
        return;
    assert(journal->waiters == NULL);
    if (journal->durable < journal->added)
        flush(journal);
    (void)close(journal->fd); /* which gives up the lock as well */
    buf_fini(&journal->pending);
    arena_free(journal->scratch);
    free(journal);
}

/* --- Records -------------------------------------------------------------------------------------
 */

struct json *journal_record(struct journal *journal, const char *kind)
{
    char now[TIME_TEXT_BYTES];
    struct json *record;

    arena_reset(journal->scratch);
    time_rfc3339(env_wall_ms(sched_env(journal->sched)), now);
    record = json_object(journal->scratch);
    json_put_number(record, "n", (double)(journal->added + 1));
    json_put_str(record, "prev", journal->hash);
    json_put_str(record, "at", now);
    json_put_str(record, "kind", kind);
    return record;
}

int journal_add(struct journal *journal, const struct json *record, bool durable, struct err *err)
{
    const char *line = json_text(record, journal->scratch);
    size_t len = strlen(line);

    if (len >= LIMIT_JOURNAL_LINE_BYTES)
        return err_set(err, ERR_LIMIT, "a record of %zu bytes is too long for the journal", len);
    sha256_hex(line, len, journal->hash);
    buf_add(&journal->pending, line, len);
    buf_char(&journal->pending, '\n');
    journal->added++;
    if (fiber_current(journal->sched) == NULL) {
        flush(journal);
    } else {
        flush_soon(journal);
        if (durable)
            wait_until_durable(journal, journal->added);
    }
    if (journal->failure.code == ERR_NONE)
        return 0;
    *err = journal->failure;
    return -1;
}

/* --- Writes --------------------------------------------------------------------------------------
 */

/* Folded without a copy of any value: one of them may be a secret. */
static void digest(const struct json *json, struct arena *arena, unsigned char out[SHA256_BYTES])
{
    const char *name =
        arena_printf(arena, "%d %s", (int)json->type, json->key == NULL ? "" : json->key);
    unsigned char *parts;
    const char *text;
    size_t count = 0;

    if (json->type != JSON_ARRAY && json->type != JSON_OBJECT) {
        text = json->type == JSON_STRING ? json->string : json_text(json, arena);
        hmac_sha256(name, strlen(name), text, strlen(text), out);
        return;
    }
    parts = arena_alloc(arena, (json->count + 1) * SHA256_BYTES);
    for (const struct json *it = json->first; it != NULL; it = it->next)
        digest(it, arena, parts + SHA256_BYTES * count++);
    hmac_sha256(name, strlen(name), parts, count * SHA256_BYTES, out);
}

static void put_purpose(struct json *record, const struct aws_purpose *purpose)
{
    if (purpose == NULL)
        return;
    json_put_str(record, "control", purpose->control);
    json_put_str(record, "account", purpose->account);
    json_put_str(record, "region", purpose->region);
    json_put_str(record, "action", purpose->action);
    json_put_str(record, "resource", purpose->resource);
}

static int on_begin(void *arg, struct aws_write *write, struct err *err)
{
    struct journal *journal = arg;
    const struct aws_op_info *op = aws_op_info(write->op);
    struct json *record = journal_record(journal, "write");
    unsigned char sum[SHA256_BYTES];
    char hex[SHA256_HEX_BYTES];

    write->number = ++journal->writes;
    json_put_number(record, "write", (double)write->number);
    put_purpose(record, write->purpose);
    json_put_str(record, "service", aws_service_info(op->service)->name);
    json_put_str(record, "op", op->name);
    json_put_str(record, "in_account", write->account_id);
    json_put_str(record, "in_region", write->region);
    json_put_str(record, "token", write->token);
    if (write->params != NULL) {
        digest(write->params, journal->scratch, sum);
        hex_encode(sum, sizeof sum, hex);
        json_put_str(record, "params", hex);
    }
    return journal_add(journal, record, true, err);
}

/* Nobody waits for this one: should it be lost, the write is in doubt, and AWS is asked. */
static void on_end(void *arg, const struct aws_write *write, const char *request_id,
                   const struct err *err)
{
    struct journal *journal = arg;
    struct json *record = journal_record(journal, "answer");
    struct err ignored = ERR_INIT;

    json_put_number(record, "write", (double)write->number);
    json_put_str(record, "result", err == NULL ? "done" : err_code_name(err->code));
    if (err != NULL && err->service_code[0] != '\0')
        json_put_str(record, "code", err->service_code);
    json_put_str(record, "request_id", request_id);
    (void)journal_add(journal, record, false, &ignored); /* the next write will say so */
}

static int on_check(void *arg, struct err *err)
{
    struct journal *journal = arg;

    if (journal->outer != NULL && lock_check(journal->outer, err) != 0)
        return -1;
    return journal->lock == NULL ? 0 : lock_check(journal->lock, err);
}

struct aws_write_guard journal_guard(struct journal *journal, struct lock *lock, struct lock *outer)
{
    journal->lock = lock;
    journal->outer = outer;
    return (struct aws_write_guard){
        .begin = on_begin, .check = on_check, .end = on_end, .arg = journal};
}

/* --- The plan, and what came of its units --------------------------------------------------------
 */

/* Digests on their way to records of so many. */
struct approving {
    struct journal *journal;
    struct json *record, *list; /* NULL: none is begun */
    size_t count;
};

static int end_record(struct approving *approving, struct err *err)
{
    const struct json *record = approving->record;

    approving->record = NULL;
    approving->count = 0;
    return record == NULL ? 0 : journal_add(approving->journal, record, false, err);
}

static int approve_one(void *arg, const char *digest, struct err *err)
{
    struct approving *approving = arg;

    if (approving->record == NULL) {
        approving->record = journal_record(approving->journal, "approved");
        approving->list = json_put_array(approving->record, "changes");
    }
    json_add_str(approving->list, digest);
    return ++approving->count < APPROVED_PER_RECORD ? 0 : end_record(approving, err);
}

int journal_approve(struct journal *journal, const struct run_result *plan, struct err *err)
{
    struct approving approving = {.journal = journal};

    if (approval_each(plan, approve_one, &approving, err) != 0)
        return -1;
    return end_record(&approving, err);
}

int journal_carry(struct journal *journal, const struct journal_run *from, struct err *err)
{
    struct approving approving = {.journal = journal};

    for (size_t i = 0; i < from->approved_count; i++)
        if (approve_one(&approving, from->approved[i], err) != 0)
            return -1;
    return end_record(&approving, err);
}

void journal_unit(struct journal *journal, const struct unit_result *unit)
{
    struct json *record = journal_record(journal, "unit");
    struct err ignored = ERR_INIT;

    json_put_str(record, "control", unit->control->name);
    json_put_str(record, "account", unit->account);
    json_put_str(record, "region", unit->region);
    json_put_str(record, "outcome", outcome_name(unit->outcome));
    if (unit->code != ERR_NONE)
        json_put_str(record, "code", err_code_name(unit->code));
    json_put_str(record, "reason", unit->reason);
    json_put_number(record, "applied", (double)unit->applied);
    (void)journal_add(journal, record, false, &ignored); /* the next write will say so */
}
