#include "terminal.h"

#include "plinth/base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_BYTES_MOST = 1024 };

bool terminal_is_there(void)
{
    return isatty(STDIN_FILENO) == 1;
}

/* -1 where there is nobody.  owns: caller, close(). */
static int open_terminal(void)
{
    return terminal_is_there() ? open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
}

static int write_all(int fd, const char *text, size_t len, struct err *err)
{
    while (len > 0) {
        ssize_t put = write(fd, text, len);

        if (put < 0 && errno != EINTR)
            return err_errno(err, errno, "writing to the terminal");
        text += put > 0 ? put : 0;
        len -= put > 0 ? (size_t)put : 0;
    }
    return 0;
}

int terminal_show(const char *text, size_t len, struct err *err)
{
    int fd = open_terminal();
    int result;

    if (fd < 0)
        return err_set(err, ERR_IO, "no terminal to show what would be done");
    result = write_all(fd, text, len, err);
    (void)close(fd);
    return result;
}

/* The terminal gives a line at a time.  err: ERR_IO, ERR_CANCELLED. */
static int read_line(int fd, int interrupt_fd, char *line, size_t size, struct err *err)
{
    struct pollfd polled[] = {{.fd = fd, .events = POLLIN}, {.fd = interrupt_fd, .events = POLLIN}};
    size_t len = 0;

    while (len + 1 < size) {
        ssize_t got;

        if (poll(polled, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            return err_errno(err, errno, "waiting for the terminal");
        }
        if (polled[1].revents != 0)
            return err_set(err, ERR_CANCELLED, "interrupted");
        got = read(fd, line + len, size - 1 - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(err, errno, "reading the terminal");
        len += (size_t)got;
        line[len] = '\0';
        if (memchr(line, '\n', len) != NULL)
            return 0;
        if (got == 0)
            return err_set(err, ERR_IO, "no answer: the terminal was closed");
    }
    return err_set(err, ERR_IO, "the answer is longer than %zu bytes", size - 1);
}

int terminal_ask(const char *question, int interrupt_fd, struct arena *arena, char **out,
                 struct err *err)
{
    static const char blanks[] = " \t\r\n";
    char line[ANSWER_BYTES_MOST + 1];
    const char *from = line;
    size_t len;
    int fd = open_terminal();
    int result;

    if (fd < 0)
        return err_set(err, ERR_IO, "no terminal to ask \"%s\"", question);
    result = write_all(fd, question, strlen(question), err);
    if (result == 0)
        result = read_line(fd, interrupt_fd, line, sizeof line, err);
    (void)close(fd);
    if (result != 0)
        return -1;
    from += strspn(from, blanks);
    len = strcspn(from, "\n");
    while (len > 0 && strchr(blanks, from[len - 1]) != NULL)
        len--;
    *out = arena_strn(arena, from, len);
    return 0;
}
