/*
 * rollout_show.h - a rollout for people: what it will do, and how it stands.
 *
 * Layer:  cli.
 */
#ifndef PLINTH_CLI_ROLLOUT_SHOW_H
#define PLINTH_CLI_ROLLOUT_SHOW_H

#include "plinth/engine/engine.h"
#include "plinth/engine/rollout.h"

struct buf;  /* base/buf.h */
struct json; /* codec/json.h */

/* Its waves, with what the plan changes in the accounts of each.  yields: no. */
void rollout_show_waves(const struct rollout *rollout, const struct baseline *baseline,
                        const struct run_result *plan, struct buf *out);

/* A document of rollout_store_document.  yields: no. */
void rollout_show_status(const struct json *document, struct buf *out);

#endif
