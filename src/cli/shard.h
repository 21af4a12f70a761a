/*
 * shard.h - which part of a run is ours: --shard I/N.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_SHARD_H
#define PLINTH_CLI_SHARD_H

#include "options.h"

#include "plinth/engine/engine.h"

/* What the option says; NULL is a run that is whole.  err: ERR_USAGE.  yields: no. */
int shard_parse(const char *text, struct shard *out, struct err *err);

#endif
