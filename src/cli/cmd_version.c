#include "cli.h"

#include <stdio.h>
#include <string.h>

static int version_run(const void *options, const struct words *positional)
{
    static const char text[] = "plinth " PLINTH_VERSION "\n";

    (void)options;
    (void)positional;
    return put_result(text, strlen(text)) ? EXIT_DONE : EXIT_ERROR;
}

const struct command command_version = {
    .name = "version",
    .summary = "print the version",
    .usage = "",
    .text = "Prints plinth's version.",
    .options_size = sizeof(struct common),
    .positional_most = 0,
    .run = version_run,
};
