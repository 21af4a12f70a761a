#include "journal_world.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* A fiber that makes writes, one after the other, as the call layer would. */
struct writer {
    struct world *world;
    struct aws_write_guard guard;
    size_t count;
    bool ends;
};

static void make_writes(void *arg)
{
    struct writer *writer = arg;
    struct json *params = json_object(writer->world->arena);

    json_put_str(params, "SecretAccessKey", "wJalrXUtnFEMI");
    for (size_t i = 0; i < writer->count; i++) {
        struct aws_write write = {.op = AWS_GUARDDUTY_CREATE_DETECTOR,
                                  .account_id = "111122223333",
                                  .region = "eu-west-1",
                                  .params = params,
                                  .token = "token-1"};
        struct err err = ERR_INIT;

        assert_int_equal(writer->guard.begin(writer->guard.arg, &write, &err), 0);
        if (writer->ends)
            writer->guard.end(writer->guard.arg, &write, "request-1", NULL);
    }
}

static void run_writers(struct world *world, struct journal *journal, size_t fibers, size_t count,
                        bool ends)
{
    struct writer writer = {world, journal_guard(journal, NULL, NULL), count, ends};

    for (size_t i = 1; i < fibers; i++)
        fiber_spawn(world->sched, "writer", make_writes, &writer);
    sched_run(world->sched, make_writes, &writer);
}

static void test_writes_are_told_with_their_answers(void **state)
{
    struct world *world = *state;
    struct journal *journal = begin(world, "run-1");
    struct journal_run *run;
    struct err err = ERR_INIT;
    struct stat info;

    run_writers(world, journal, 1, 1, true);
    run_writers(world, journal, 1, 1, false);
    journal_free(journal);
    assert_int_equal(journal_load(path_of(world, "run-1"), world->arena, &run, &err), 0);
    assert_int_equal(run->state, JOURNAL_KILLED);
    assert_int_equal(run->write_count, 2);
    assert_int_equal(run->done, 1);
    assert_int_equal(run->in_doubt, 1);
    assert_string_equal(run->writes[0].request_id, "request-1");
    assert_string_equal(run->writes[0].op, "CreateDetector");
    assert_null(run->writes[1].result);
    assert_int_equal(run->end.damaged_line, 0);
    assert_int_equal(stat(path_of(world, "run-1"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(stat(world->folder, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_null(strstr(file_text(world, "run-1"), "wJalrXUtnFEMI"));
}

/* Many at a time: the chain holds, and no write was told to be noted before it was. */
static void test_many_write_at_once(void **state)
{
    struct world *world = *state;
    struct journal *journal = begin(world, "run-1");
    struct journal_run *run;
    struct err err = ERR_INIT;

    run_writers(world, journal, 50, 20, true);
    journal_free(journal);
    assert_int_equal(journal_load(path_of(world, "run-1"), world->arena, &run, &err), 0);
    assert_int_equal(run->done, 1000);
    assert_int_equal(run->end.damaged_line, 0);
    assert_true(run->end.records == 2001);
}

static void test_a_run_has_one_journal(void **state)
{
    struct world *world = *state;
    struct journal *journal = begin(world, "run-1");
    struct journal_run *run;
    struct err err = ERR_INIT;

    assert_null(journal_new(world->sched, world->folder, "run-1", &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_int_equal(journal_load(path_of(world, "run-1"), world->arena, &run, &err), 0);
    assert_int_equal(run->state, JOURNAL_RUNNING);
    assert_null(journal_reopen(world->sched, path_of(world, "run-1"), &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    journal_free(journal);
}

static void test_a_torn_line_is_cut_off(void **state)
{
    struct world *world = *state;
    struct journal *journal = begin(world, "run-1");
    struct journal_run *run;
    struct json *record;
    struct err err = ERR_INIT;

    journal_free(journal);
    append(world, "run-1", "{\"n\":2,\"prev\":\"12");
    journal = journal_reopen(world->sched, path_of(world, "run-1"), &err);
    assert_non_null(journal);
    record = journal_record(journal, "resumed");
    json_put_str(record, "by", "run-2");
    assert_int_equal(journal_add(journal, record, true, &err), 0);
    journal_free(journal);
    assert_int_equal(journal_load(path_of(world, "run-1"), world->arena, &run, &err), 0);
    assert_int_equal(run->state, JOURNAL_RESUMED);
    assert_string_equal(run->resumed_by, "run-2");
    assert_true(run->end.records == 2 && !run->end.torn && run->end.damaged_line == 0);
}

static void test_what_cannot_be_a_journal(void **state)
{
    struct world *world = *state;
    struct journal *journal;
    struct json *record;
    struct err err = ERR_INIT;

    assert_null(journal_new(world->sched, "/proc/self/none", "run-1", &err));
    assert_int_equal(err.code, ERR_IO);
    journal = begin(world, "run-1");
    record = journal_record(journal, "large");
    json_put_str(record, "text", arena_printf(world->arena, "%0300000d", 1));
    assert_int_equal(journal_add(journal, record, true, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    journal_free(journal);
}

/* No write leaves that cannot be noted; a file that must not grow stands for a full disk. */
static void a_full_disk(void *arg)
{
    struct world *world = arg;
    struct journal *journal = begin(world, "run-1");
    struct aws_write_guard guard = journal_guard(journal, NULL, NULL);
    struct aws_write write = {.op = AWS_GUARDDUTY_CREATE_DETECTOR, .account_id = "", .region = ""};
    const struct rlimit full = {strlen(file_text(world, "run-1")), RLIM_INFINITY};
    const struct rlimit free = {RLIM_INFINITY, RLIM_INFINITY};
    struct err err = ERR_INIT;

    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    assert_int_equal(guard.begin(guard.arg, &write, &err), -1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &free), 0);
    assert_int_equal(err.code, ERR_IO);
    err_clear(&err);
    assert_int_equal(guard.begin(guard.arg, &write, &err), -1); /* nor any later one */
    assert_int_equal(err.code, ERR_IO);
    journal_free(journal);
}

static void test_a_full_disk_refuses_writes(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, a_full_disk, world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(test_writes_are_told_with_their_answers),
        JOURNAL_TEST(test_many_write_at_once),
        JOURNAL_TEST(test_a_run_has_one_journal),
        JOURNAL_TEST(test_a_torn_line_is_cut_off),
        JOURNAL_TEST(test_what_cannot_be_a_journal),
        JOURNAL_TEST(test_a_full_disk_refuses_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
