/*
 * document.h - IAM policy documents as JSON: parse, check structure, minify, compare by meaning.
 *
 * Layer:  policy.
 * Source: IAM User Guide, "Grammar of the IAM JSON policy language"; AWS Organizations User Guide,
 *         "SCP syntax" (full IAM language in SCPs since 2025-09-19).
 */
#ifndef PLINTH_POLICY_DOCUMENT_H
#define PLINTH_POLICY_DOCUMENT_H

#include "plinth/base/err.h"
#include "plinth/codec/json.h"

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */

/* Check the structure of an IAM policy (SCP, RCP, identity, trust): Version, Statement, Effect,
 * one of Action/NotAction, ...  err: ERR_CONFIG naming statement and key.  yields: no. */
int policy_document_check(const struct json *document, struct err *err);

/* The shortest equal form: no blanks, a list of one as its item, Sids dropped where `drop_sids`,
 * statements that differ in one list only are merged where that keeps the meaning.
 * owns: `arena`.  yields: no. */
const char *policy_document_minify(const struct json *document, bool drop_sids,
                                   struct arena *arena);

/* Same meaning as far as form goes: key order, list order, a string versus a list of one, Sids and
 * blanks do not matter.  Also for documents that are not IAM policies.  yields: no. */
bool policy_document_equal(const struct json *a, const struct json *b);
bool policy_text_equal(const char *a, const char *b);

#endif
