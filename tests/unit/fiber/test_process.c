#include "world.h"

#include "plinth/fiber/process.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

/* A shell script, run to its end. */
struct script {
    struct world *world;
    const char *text;
    int in_fd, out_fd;
    int64_t until_us;
    int result, status;
};

static void run_script(void *arg)
{
    struct script *script = arg;
    struct world *world = script->world;
    const char *const argv[] = {"sh", "-c", script->text, NULL};
    pid_t pid;

    assert_int_equal(process_spawn(argv, script->in_fd, script->out_fd, &pid), 0);
    script->result =
        process_wait(world->sched, pid, "sh", script->until_us, 1, &script->status, &world->err);
    if (script->result != 0)
        process_end(pid);
}

static struct script script_of(struct world *world, const char *text)
{
    struct script script = {.world = world,
                            .text = text,
                            .in_fd = PROCESS_NOTHING,
                            .out_fd = PROCESS_NOTHING,
                            .until_us = INT64_MAX};

    sched_run(world->sched, run_script, &script);
    return script;
}

static void test_status(void **state)
{
    struct world *world = *state;
    struct script script = script_of(world, "exit 0");

    assert_int_equal(script.result, 0);
    assert_int_equal(process_check("sh", script.status, ERR_IO, &world->err), 0);
    script = script_of(world, "exit 3");
    assert_int_equal(process_check("sh", script.status, ERR_DENIED, &world->err), -1);
    assert_int_equal(world->err.code, ERR_DENIED);
    assert_string_equal(world->err.text, "sh ended with status 3");
    script = script_of(world, "kill -TERM $$");
    assert_int_equal(process_check("sh", script.status, ERR_IO, &world->err), -1);
    assert_non_null(strstr(world->err.text, "by signal 15"));
}

/* No signal is blocked in it, and SIGPIPE ends it though we ignore it. */
static void test_signals(void **state)
{
    struct script script;

    (void)signal(SIGPIPE, SIG_IGN);
    script = script_of(*state, "kill -PIPE $$; exit 0");
    assert_true(WIFSIGNALED(script.status));
    assert_int_equal(WTERMSIG(script.status), SIGPIPE);
}

static void test_files(void **state)
{
    struct world *world = *state;
    struct script script = {
        .world = world, .text = "cat; ls /proc/self/fd | wc -l", .until_us = INT64_MAX};
    int in[2], out[2];
    char text[64] = "";

    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    assert_int_equal(write(in[1], "given ", 6), 6);
    assert_int_equal(close(in[1]), 0);
    script.in_fd = in[0];
    script.out_fd = out[1];
    sched_run(world->sched, run_script, &script);
    assert_int_equal(script.status, 0);
    assert_int_equal(close(in[0]) + close(out[1]), 0);
    assert_true(read(out[0], text, sizeof text - 1) > 0);
    assert_int_equal(close(out[0]), 0);
    assert_non_null(strstr(text, "given "));
    assert_int_equal(strtol(text + 6, NULL, 10), 4); /* its three, and that of ls */
}

static void test_time_is_over(void **state)
{
    struct world *world = *state;
    struct script script = {.world = world, .text = "read nothing", .out_fd = PROCESS_NOTHING};
    int fds[2];

    assert_int_equal(pipe(fds), 0); /* nobody writes: it never ends by itself */
    script.in_fd = fds[0];
    sched_run(world->sched, run_script, &script);
    assert_int_equal(script.result, -1);
    assert_int_equal(world->err.code, ERR_TRANSIENT);
    assert_string_equal(world->err.text, "sh did not end within 1 s");
    assert_int_equal(close(fds[0]) + close(fds[1]), 0);
}

static void test_no_such_program(void **state)
{
    const char *const argv[] = {"/nowhere/at/all", NULL};
    pid_t pid;

    (void)state;
    assert_int_not_equal(process_spawn(argv, PROCESS_OURS, PROCESS_OURS, &pid), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL_WORLD_TEST(test_status),          REAL_WORLD_TEST(test_signals),
        REAL_WORLD_TEST(test_files),           REAL_WORLD_TEST(test_time_is_over),
        REAL_WORLD_TEST(test_no_such_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
