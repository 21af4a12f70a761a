/*
 * operator.h - what somebody does with AWS outside of plinth, as data.
 *
 * A call is {"operation": "organizations:DetachPolicy", "params": {...}, "account": NAME, "region":
 * REGION}.  Without an account it is made from the management account, without a region in
 * us-east-1.  In its parameters "@root", "@ou:PATH", "@account:NAME" and "@policy:NAME" stand for
 * the ids of these, "@access-key:USER" for a user's first access key, and "@detector" and
 * "@destination" for the caller's own GuardDuty detector there and where it publishes to.
 * {"wait_s": N} lets time pass.
 */
#ifndef PLINTH_TESTS_OPERATOR_H
#define PLINTH_TESTS_OPERATOR_H

struct json;      /* codec/json.h */
struct rehearsal; /* rehearsal.h */

/* The answer as text; of a listing, all of its items.  An error ends the program: the data of the
 * test is wrong.  owns: the rehearsal. */
const char *operator_call(struct rehearsal *rehearsal, const struct json *call);

/* Each call of a list. */
void operator_call_all(struct rehearsal *rehearsal, const struct json *calls);

#endif
