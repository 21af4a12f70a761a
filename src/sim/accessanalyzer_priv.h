/*
 * accessanalyzer_priv.h - what the files of the simulator's Access Analyzer share.
 *
 * Layer:  sim, private.  accessanalyzer.c says how its records are laid out.
 */
#ifndef PLINTH_SIM_ACCESSANALYZER_PRIV_H
#define PLINTH_SIM_ACCESSANALYZER_PRIV_H

#include "sim_priv.h"

#define ANALYZER_NAME_RULE                                                                         \
    {                                                                                              \
        .name = "analyzerName", .required = true, .min = 1, .max = 255, .chars = "-A-Za-z0-9_.",   \
        .pattern = "[A-Za-z_][A-Za-z0-9_.-]*"                                                      \
    }
#define ARCHIVE_RULE_NAME_RULE                                                                     \
    {                                                                                              \
        .name = "ruleName", .required = true, .min = 1, .max = 255, .chars = "-A-Za-z0-9_.",       \
        .pattern = "[A-Za-z][A-Za-z0-9_.-]*"                                                       \
    }
#define ANALYZER_RULES_END                                                                         \
    {                                                                                              \
        .name = NULL                                                                               \
    }
#define ANALYZER_OPERATION(NAME, METHOD, URI, HANDLER, ACCESS, RULES)                              \
    {                                                                                              \
        .name = (NAME), .handler = (HANDLER), .access = (ACCESS), .rules = (RULES),                \
        .method = (METHOD), .uri = (URI)                                                           \
    }

extern const struct sim_operation accessanalyzer_rule_operations[];

/* ValidationException.  Returns -1. */
int analyzer_invalid(struct sim_call *call, const char *text);

/* An error that says what it is about.  Returns -1. */
int analyzer_error(struct sim_call *call, const char *code, int status, const char *text,
                   const char *type, const char *id);

/* NULL with the error set. */
struct json *analyzer_find(struct sim_call *call, const char *name);

/* Whether this is a request that was carried out before, by its token. */
bool analyzer_is_repeated(const struct sim_call *call, const struct json *record);

/* The time of the call, as this service writes it. */
void analyzer_put_now(const struct sim_call *call, struct json *object, const char *key);

/* The kind of the records of an analyzer's archive rules. */
const char *analyzer_rules_kind(struct sim_call *call, const char *analyzer);

/* Check rules {ruleName, filter} that come with a new analyzer.  -1: the error is set. */
int analyzer_check_rules(struct sim_call *call, const struct json *rules);
void analyzer_put_rule(struct sim_call *call, const char *analyzer, const struct json *given);
void analyzer_delete_rules(struct sim_call *call, const char *analyzer);

#endif
