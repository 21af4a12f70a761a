/*
 * honey.h - what the parts of `plinth honey` share.
 *
 * Layer:  cli.  cmd_honey.c has the options, list and rotate; honey_uses.c reads when tokens were
 *         last used, for check; honey_fire.c uses one; honey_test.c waits for its detectors.
 */
#ifndef PLINTH_CLI_HONEY_H
#define PLINTH_CLI_HONEY_H

#include "session.h"

#include "plinth/aws/call.h"
#include "plinth/control/honey.h"

#include <stdint.h>

struct honey_opts {
    struct run_opts run;
    struct words tokens; /* labels; none: all */
    long wait_s;
    bool acknowledge;
};

/* One token of the map, and what is found out of it. */
struct honey_row {
    const struct honey_entry *entry;
    const struct honey_token *token; /* of the baseline; NULL: it no longer has it */
    const char *since;               /* when its key was made; NULL */
    int64_t used_ms;                 /* last use, wall time; -1: none is known */
    bool used_that_day;              /* all that is known is the day */
    const char *service, *region;    /* of the last use; NULL */
    int64_t known_ms;                /* uses until then are known; -1: none is */
    const char *error;               /* why it could not be read; NULL */
};

struct honey_run {
    const struct honey_opts *options;
    const char *baseline_path; /* as the command line names it; NULL */
    struct session *session;
    struct arena *arena; /* outlives the session; wiped */
    const struct honey_spec *spec;
    struct honey_map map;
    struct honey_row *rows; /* those chosen */
    size_t count;
    struct err err;
    int failed;
};

/* Whom to ask in an account of the baseline; it may do what honey_use_ops hold.  err: ERR_NOTFOUND
 * while the account does not exist.  yields: no. */
int honey_target(const struct honey_run *run, const char *account, const char *region,
                 struct aws_target *out, struct err *err);

/* Whether AWS keeps when that kind was last used.  yields: no. */
bool honey_has_last_use(enum honey_kind kind);

/* Read when one was last used.  err: as aws_call.  yields: yes. */
int honey_read_use(struct honey_run *run, struct honey_row *row, struct err *err);

/* Whether that use is after what is known.  yields: no. */
bool honey_is_news(const struct honey_row *row);

/* Read until when uses are known, of all rows; say so of one, until `known_ms`.  err: as aws_call.
 * yields: yes. */
int honey_read_known(struct honey_run *run, struct err *err);
int honey_write_known(struct honey_run *run, struct honey_row *row, int64_t known_ms,
                      struct err *err);

/* Use a token as an intruder would, by a call that does nothing.  *out_refused: AWS refused it, of
 * which it makes an event, but no last use.
 * err: ERR_USAGE when it cannot be used from here; as aws_call.  yields: yes. */
int honey_fire(struct honey_run *run, const struct honey_row *row, bool *out_refused,
               struct err *err);

/* What a report found, as JSON: {"format": ..., NAME: [...]} with an item for each row, which says
 * what the map says of every token and what `put` adds.  owns: run->arena.  yields: no. */
struct json *honey_json(const struct honey_run *run, const char *name,
                        void (*put)(const struct honey_run *run, const struct honey_row *row,
                                    struct json *item));

/* The subcommands; each returns what to exit with.  yields: no: they run the loop. */
int honey_check_uses(struct honey_run *run);
int honey_test(struct honey_run *run);

/* Identify, read the map and choose the rows, in a fiber.  yields: yes. */
int honey_prepare(struct honey_run *run, struct err *err);

#endif
