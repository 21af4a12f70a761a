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

/* The first 128 bits of a SHA-256 over a target and one of its changes, values included; `change`
 * NULL: over the target as a whole, as it is approved blind.  The account's id is not in it: an
 * account that was to be created has one later. */
void journal_change_digest(const struct unit_result *unit, const struct change *change,
                           char out[JOURNAL_CHANGE_BYTES]);

#endif
