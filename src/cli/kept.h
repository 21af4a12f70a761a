/*
 * kept.h - what a run keeps beside its journal, for evidence: plan, baseline files, report.
 *
 * Layer:  cli.  Files are in the folder of evidence_folder (0700, files 0600); the journal has the
 *         SHA-256 of each.
 */
#ifndef PLINTH_CLI_KEPT_H
#define PLINTH_CLI_KEPT_H

#include "plinth/base/err.h"

struct guard;      /* guard.h */
struct run_result; /* engine/engine.h */

/* The plan as it was approved and the files of the baseline, once the journal has begun.
 * err: ERR_IO, ERR_LIMIT.  yields: no. */
int kept_inputs(struct guard *guard, const struct run_result *plan, struct err *err);

/* The report.  err: ERR_IO.  yields: no. */
int kept_report(struct guard *guard, const struct run_result *result, struct err *err);

#endif
