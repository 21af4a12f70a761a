/*
 * journal_priv.h - what the writer and the reader of journals share.
 *
 * Layer:  engine, private.
 */
#ifndef PLINTH_SRC_ENGINE_JOURNAL_PRIV_H
#define PLINTH_SRC_ENGINE_JOURNAL_PRIV_H

#include "plinth/engine/engine.h"
#include "plinth/engine/journal.h"

#include <stdio.h>

#define JOURNAL_ENDING ".jsonl"

/* As journal_read, from a stream. */
int journal_read_stream(FILE *file,
                        int (*fn)(void *arg, const struct json *record, struct err *err), void *arg,
                        struct journal_end *out, struct err *err);

/* approval.c: each digest of what a plan would do, in the plan's order.  err: what `fn` gives. */
int approval_each(const struct run_result *plan,
                  int (*fn)(void *arg, const char *digest, struct err *err), void *arg,
                  struct err *err);

/* Into the order that an approval is looked up in. */
void approval_sort(const char **digests, size_t count);

#endif
