/*
 * bench_base_cost.c - run a program and write what it cost, as one line of JSON.
 *
 *   bench_base_cost FILE PROGRAM [ARGUMENT...]
 *
 * Linux counts a process's peak memory from its fork on, so whoever starts a program must be small
 * itself: an interpreter would count its own memory as the program's.  Exits with the program's
 * code, or with 128 and its signal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static long long us_of(struct timeval time)
{
    return time.tv_sec * 1000000LL + time.tv_usec;
}

int main(int argc, char **argv)
{
    long long from_us = now_us(), took_us;
    struct rusage usage;
    int status;
    FILE *file;
    pid_t child;

    if (argc < 3) {
        (void)fputs("usage: bench_base_cost FILE PROGRAM [ARGUMENT...]\n", stderr);
        return 64;
    }
    child = fork();
    if (child == 0) {
        (void)execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror("bench_base_cost");
        return 1;
    }
    took_us = now_us() - from_us;
    file = fopen(argv[1], "w");
    if (file == NULL ||
        fprintf(file,
                "{\"wall_us\": %lld, \"user_us\": %lld, \"system_us\": %lld, \"rss_kb\": %ld}\n",
                took_us, us_of(usage.ru_utime), us_of(usage.ru_stime), usage.ru_maxrss) < 0 ||
        fclose(file) != 0) {
        perror(argv[1]);
        return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
