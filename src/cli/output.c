#include "cli.h"

#include "plinth/base/buf.h"
#include "plinth/codec/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RESULT_BYTES_MOST = 1024 * 1024 * 1024 };

bool put_result(const char *text, size_t len)
{
    if (fwrite(text, 1, len, stdout) == len && fflush(stdout) == 0)
        return true;
    /* Who closed the pipe knows that it wanted no more. */
    if (errno != EPIPE)
        perror("plinth: standard output");
    return false;
}

bool put_json(const struct json *json)
{
    struct buf text;
    bool ok;

    buf_init(&text, RESULT_BYTES_MOST);
    json_print(json, JSON_PRETTY, &text);
    buf_char(&text, '\n');
    ok = !text.overflow && put_result(buf_text(&text), text.len);
    if (text.overflow)
        (void)fprintf(stderr, "plinth: the result is larger than %d MiB\n",
                      RESULT_BYTES_MOST / (1024 * 1024));
    buf_fini(&text);
    return ok;
}

void put_error(const struct err *err)
{
    (void)fprintf(stderr, "plinth: %s\n", err->text);
}

int exit_for(const struct err *err)
{
    switch (err->code) {
    case ERR_USAGE:
        return EXIT_BAD_USAGE;
    case ERR_GATE:
        return EXIT_GATE;
    case ERR_CANCELLED:
        return EXIT_INTERRUPTED;
    default:
        return EXIT_ERROR;
    }
}

const char *env_text(const char *name)
{
    const char *value = getenv(name);

    return value == NULL || *value == '\0' ? NULL : value;
}

bool use_color(const struct common *common, int fd)
{
    const char *term = env_text("TERM");

    return !common->no_color && env_text("NO_COLOR") == NULL && isatty(fd) && term != NULL &&
           strcmp(term, "dumb") != 0;
}
