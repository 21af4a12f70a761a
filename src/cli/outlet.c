/*
 * outlet.c - what is planted on this machine: a file, or what a program makes of its input.
 *
 * What is planted stands in no argument and in no environment: both can be read by others.
 */
#define _GNU_SOURCE /* posix_spawn_file_actions_addclosefrom_np, and environ */
#include "outlet.h"

#include "plinth/base/env.h"
#include "plinth/base/files.h"
#include "plinth/base/secret.h"
#include "plinth/fiber/fiber.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMEOUT_MS = 60 * 1000, LOOK_EVERY_MS = 10 };

/* --- Files ---------------------------------------------------------------------------------------
 */

static int exists(void *arg, const char *path, bool *out, struct err *err)
{
    struct stat ignored;

    (void)arg;
    *out = lstat(path, &ignored) == 0;
    if (*out || errno == ENOENT || errno == ENOTDIR)
        return 0;
    return err_errno(err, errno, "%s", path);
}

static int put_file(void *arg, const char *path, const struct secret *content, struct err *err)
{
    (void)arg;
    return files_write(path, secret_reveal(content), secret_len(content), FILE_MODE_PRIVATE, true,
                       err);
}

/* --- Programs ------------------------------------------------------------------------------------
 */

/* In our environment, with no signal blocked, none of our files but its input and our errors, and
 * nowhere to print what it was given. */
static int spawn(const char *const *argv, int in_fd, pid_t *out_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, reset;
    int failure;

    (void)sigemptyset(&none);
    (void)sigemptyset(&reset);
    (void)sigaddset(&reset, SIGPIPE);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setsigdefault(&attributes, &reset);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    (void)posix_spawn_file_actions_init(&actions);
    failure = posix_spawn_file_actions_adddup2(&actions, in_fd, STDIN_FILENO);
    if (failure == 0)
        failure =
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (failure == 0)
        failure = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    if (failure == 0) /* argv is not written to: POSIX, "rationale" of exec */
        failure = posix_spawnp(out_pid, argv[0], &actions, &attributes,
                               (char *const *)(uintptr_t)argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    return failure;
}

/* A pipe takes it all at once (a key is far below PIPE_BUF), read or not. */
static int give(int fd, const struct secret *input, const char *name, struct err *err)
{
    ssize_t put;

    do
        put = write(fd, secret_reveal(input), secret_len(input));
    while (put < 0 && errno == EINTR);
    if (put == (ssize_t)secret_len(input))
        return 0;
    return put < 0 ? err_errno(err, errno, "%s does not take its input", name)
                   : err_set(err, ERR_IO, "%s does not take all of its input", name);
}

static void end(pid_t pid)
{
    int status;

    (void)kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
}

/* Wait for its end, and end it if that does not come.  yields: yes. */
static int await(struct sched *sched, pid_t pid, const char *name, int *out_status, struct err *err)
{
    int64_t until_us = env_mono_us(sched_env(sched)) + (int64_t)TIMEOUT_MS * 1000;

    for (;;) {
        pid_t got = waitpid(pid, out_status, WNOHANG);

        if (got == pid)
            return 0;
        if (got < 0 && errno != EINTR)
            return err_errno(err, errno, "%s", name);
        if (env_mono_us(sched_env(sched)) >= until_us) {
            end(pid);
            return err_set(err, ERR_IO, "%s did not end within %d s", name, TIMEOUT_MS / 1000);
        }
        if (fiber_sleep_ms(sched, LOOK_EVERY_MS, err) != 0) {
            end(pid);
            return -1;
        }
    }
}

static int start(const char *const *argv, const struct secret *input, pid_t *out_pid,
                 struct err *err)
{
    int fds[2], failure, result;

    if (pipe2(fds, O_CLOEXEC) != 0)
        return err_errno(err, errno, "pipe");
    failure = spawn(argv, fds[0], out_pid);
    (void)close(fds[0]);
    if (failure != 0) {
        (void)close(fds[1]);
        return err_errno(err, failure, "%s", argv[0]);
    }
    result = give(fds[1], input, argv[0], err);
    (void)close(fds[1]);
    if (result != 0)
        end(*out_pid);
    return result;
}

static int run(void *arg, const char *const *argv, const struct secret *input, struct err *err)
{
    const struct machine *machine = arg;
    int status = 0;
    pid_t pid;

    if (start(argv, input, &pid, err) != 0 ||
        await(machine->sched, pid, argv[0], &status, err) != 0)
        return -1;
    if (WIFSIGNALED(status))
        return err_set(err, ERR_IO, "%s was ended by signal %d", argv[0], WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return err_set(err, ERR_IO, "%s ended with status %d", argv[0], WEXITSTATUS(status));
    return 0;
}

void machine_init(struct machine *machine, struct sched *sched)
{
    *machine = (struct machine){
        .outlet = {.exists = exists, .put_file = put_file, .run = run, .arg = machine},
        .sched = sched,
    };
    if (gethostname(machine->name, sizeof machine->name - 1) != 0)
        machine->name[0] = '\0';
    machine->outlet.machine = machine->name;
}
