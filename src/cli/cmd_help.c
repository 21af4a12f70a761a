#include "cli.h"

#include "plinth/base/buf.h"

enum { HELP_BYTES_MOST = 64 * 1024 };

static const char exit_codes[] = "\nexit codes:\n"
                                 "  0    clean, or done\n"
                                 "  1    error\n"
                                 "  2    changes are pending, or drift was found\n"
                                 "  3    refused by a safety gate\n"
                                 "  4    some targets failed, were skipped or could not be read\n"
                                 "  64   wrong usage\n"
                                 "  65   the baseline is invalid\n"
                                 "  130  interrupted\n";

static void overview(struct buf *out)
{
    buf_str(out,
            "usage: plinth COMMAND [options] [arguments]\n\n"
            "Builds an AWS organization from a YAML baseline, and keeps it so.\n\ncommands:\n");
    for (size_t i = 0; commands[i] != NULL; i++)
        buf_printf(out, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
    buf_str(out, "\nplinth help COMMAND tells more about one.\n");
    buf_str(out, exit_codes);
}

static int help_run(const void *options, const struct words *positional)
{
    const struct command *command = NULL;
    struct buf out;
    bool ok;

    (void)options;
    if (positional->count > 0) {
        command = command_find(positional->items[0]);
        if (command == NULL)
            return command_unknown(positional->items[0]);
    }
    buf_init(&out, HELP_BYTES_MOST);
    if (command == NULL)
        overview(&out);
    else
        opt_help(command, &out);
    ok = put_result(buf_text(&out), out.len);
    buf_fini(&out);
    return ok ? EXIT_DONE : EXIT_ERROR;
}

const struct command command_help = {
    .name = "help",
    .summary = "show the commands, or the options of one",
    .usage = "[COMMAND]",
    .text = "Shows all commands and the exit codes, or the options of one command.",
    .options_size = sizeof(struct common),
    .positional_most = 1,
    .run = help_run,
};
