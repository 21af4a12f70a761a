/*
 * words.h - a statement of an IAM policy document as a sentence.
 *
 * Layer:  policy.  For people: nothing is left out, but what it amounts to the evaluator knows.
 */
#ifndef PLINTH_POLICY_WORDS_H
#define PLINTH_POLICY_WORDS_H

#include "plinth/codec/json.h"

struct arena; /* base/arena.h */

/* "denies everything but iam:*, sts:* on every resource, if aws:RequestedRegion StringNotEquals
 * eu-central-1, eu-west-1".  owns: `arena`.  yields: no. */
const char *policy_statement_words(const struct json *statement, struct arena *arena);

#endif
