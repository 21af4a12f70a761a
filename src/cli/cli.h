/*
 * cli.h - what the commands of plinth share.
 *
 * The cli is the only layer that prints, reads the environment and looks at the terminal.
 * stdout carries the result, stderr progress and log.
 */
#ifndef PLINTH_CLI_H
#define PLINTH_CLI_H

#include "plinth/aws/ops.h"
#include "plinth/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */
struct buf;   /* base/buf.h */
struct json;  /* codec/json.h */
struct log;   /* base/log.h */

/* Exit codes: stable, documented in the README and the man page. */
enum exit_code {
    EXIT_DONE = 0, /* clean, or done */
    EXIT_ERROR = 1,
    EXIT_CHANGES = 2,       /* changes pending, or drift found */
    EXIT_GATE = 3,          /* refused by a safety gate */
    EXIT_PARTIAL = 4,       /* some targets failed, were skipped or could not be read */
    EXIT_BAD_USAGE = 64,    /* sysexits.h EX_USAGE */
    EXIT_BAD_BASELINE = 65, /* sysexits.h EX_DATAERR */
    EXIT_INTERRUPTED = 130,
};

/* One word list given by a repeatable option; ends with NULL once parsed. */
struct words {
    const char **items;
    size_t count, capacity;
};

/* NULL behind the last. */
const char *word_at(const struct words *words, size_t index);

enum opt_type {
    OPT_FLAG,
    OPT_TEXT,
    OPT_WORDS,
    OPT_NUMBER,
    OPT_CHOICE, /* a text, one of those in `value`: "text|json" */
};

/* What a "-" means to an option whose value is the name of a file. */
enum opt_dash {
    DASH_PLAIN, /* the value is no file, or whoever takes it knows */
    DASH_INPUT, /* standard input */
    DASH_NONE,  /* it must be a file */
};

struct opt {
    const char *name; /* "--account" without the dashes; NULL ends a table */
    char letter;      /* 'o' for -o; 0: none */
    enum opt_type type;
    size_t offset;     /* of bool, const char *, struct words or long in the options struct */
    const char *value; /* "NAME" in the help; NULL for flags */
    const char *doc;
    long least, most, fallback; /* of OPT_NUMBER; most 0: a billion; fallback: if not given */
    enum opt_dash dash;         /* of OPT_TEXT */
};

/* Options that every command has; `output` is set only by those that have OUTPUT_OPT. */
struct common {
    bool help, quiet, verbose, debug, no_color;
    const char *log_format; /* "text" or "json"; NULL: text */
    const char *output;     /* likewise */
};

/* Or a verb of one, which is called "policy who-can". */
struct command {
    const char *name;
    const char *summary;    /* one line */
    const char *usage;      /* what stands behind the options: "[BASELINE]" */
    const char *text;       /* paragraphs for --help */
    const char *examples;   /* lines of --help, each ends with a newline; NULL: none */
    const struct opt *opts; /* its own; offsets into a struct that begins with struct common */
    size_t options_size;    /* of that struct */
    size_t positional_least, positional_most;
    const enum aws_op *ops; /* what it asks of accounts, besides what controls do; NULL: nothing */
    const enum aws_op *management_ops; /* likewise, of the management account alone */
    const char *control; /* that it is about: needed only where that is on; NULL: always */
    int (*run)(const void *options, const struct words *positional); /* NULL: it needs a verb */
    const struct command *const *verbs; /* each with its own options; NULL-terminated, or NULL */
    const char *never; /* of a verb: what is said instead of running it; not in the help */
};

/* All commands; ends with a NULL name. */
extern const struct command *const commands[];

/* NULL if there is none of that name. */
const struct command *command_find(const char *name);

/* Say so on stderr, with the near match.  Returns EXIT_BAD_USAGE. */
int command_unknown(const char *name);

/* What the words behind the command's name run: one of its verbs, which is taken out of `words`, or
 * the command itself.  Of the options only those of `out_common` are read, for who tells of errors.
 * NULL, with err: ERR_USAGE with the near match, when a verb is missing or is none. */
const struct command *opt_verb(const struct command *command, int *count, char **words,
                               struct common *out_common, struct arena *arena, struct err *err);

/* Parse the words behind the name of `command`, or of `verb` of it.  What stands behind a mistake
 * is parsed too: it may say how to tell of it.  err: ERR_USAGE with the near match, of the first
 * mistake. */
int opt_parse(const struct command *command, const struct command *verb, int count, char **words,
              void *options, struct words *positional, struct arena *arena, struct err *err);

/* "pause" of "rollout pause". */
const char *verb_word(const struct command *verb);

/* The one of that word.  NULL, with err: ERR_USAGE with the near match, or with what is said
 * instead of it. */
const struct command *verb_find(const struct command *command, const char *word,
                                struct arena *arena, struct err *err);

/* Help from the same table that parses. */
void opt_help(const struct command *command, struct buf *out);

/* The same on stdout.  Returns the exit code. */
int show_help(const struct command *command);

/* --- Output --------------------------------------------------------------------------------------
 */

/* Write to stdout, all of it; false (and a message) when it cannot be written. */
bool put_result(const char *text, size_t len);

/* A buffer for a result of any length, which goes to stdout while it grows, and its end; false as
 * put_result. */
void result_buf(struct buf *out);
bool put_buf(struct buf *out);

/* A JSON document on stdout, indented; false as put_result. */
bool put_json(const struct json *json);

/* "plinth: text" on stderr, or an event with --log-format json. */
void put_error(const struct common *common, const struct err *err);

/* What somebody should know and nothing fails for.  yields: no. */
void put_warning(const struct common *common, const char *text);

/* Where every command ends that fails: put_error, and with --output json the one document of
 * failure_json.  Returns the exit code that the error leads to. */
int fail(const struct common *common, const struct err *err);

#define FAILURE_FORMAT "plinth/error/v1"

/* {"format", "error": {"code", "message", "exit"}}.  owns: `arena`. */
struct json *failure_json(const struct err *err, int code, struct arena *arena);

/* Events on stderr; NULL without --log-format json.  owns: caller, log_free(). */
struct log *events_new(const struct common *common);

/* Whether to color a stream: a terminal, no NO_COLOR, TERM is not "dumb", no --no-color. */
bool use_color(const struct common *common, int fd);

/* NULL where it is unset or empty. */
const char *env_text(const char *name);

#endif
