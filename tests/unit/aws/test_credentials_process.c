#include "credentials_priv.h"
#include "credentials_world.h"

#include <signal.h>

/* A script in the home folder, and the profile "p" that runs it with `arguments`. */
static void use_script(struct cw *cw, const char *body, const char *arguments)
{
    const char *path = cw_write(cw, "bin/helper", arena_printf(cw->arena, "#!/bin/sh\n%s", body));

    assert_int_equal(chmod(path, 0700), 0);
    cw_config(
        cw, arena_printf(cw->arena, "[profile p]\ncredential_process = %s %s\n", path, arguments));
    cw_use(cw, credentials_process_new(&cw->world, "p"));
}

static void test_the_printed_credentials_are_taken(void **state)
{
    struct cw *cw = *state;

    /* The script sees the words as they stand: nothing is expanded on the way. */
    use_script(cw,
               "cat <<END\n"
               "{\"Version\": 1, \"AccessKeyId\": \"AKIA\", \"SecretAccessKey\": \"$1\",\n"
               " \"SessionToken\": \"$2\", \"Expiration\": \"2033-05-18T03:33:20Z\",\n"
               " \"AccountId\": \"$#\"}\n"
               "END\n",
               "'one $HOME' 'two;*' \"\"");
    cw_assert_gives(cw, "AKIA", "one $HOME", "two;*");
    assert_int_equal(cw->credentials->expires_ms, 2000000000000);
    assert_string_equal(cw->credentials->account_id, "3");
}

static void test_what_is_optional(void **state)
{
    struct cw *cw = *state;

    use_script(cw, "echo '{\"Version\":1,\"AccessKeyId\":\"AKIA\",\"SecretAccessKey\":\"s\"}'", "");
    cw_assert_gives(cw, "AKIA", "s", NULL);
    assert_int_equal(cw->credentials->expires_ms, 0);
    assert_null(cw->credentials->account_id);
    cw_credentials(cw, "[p]\naws_account_id = 111122223333\n");
    cw_assert_gives(cw, "AKIA", "s", NULL);
    assert_string_equal(cw->credentials->account_id, "111122223333");
}

static void test_a_profile_without_one_is_not_found(void **state)
{
    struct cw *cw = *state;

    cw_use(cw, credentials_process_new(&cw->world, "p"));
    cw_assert_fails(cw, ERR_NOTFOUND, "process: not set up");
}

static void test_failures_name_the_line_and_not_the_output(void **state)
{
    struct cw *cw = *state;

    use_script(cw, "echo secret; exit 3", "");
    cw_assert_fails(cw, ERR_DENIED,
                    "~/.aws/config:2: credential_process: ~/bin/helper ended with "
                    "status 3");
    use_script(cw, "kill -TERM $$", "");
    cw_assert_fails(cw, ERR_DENIED, "was ended by signal 15");
    use_script(cw, "echo secret", "");
    cw_assert_fails(cw, ERR_PROTOCOL, "what it printed is not JSON");
    assert_null(strstr(cw->err.text, "secret"));
    use_script(cw, "echo '{\"Version\":2,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}'", "");
    cw_assert_fails(cw, ERR_PROTOCOL, "no Version 1");
    use_script(cw, "echo '{\"Version\":1,\"AccessKeyId\":\"A\"}'", "");
    cw_assert_fails(cw, ERR_PROTOCOL, "SecretAccessKey");
    use_script(cw,
               "echo '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\","
               "\"Expiration\":\"soon\"}'",
               "");
    cw_assert_fails(cw, ERR_PROTOCOL, "Expiration is not a time");
}

static void test_a_command_that_cannot_run(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[profile p]\ncredential_process = /nonexistent/helper\n");
    cw_use(cw, credentials_process_new(&cw->world, "p"));
    cw_assert_fails(cw, ERR_CONFIG,
                    "~/.aws/config:2: credential_process: /nonexistent/helper: No "
                    "such file");
    cw_config(cw, "[profile p]\n\ncredential_process = a 'b\n");
    cw_assert_fails(cw, ERR_CONFIG, "~/.aws/config:3: credential_process is empty, or a quote");
    cw_config(cw, "[profile p]\ncredential_process =\n");
    cw_assert_fails(cw, ERR_CONFIG, "~/.aws/config:2: credential_process is empty");
}

static void test_output_is_bounded(void **state)
{
    struct cw *cw = *state;

    use_script(cw, "exec yes", "");
    cw_assert_fails(cw, ERR_LIMIT, "printed more than 65536 bytes");
}

/* On the virtual clock: a minute passes at once, and the process is ended. */
static void test_a_process_that_does_not_end_is_ended(void **state)
{
    struct cw *cw = *state;
    const char *pid_path = arena_printf(cw->arena, "%s/pid", cw->home);
    pid_t pid = 0;
    FILE *file;

    use_script(cw, "echo $$ >$1.new; mv $1.new $1; exec sleep 1000", pid_path);
    while (pid == 0) {
        cw_assert_fails(cw, ERR_TRANSIENT, "did not end within 60 s");
        file = fopen(pid_path, "r");
        if (file == NULL)
            continue; /* ended before it could say who it is: once more */
        assert_int_equal(fscanf(file, "%d", &pid), 1);
        (void)fclose(file);
    }
    assert_int_equal(kill(pid, 0), -1);
}

struct side {
    struct cw *cw;
    int turns;
};

static void count_turns(void *arg)
{
    struct side *side = arg;
    struct err err = ERR_INIT;

    /* The process waits for what is written here: were the scheduler blocked, neither would end. */
    for (side->turns = 0; side->turns < 5; side->turns++)
        assert_int_equal(fiber_sleep_ms(side->cw->sched, 1, &err), 0);
    (void)cw_write(side->cw, "gate", "");
}

static void fetch_beside(void *arg)
{
    struct side *side = arg;

    fiber_spawn(side->cw->sched, "side", count_turns, side);
    cw_fetch_fiber(side->cw);
}

static void test_other_fibers_run_meanwhile(void **state)
{
    struct cw *cw = *state;
    struct side side = {.cw = cw};

    use_script(cw,
               "until [ -e $1 ]; do sleep 0.01; done\n"
               "echo '{\"Version\":1,\"AccessKeyId\":\"AKIA\",\"SecretAccessKey\":\"s\"}'",
               arena_printf(cw->arena, "%s/gate", cw->home));
    sched_run(cw->sched, fetch_beside, &side);
    assert_int_equal(cw->result, 0);
    assert_int_equal(side.turns, 5);
}

/* A real clock that can be put forward, for what must happen before a time-out does. */
struct jumping {
    struct clock clock;
    int64_t ahead_us;
    struct cw *cw;
};

static int64_t jumping_mono_us(struct clock *clock)
{
    return clock_real()->mono_us(clock_real()) + ((struct jumping *)clock)->ahead_us;
}

static int64_t jumping_wall_ms(struct clock *clock)
{
    return clock_real()->wall_ms(clock_real()) + ((struct jumping *)clock)->ahead_us / 1000;
}

static void jump_when_closed(void *arg)
{
    struct jumping *jumping = arg;
    const char *path = arena_printf(jumping->cw->arena, "%s/closed", jumping->cw->home);
    struct err err = ERR_INIT;

    while (access(path, F_OK) != 0)
        assert_int_equal(fiber_sleep_ms(jumping->cw->sched, 1, &err), 0);
    jumping->ahead_us = 61 * 1000 * 1000;
}

static void fetch_and_jump(void *arg)
{
    struct jumping *jumping = arg;

    fiber_spawn(jumping->cw->sched, "jump", jump_when_closed, jumping);
    cw_fetch_fiber(jumping->cw);
}

/* Its output has ended, but it has not. */
static void test_a_process_that_lingers_is_ended(void **state)
{
    struct cw *cw = *state;
    struct jumping jumping = {.clock = {.mono_us = jumping_mono_us, .wall_ms = jumping_wall_ms},
                              .cw = cw};

    cw->env.clock = &jumping.clock;
    use_script(cw, "exec >&-; : >$1; exec sleep 1000",
               arena_printf(cw->arena, "%s/closed", cw->home));
    sched_run(cw->sched, fetch_and_jump, &jumping);
    cw->env.clock = clock_real();
    assert_int_equal(cw->result, -1);
    assert_int_equal(cw->err.code, ERR_TRANSIENT);
    assert_non_null(strstr(cw->err.text, "did not end within 60 s"));
}

static void stop_soon(void *arg)
{
    sched_stop(((struct cw *)arg)->sched);
}

static void fetch_and_stop(void *arg)
{
    struct cw *cw = arg;

    (void)sched_timer_start(cw->sched, 5, stop_soon, cw);
    cw_fetch_fiber(cw);
}

static void test_a_stop_ends_the_process(void **state)
{
    struct cw *cw = *state;

    use_script(cw, "exec sleep 1000", "");
    sched_run(cw->sched, fetch_and_stop, cw);
    assert_int_equal(cw->result, -1);
    assert_int_equal(cw->err.code, ERR_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CW_REAL_TEST(test_the_printed_credentials_are_taken),
        CW_REAL_TEST(test_what_is_optional),
        CW_REAL_TEST(test_a_profile_without_one_is_not_found),
        CW_REAL_TEST(test_failures_name_the_line_and_not_the_output),
        CW_REAL_TEST(test_a_command_that_cannot_run),
        CW_REAL_TEST(test_output_is_bounded),
        CW_TEST(test_a_process_that_does_not_end_is_ended),
        CW_REAL_TEST(test_a_process_that_lingers_is_ended),
        CW_REAL_TEST(test_other_fibers_run_meanwhile),
        CW_REAL_TEST(test_a_stop_ends_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
