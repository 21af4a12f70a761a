/*
 * outlet.c - what is planted on this machine: a file, or what a program makes of its input.
 *
 * What is planted stands in no argument and in no environment: both can be read by others.
 */
#define _GNU_SOURCE /* pipe2 */
#include "outlet.h"

#include "plinth/base/env.h"
#include "plinth/base/files.h"
#include "plinth/base/secret.h"
#include "plinth/fiber/fiber.h"
#include "plinth/fiber/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TIMEOUT_S = 60 };

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

static int start(const char *const *argv, const struct secret *input, pid_t *out_pid,
                 struct err *err)
{
    int fds[2], failure, result;

    if (pipe2(fds, O_CLOEXEC) != 0)
        return err_errno(err, errno, "pipe");
    failure = process_spawn(argv, fds[0], PROCESS_NOTHING, out_pid);
    (void)close(fds[0]);
    if (failure != 0) {
        (void)close(fds[1]);
        return err_errno(err, failure, "%s", argv[0]);
    }
    result = give(fds[1], input, argv[0], err);
    (void)close(fds[1]);
    if (result != 0)
        process_end(*out_pid);
    return result;
}

static int run(void *arg, const char *const *argv, const struct secret *input, struct err *err)
{
    const struct machine *machine = arg;
    int64_t until_us = env_mono_us(sched_env(machine->sched)) + TIMEOUT_S * INT64_C(1000000);
    int status = 0;
    pid_t pid;

    if (start(argv, input, &pid, err) != 0)
        return -1;
    if (process_wait(machine->sched, pid, argv[0], until_us, TIMEOUT_S, &status, err) != 0) {
        process_end(pid);
        if (err->code == ERR_TRANSIENT)
            err->code = ERR_IO; /* whether it did its work is not known: it is not run again */
        return -1;
    }
    return process_check(argv[0], status, ERR_IO, err);
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
