/*
 * credentials_process.c - credential_process: a program of the user's that prints credentials.
 *
 * Source: docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 * Limits: LIMIT_PROCESS_OUTPUT_BYTES, a minute.
 *
 * No shell is involved.  The program has our terminal for input and errors, so that it can ask for
 * a code or say where to sign in.
 */
#define _GNU_SOURCE /* pipe2 */
#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/limits.h"
#include "plinth/base/secret.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"
#include "plinth/fiber/process.h"

#include "credentials_priv.h"
#include "text_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { TIMEOUT_S = 60 };

struct process {
    struct sched *sched;
    const char *name;
    pid_t pid;
    int fd; /* its output */
    int64_t deadline_us;
};

/* --- Start ---------------------------------------------------------------------------------------
 */

static int start(struct process *process, const char *const *argv, struct err *err)
{
    int fds[2], failure;

    if (pipe2(fds, O_CLOEXEC) != 0)
        return err_errno(err, errno, "pipe");
    (void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
    failure = process_spawn(argv, PROCESS_OURS, fds[1], &process->pid);
    (void)close(fds[1]);
    if (failure != 0) {
        (void)close(fds[0]);
        (void)err_errno(err, failure, "%s", argv[0]);
        err->code = ERR_CONFIG; /* the path in the profile is wrong */
        return -1;
    }
    process->name = argv[0];
    process->fd = fds[0];
    process->deadline_us = env_mono_us(sched_env(process->sched)) + TIMEOUT_S * INT64_C(1000000);
    return 0;
}

/* --- Read, and wait for its end ------------------------------------------------------------------
 */

static int64_t left_ms(const struct process *process)
{
    int64_t left_us = process->deadline_us - env_mono_us(sched_env(process->sched));

    return left_us > 0 ? left_us / 1000 : 0;
}

static int timed_out(const struct process *process, struct err *err)
{
    return err_set(err, ERR_TRANSIENT, "%s did not end within %d s", process->name, TIMEOUT_S);
}

static int read_output(const struct process *process, char *out, size_t *out_len, struct err *err)
{
    size_t len = 0;

    for (;;) {
        ssize_t got = read(process->fd, out + len, LIMIT_PROCESS_OUTPUT_BYTES + 1 - len);
        int ready = 0;

        if (got == 0)
            break;
        if (got > 0)
            len += (size_t)got;
        if (len > LIMIT_PROCESS_OUTPUT_BYTES)
            return err_set(err, ERR_LIMIT, "%s printed more than %d bytes", process->name,
                           LIMIT_PROCESS_OUTPUT_BYTES);
        if (got > 0 || errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return err_errno(err, errno, "%s", process->name);
        if (fiber_wait_fd(process->sched, process->fd, FIBER_READ, left_ms(process), &ready, err) !=
            0)
            return -1;
        if (ready == 0)
            return timed_out(process, err);
    }
    *out_len = len;
    return 0;
}

/* It has closed its output, so its end is near. */
static int run(struct sched *sched, const char *const *argv, char *out, size_t *out_len,
               struct err *err)
{
    struct process process = {.sched = sched};
    int status = 0, result;

    if (start(&process, argv, err) != 0)
        return -1;
    result = read_output(&process, out, out_len, err);
    if (result == 0)
        result =
            process_wait(sched, process.pid, argv[0], process.deadline_us, TIMEOUT_S, &status, err);
    (void)close(process.fd);
    if (result != 0) {
        process_end(process.pid);
        return -1;
    }
    return process_check(argv[0], status, ERR_DENIED, err);
}

/* --- The answer ----------------------------------------------------------------------------------
 */

static int take_answer(const char *text, size_t len, const char *account_id, struct arena *arena,
                       struct credentials **out, struct err *err)
{
    struct json *json = NULL;
    int result;

    if (json_parse(text, len, arena, &json, err) != 0)
        return err_set(err, ERR_PROTOCOL, "what it printed is not JSON");
    if (json_number(json, "Version", 0) != 1)
        result = err_set(err, ERR_PROTOCOL, "what it printed has no Version 1");
    else
        result = credentials_from_json(json, "SessionToken", out, err);
    if (result == 0 && (*out)->account_id == NULL)
        credentials_set_account(*out, account_id);
    json_wipe(json);
    return result;
}

/* The command of the profile, and what is said about it. */
struct command {
    char **argv;
    const char *place, *account_id;
};

static int find_command(struct source *source, struct arena *arena, struct command *out,
                        struct err *err)
{
    struct profiles profiles;
    const char *text;
    size_t count = 0;
    int result = 0;

    if (profiles_load(source->world, arena, &profiles, err) != 0)
        return -1;
    text = profiles_value(&profiles, source->profile, "credential_process");
    out->place = profiles_place(&profiles, source->profile, "credential_process");
    out->account_id =
        arena_str(arena, profiles_value(&profiles, source->profile, "aws_account_id"));
    if (text == NULL)
        result = source_absent(source, err);
    else if (!text_shell_split(text, arena, &out->argv, &count) || count == 0)
        result =
            err_set(err, ERR_CONFIG,
                    "%s: credential_process is empty, or a quote in it is not closed", out->place);
    profiles_wipe(&profiles);
    return result;
}

static int process_fetch(struct source *source, struct arena *scratch, struct credentials **out,
                         struct err *err)
{
    const size_t size = LIMIT_PROCESS_OUTPUT_BYTES + 1;
    struct command command = {.argv = NULL};
    size_t len = 0;
    char *text;
    int result;

    if (find_command(source, scratch, &command, err) != 0)
        return -1;
    text = arena_alloc(scratch, size); /* all at once: growing would leave copies behind */
    result = run(source->world->sched, (const char *const *)command.argv, text, &len, err);
    if (result == 0)
        result = take_answer(text, len, command.account_id, scratch, out, err);
    wipe(text, size);
    return result == 0 ? 0 : err_wrap(err, "%s: credential_process", command.place);
}

struct credentials_provider *credentials_process_new(const struct credentials_world *world,
                                                     const char *profile)
{
    return &source_new(sizeof(struct source), "process", world, profile, process_fetch)->base;
}
