#define _GNU_SOURCE /* posix_spawn_file_actions_addclosefrom_np, and environ */
#include "plinth/fiber/process.h"

#include "plinth/base/env.h"
#include "plinth/fiber/fiber.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_EVERY_MS = 10 };

static int give_file(posix_spawn_file_actions_t *actions, int fd, int as, int flags)
{
    if (fd == PROCESS_OURS)
        return 0;
    return fd == PROCESS_NOTHING
               ? posix_spawn_file_actions_addopen(actions, as, "/dev/null", flags, 0)
               : posix_spawn_file_actions_adddup2(actions, fd, as);
}

int process_spawn(const char *const *argv, int in_fd, int out_fd, pid_t *out_pid)
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
    failure = give_file(&actions, in_fd, STDIN_FILENO, O_RDONLY);
    if (failure == 0)
        failure = give_file(&actions, out_fd, STDOUT_FILENO, O_WRONLY);
    if (failure == 0)
        failure = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    if (failure == 0) /* argv is not written to: POSIX, "rationale" of exec */
        failure = posix_spawnp(out_pid, argv[0], &actions, &attributes,
                               (char *const *)(uintptr_t)argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    return failure;
}

int process_wait(struct sched *sched, pid_t pid, const char *name, int64_t until_us, int timeout_s,
                 int *out_status, struct err *err)
{
    for (;;) {
        pid_t got = waitpid(pid, out_status, WNOHANG);

        if (got == pid)
            return 0;
        if (got < 0 && errno != EINTR)
            return err_errno(err, errno, "%s", name);
        if (env_mono_us(sched_env(sched)) >= until_us)
            return err_set(err, ERR_TRANSIENT, "%s did not end within %d s", name, timeout_s);
        if (fiber_sleep_ms(sched, LOOK_EVERY_MS, err) != 0)
            return -1;
    }
}

int process_check(const char *name, int status, enum err_code code, struct err *err)
{
    if (WIFSIGNALED(status))
        return err_set(err, code, "%s was ended by signal %d", name, WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return err_set(err, code, "%s ended with status %d", name, WEXITSTATUS(status));
    return 0;
}

void process_end(pid_t pid)
{
    int status;

    (void)kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
}
