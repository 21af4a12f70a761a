#include "signals.h"

#include "cli.h"

#include "plinth/fiber/fiber.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const char stopping[] =
    "stopping: running writes finish; press again to stop at once (a re-run is safe)";

/* SIGINT and SIGTERM, but for one that whoever started us had us ignore. */
static void ours(sigset_t *set)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    struct sigaction action;

    (void)sigemptyset(set);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            (void)sigaddset(set, numbers[i]);
}

/* Only what a signal handler may do. */
static void stop_at_once(int number)
{
    static const char text[] = "\nplinth: stopped at once; run the same command again\n";

    (void)number;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) {
        /* Nobody reads it. */
    }
    _exit(EXIT_INTERRUPTED);
}

static void next_ends_process(void)
{
    struct sigaction action;
    sigset_t set;

    ours(&set);
    memset(&action, 0, sizeof action);
    action.sa_handler = stop_at_once;
    (void)sigemptyset(&action.sa_mask);
    if (sigismember(&set, SIGINT) == 1)
        (void)sigaction(SIGINT, &action, NULL);
    if (sigismember(&set, SIGTERM) == 1)
        (void)sigaction(SIGTERM, &action, NULL);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

bool signals_take(struct signals *signals)
{
    struct signalfd_siginfo info;

    if (signals->came || signals->fd < 0 || read(signals->fd, &info, sizeof info) != sizeof info)
        return signals->came;
    signals->came = true;
    signals->say(signals->arg, stopping);
    sched_stop(signals->sched);
    next_ends_process();
    return true;
}

static void ready(void *arg, int fd, int events)
{
    (void)fd;
    (void)events;
    (void)signals_take(arg);
}

int signals_init(struct signals *signals, struct sched *sched,
                 void (*say)(void *arg, const char *text), void *arg, struct err *err)
{
    sigset_t set;

    *signals = (struct signals){.fd = -1, .sched = sched, .say = say, .arg = arg};
    ours(&set);
    if (pthread_sigmask(SIG_BLOCK, &set, &signals->mask_before) != 0)
        return err_errno(err, errno, "blocking signals");
    signals->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals->fd < 0) {
        (void)err_errno(err, errno, "signalfd");
    } else if (sched_watch(sched, signals->fd, FIBER_READ, ready, signals, err) == 0) {
        return 0;
    }
    signals_fini(signals);
    return -1;
}

void signals_fini(struct signals *signals)
{
    struct err ignored = ERR_INIT;
    struct signalfd_siginfo info;

    if (signals->fd >= 0) {
        /* One that ended a question is spent; it must not kill what is being taken down. */
        if (!signals->came && read(signals->fd, &info, sizeof info) > 0)
            next_ends_process();
        (void)sched_watch(signals->sched, signals->fd, 0, NULL, NULL, &ignored);
        (void)close(signals->fd);
    }
    signals->fd = -1;
    if (!signals->came)
        (void)pthread_sigmask(SIG_SETMASK, &signals->mask_before, NULL);
}

void signals_block(void)
{
    sigset_t set;

    ours(&set);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void signals_wait(void)
{
    sigset_t set;
    int number;

    ours(&set);
    (void)sigwait(&set, &number);
}
