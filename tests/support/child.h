/*
 * child.h - run what must end the process in a process of its own.
 */
#ifndef PLINTH_TESTS_CHILD_H
#define PLINTH_TESTS_CHILD_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_SURVIVED = 77 };

/* The wait status of a child that calls `fn(arg)`; it exits with CHILD_SURVIVED when that returns.
 * What it says on stderr goes to `err_fd`, or nowhere if that is negative; it leaves no core. */
static inline int child_run(void (*fn)(void *arg), void *arg, int err_fd)
{
    int status = 0;
    pid_t child = fork();

    if (child < 0)
        return -1;
    if (child == 0) {
        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        if (err_fd >= 0)
            (void)dup2(err_fd, STDERR_FILENO);
        else
            (void)close(STDERR_FILENO);
        fn(arg);
        _exit(CHILD_SURVIVED);
    }
    while (waitpid(child, &status, 0) != child)
        ;
    return status;
}

/* A fault, or a sanitizer's report of one. */
static inline bool child_crashed(int status)
{
    return WIFSIGNALED(status) ||
           (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != CHILD_SURVIVED);
}

#endif
