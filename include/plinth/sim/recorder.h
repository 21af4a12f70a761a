/*
 * recorder.h - what was asked of simulators and what they answered, as a file for other judges.
 *
 * Layer:  sim.  One JSON object a line: {"method", "url", "headers": {...}, "body": base64,
 *         "status", "answer_headers": {...}, "answer_body": base64}; status 0 is a lost answer.
 *         Exchanges of the same shape (the same operation, members and answer, where whatever holds
 *         a digit counts as equal) are written once: a thousand worlds ask the same things.
 */
#ifndef PLINTH_SIM_RECORDER_H
#define PLINTH_SIM_RECORDER_H

#include "plinth/base/err.h"
#include "plinth/codec/http.h"

struct sim_recorder; /* opaque */

/* Append to the file; it is made if it is not there, for its owner only.  May serve several
 * simulators of one thread.  owns: caller, sim_recorder_free().  err: ERR_IO.  yields: no. */
struct sim_recorder *sim_recorder_new(const char *path, struct err *err);
void sim_recorder_free(struct sim_recorder *recorder);

/* Write the exchange, unless one of its shape was written.  err: ERR_IO.  yields: no. */
int sim_recorder_add(struct sim_recorder *recorder, const struct http_request *request,
                     const struct http_response *response, struct err *err);

#endif
