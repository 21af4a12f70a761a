#include "cli.h"

#include "plinth/base/arena.h"
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

static void overview(const struct command *none, struct buf *out)
{
    (void)none;
    buf_str(out,
            "usage: plinth COMMAND [options] [arguments]\n\n"
            "Builds an AWS organization from a YAML baseline, and keeps it so.\n\ncommands:\n");
    for (size_t i = 0; commands[i] != NULL; i++)
        buf_printf(out, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
    buf_str(out, "\nplinth help COMMAND [VERB] tells more about one.\n");
    buf_str(out, exit_codes);
}

static int put_help(void (*put)(const struct command *, struct buf *), const struct command *of)
{
    struct buf out;
    bool ok;

    buf_init(&out, HELP_BYTES_MOST);
    put(of, &out);
    ok = put_result(buf_text(&out), out.len);
    buf_fini(&out);
    return ok ? EXIT_DONE : EXIT_ERROR;
}

int show_help(const struct command *command)
{
    return put_help(opt_help, command);
}

static int help_run(const void *options, const struct words *positional)
{
    const struct command *command, *verb;
    struct err err = ERR_INIT;
    struct arena *arena;
    int code;

    if (positional->count == 0)
        return put_help(overview, NULL);
    command = command_find(positional->items[0]);
    if (command == NULL)
        return command_unknown(positional->items[0]);
    if (positional->count == 1)
        return show_help(command);
    arena = arena_new("help");
    verb = verb_find(command, positional->items[1], arena, &err);
    code = verb == NULL ? fail(options, &err) : show_help(verb);
    arena_free(arena);
    return code;
}

const struct command command_help = {
    .name = "help",
    .summary = "show the commands, or the options of one",
    .usage = "[COMMAND [VERB]]",
    .text = "Shows all commands and the exit codes, or the options of one command or verb.",
    .options_size = sizeof(struct common),
    .positional_most = 2,
    .run = help_run,
};
