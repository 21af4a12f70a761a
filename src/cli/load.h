/*
 * load.h - a baseline from the command line, with its mistakes printed one per line.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_LOAD_H
#define PLINTH_CLI_LOAD_H

#include "options.h"

#include "plinth/baseline/baseline.h"

struct arena;   /* base/arena.h */
struct control; /* control/control.h */

struct loaded {
    const char *path;
    const struct control_section *sections;
    struct baseline *baseline; /* NULL: it has errors */
    struct diags diags;
};

/* Find and read it.  owns: `arena`.  err: ERR_USAGE (no such baseline, no NAME=VALUE), ERR_CONFIG
 * with the mistakes in out->diags (none there: the text says it all), ERR_IO, ERR_LIMIT.
 * yields: no. */
int load_baseline(const char *argument, const struct words *variables, struct arena *arena,
                  struct loaded *out, struct err *err);

/* The same with what `more` says besides: its `accounts_least` and its `instead`.  yields: no. */
int load_baseline_with(const char *argument, const struct words *variables,
                       const struct baseline_options *more, struct arena *arena, struct loaded *out,
                       struct err *err);

/* As fail(), for what load_baseline failed with: each mistake stands as "file:line:column: text" on
 * standard error, and in the "errors" of the document.  Returns the exit code.  yields: no. */
int load_failed(const struct loaded *loaded, const struct baseline_opts *options,
                const struct err *err);

/* Both: find, read, and tell what is wrong.  Returns EXIT_DONE, or what to exit with.  yields: no.
 */
int load_or_tell(const char *argument, const struct baseline_opts *options, struct arena *arena,
                 struct loaded *out);

#endif
