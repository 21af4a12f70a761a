/*
 * main.c - plinth: find the command, parse its options from its table, run it.
 */
#include "cli.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* The leak checker of a sanitized build reads this process as a debugger does. */
#if defined(__SANITIZE_ADDRESS__)
#define CLI_LEAK_CHECK
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CLI_LEAK_CHECK
#endif
#endif

extern const struct command command_init, command_validate, command_plan, command_apply,
    command_drift, command_rollout, command_account, command_history, command_journal,
    command_evidence, command_lock, command_alarms, command_backup, command_honey, command_schema,
    command_rehearse, command_sandbox, command_policy, command_permissions, command_version,
    command_help;

const struct command *const commands[] = {
    &command_init,        &command_validate,
    &command_plan,        &command_apply,
    &command_drift,       &command_rollout,
    &command_account,     &command_history,
    &command_journal,     &command_evidence,
    &command_lock,        &command_alarms,
    &command_backup,      &command_honey,
    &command_schema,      &command_rehearse,
    &command_sandbox,     &command_policy,
    &command_permissions, &command_version,
    &command_help,        NULL,
};

const struct command *command_find(const char *name)
{
    for (size_t i = 0; commands[i] != NULL; i++)
        if (str_eq(commands[i]->name, name))
            return commands[i];
    return NULL;
}

int command_unknown(const char *name)
{
    const char *names[sizeof commands / sizeof commands[0]];
    const char *near;
    size_t count = 0;

    for (; commands[count] != NULL; count++)
        names[count] = commands[count]->name;
    if (name[0] == '-') {
        (void)fprintf(stderr, "plinth: options follow the command: plinth COMMAND %s\n", name);
        return EXIT_BAD_USAGE;
    }
    near = str_nearest(name, names, count);
    (void)fprintf(stderr, "plinth: unknown command \"%s\"", name);
    if (near != NULL)
        (void)fprintf(stderr, "; did you mean \"%s\"?", near);
    (void)fprintf(stderr, "\nplinth help lists the commands\n");
    return EXIT_BAD_USAGE;
}

static int bad_usage(const struct command *command, const struct common *common,
                     const struct err *err)
{
    int code = fail(common, err);

    if (!str_eq(common->log_format, "json"))
        (void)fprintf(stderr, "plinth %s --help lists the options\n", command->name);
    return code;
}

static int run_verb(const struct command *command, const struct command *verb, int count,
                    char **words, struct arena *arena)
{
    void *options = arena_alloc(arena, verb->options_size);
    const struct common *common = options;
    struct words positional = {0};
    struct err err = ERR_INIT;

    if (opt_parse(command, verb, count, words, options, &positional, arena, &err) != 0)
        return bad_usage(verb, common, &err);
    return common->help ? show_help(verb) : verb->run(options, &positional);
}

static int run_command(const struct command *command, int count, char **words)
{
    struct arena *arena = arena_new("options");
    const struct command *verb;
    struct err err = ERR_INIT;
    struct common common;
    int code;

    verb = opt_verb(command, &count, words, &common, arena, &err);
    if (verb == NULL)
        code = bad_usage(command, &common, &err);
    else
        code = verb->run == NULL ? show_help(verb) : run_verb(command, verb, count, words, arena);
    arena_free(arena);
    return code;
}

/* Credentials must not end in a core file, nor be read by a debugger of the same user. */
static void keep_memory_private(void)
{
    const struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef CLI_LEAK_CHECK
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* The usual soft limit of 1024 files is for programs that use select(2); ours would allow some
 * hundred connections.  What cannot be raised is worked with. */
static void allow_many_files(void)
{
    enum { FILES_MOST = 16384 };
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= FILES_MOST)
        return;
    files.rlim_cur = files.rlim_max < FILES_MOST ? files.rlim_max : FILES_MOST;
    (void)setrlimit(RLIMIT_NOFILE, &files);
}

/* A file of ours in the place of a standard one that is closed, such as a journal, would be written
 * over by what is printed.  What stands there instead can neither be read nor written, so that the
 * failure is noticed. */
static void occupy_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY)) != fd)
            _exit(EXIT_ERROR);
}

int main(int argc, char **argv)
{
    const struct command *command;
    const char *name = argc < 2 ? "help" : argv[1];

    occupy_standard_files();
    keep_memory_private();
    allow_many_files();
    (void)signal(SIGPIPE, SIG_IGN);
    if (str_eq(name, "--version") || str_eq(name, "-V"))
        name = "version";
    if (str_eq(name, "--help") || str_eq(name, "-h"))
        name = "help";
    command = command_find(name);
    if (command == NULL)
        return command_unknown(name);
    return run_command(command, argc < 2 ? 0 : argc - 2, argv + 2);
}
