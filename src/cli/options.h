/*
 * options.h - the options that several commands share, as structs and as rows of their tables.
 *
 * Layer:  cli.  Each struct begins with the one above it, so that one row serves every command
 *         whose options begin with that struct.
 */
#ifndef PLINTH_CLI_OPTIONS_H
#define PLINTH_CLI_OPTIONS_H

#include "cli.h"

#include <stdbool.h>
#include <stddef.h>

/* Of commands that read a baseline. */
struct baseline_opts {
    struct common common;
    struct words variables; /* "NAME=VALUE" */
};

#define BASELINE_OPTS                                                                              \
    {                                                                                              \
        "var", 0, OPT_WORDS, offsetof(struct baseline_opts, variables), "NAME=VALUE",              \
            "set a variable of the baseline"                                                       \
    }

/* Of commands that pass the lock-out gate; T is their struct, with `overrides` in it. */
#define OVERRIDE_GATE_OPT(T)                                                                       \
    {                                                                                              \
        "override-gate", 0, OPT_WORDS, offsetof(T, overrides), "POLICY",                           \
            "let this policy pass the lock-out gate"                                               \
    }

/* Of commands that apply; T is their struct, with `lock_vaults` in it. */
#define LOCK_VAULT_OPT(T)                                                                          \
    {                                                                                              \
        "lock-vault", 0, OPT_WORDS, offsetof(T, lock_vaults), "NAME",                              \
            "let this vault or bucket be locked irreversibly, without asking"                      \
    }

#define OUTPUT_OPT                                                                                 \
    {                                                                                              \
        "output", 0, OPT_CHOICE, offsetof(struct common, output), "text|json",                     \
            "what to print on standard output"                                                     \
    }

/* Of commands that end with the report of a run. */
#define REPORT_OPT                                                                                 \
    {                                                                                              \
        "output", 0, OPT_CHOICE, offsetof(struct common, output),                                  \
            "text|json|jsonl|markdown|junit|sarif|ocsf", "what to print on standard output"        \
    }

/* Of commands that know the history of a baseline; T is their struct, with `history` in it. */
#define HISTORY_OPT(T)                                                                             \
    {                                                                                              \
        "history", 0, OPT_TEXT, offsetof(T, history), "FILE",                                      \
            "where the runs over this baseline are noted; history.jsonl beside its journals",      \
            .dash = DASH_NONE                                                                      \
    }

/* Of commands that ask before they do something; T is their struct, with `yes` in it. */
#define YES_OPT(T)                                                                                 \
    {                                                                                              \
        "yes", 'y', OPT_FLAG, offsetof(T, yes), NULL,                                              \
            "do not ask; needed where there is no terminal"                                        \
    }

/* Of commands that ask AWS. */
struct run_opts {
    struct baseline_opts baseline;
    struct words accounts, ous, regions, only, exclude;
    const char *profile;
    const char *journal; /* a folder; NULL: by default */
    const char *shard;   /* "I/N"; NULL: the run is whole */
    long parallel;       /* 0: by default */
    long lock_wait_s;
    bool prune;
    bool around; /* as in struct selection; no option */
};

/* Of commands that leave a journal or look at one. */
#define JOURNAL_OPT                                                                                \
    {                                                                                              \
        "journal", 0, OPT_TEXT, offsetof(struct run_opts, journal), "DIR",                         \
            "folder of the journals; else one of the baseline under $XDG_STATE_HOME/plinth",       \
            .dash = DASH_NONE                                                                      \
    }

#define PROFILE_OPT                                                                                \
    {                                                                                              \
        "profile", 0, OPT_TEXT, offsetof(struct run_opts, profile), "NAME",                        \
            "profile of ~/.aws/config; else AWS_PROFILE"                                           \
    }

#define PARALLEL_OPT                                                                               \
    {                                                                                              \
        "parallel", 0, OPT_NUMBER, offsetof(struct run_opts, parallel), "N",                       \
            "accounts in flight; 128 if not given", .least = 1                                     \
    }

#define LOCK_WAIT_OPT                                                                              \
    {                                                                                              \
        "lock-wait", 0, OPT_NUMBER, offsetof(struct run_opts, lock_wait_s), "SECONDS",             \
            "wait that long for a run that holds the lock; 0 if not given"                         \
    }

#define RUN_OPTS                                                                                   \
    {"account", 0,                                                                                 \
     OPT_WORDS, offsetof(struct run_opts, accounts),                                               \
     "NAME|ID", "only this account of the baseline"},                                              \
        {"ou",      0,                                                                             \
         OPT_WORDS, offsetof(struct run_opts, ous),                                                \
         "PATH",    "only accounts in or below this organizational unit"},                         \
        {"region",  0,                                                                             \
         OPT_WORDS, offsetof(struct run_opts, regions),                                            \
         "REGION",  "only what works by region, in this one"},                                     \
        {"only", 0, OPT_WORDS, offsetof(struct run_opts, only), "CONTROL", "only this control"},   \
        {"exclude",         0, OPT_WORDS, offsetof(struct run_opts, exclude), "CONTROL",           \
         "not this control"},                                                                      \
        PROFILE_OPT, PARALLEL_OPT

/* Of commands that may be one of several processes which do one run together. */
#define SHARD_OPT                                                                                  \
    {                                                                                              \
        "shard", 0, OPT_TEXT, offsetof(struct run_opts, shard), "I/N",                             \
            "be process I (from 0) of N that share the run's accounts"                             \
    }

#define PRUNE_OPT                                                                                  \
    {                                                                                              \
        "prune", 0, OPT_FLAG, offsetof(struct run_opts, prune), NULL,                              \
            "also remove policies, analyzers, honey tokens and alarm subscriptions that the "      \
            "baseline no longer names, and replace delegated administrators"                       \
    }

bool wants_json(const struct baseline_opts *options);

#endif
