/*
 * shard.h - which part of a run is ours: --shard I/N and --shard-wait.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_SHARD_H
#define PLINTH_CLI_SHARD_H

#include "options.h"

#include "plinth/engine/engine.h"

enum { SHARD_WAIT_S = 15 * 60 };

/* What the options say; NULL is a run that is whole.  err: ERR_USAGE.  yields: no. */
int shard_parse(const char *text, struct shard *out, struct err *err);
int shard_parse_wait(const char *text, int64_t *out_ms, struct err *err);

#endif
