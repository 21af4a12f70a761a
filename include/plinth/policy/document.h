/*
 * document.h - IAM policy documents as JSON: check the structure, minify, compare by meaning.
 *
 * Layer:  policy.
 * Source: IAM User Guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy elements:
 *         Condition operators"; AWS Organizations User Guide, "SCP syntax" (the full IAM language
 *         since 2025-09-19) and "RCP syntax".
 */
#ifndef PLINTH_POLICY_DOCUMENT_H
#define PLINTH_POLICY_DOCUMENT_H

#include "plinth/base/err.h"
#include "plinth/codec/json.h"

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */

/* What a document is for decides which elements it must have and may have. */
enum policy_kind {
    POLICY_ANY,      /* whatever one of the kinds below allows */
    POLICY_IDENTITY, /* of a user, group or role; a permissions boundary; a permission set */
    POLICY_RESOURCE, /* of a bucket, key, queue, vault, ...: names its principals */
    POLICY_TRUST,    /* who may assume a role: principals, and no resource */
    POLICY_SCP,
    POLICY_RCP, /* Deny only, for every principal */
};

/* Check the structure: elements known, each form right, Sids unique, operators known.  Elements,
 * operators and the values of Effect and Version must be spelled as the grammar spells them;
 * service, action and condition key are free in their case.  Whether a service or an action exists
 * is not checked: AWS adds some every week.
 * err: ERR_CONFIG naming the statement (from 1) and the element.  yields: no. */
int policy_document_check_kind(const struct json *document, enum policy_kind kind, struct err *err);

/* policy_document_check_kind for POLICY_ANY.  yields: no. */
int policy_document_check(const struct json *document, struct err *err);

/* The shortest equal form: no blanks, a list of one as its item (the list of statements stays a
 * list), lists sorted and without what another item of them covers, statements that differ in
 * their actions or in their resources only merged where that keeps the meaning.  Sids go where
 * `drop_sids`; else a statement with a Sid stays as it is and is not merged.  A document without
 * Statement only loses its blanks.  The same for the same statements in any order.
 * owns: `arena`.  yields: no. */
const char *policy_document_minify(const struct json *document, bool drop_sids,
                                   struct arena *arena);

/* Same meaning as far as form goes: key order, list order, a string versus a list of one, Sids,
 * blanks, the case of actions and condition keys, and the two spellings of an account as principal
 * do not matter.  Also for documents that are not IAM policies.  yields: no. */
bool policy_document_equal(const struct json *a, const struct json *b);

/* The same of two texts; NULL and what is not JSON equal only themselves.  yields: no. */
bool policy_text_equal(const char *a, const char *b);

/* What a document says, piece by piece: one text for each action and each resource of each
 * statement, with all else that the statement has.  Merging, dividing and moving statements changes
 * no piece.  What is not an IAM policy is one piece.  Sorted, each once.
 * owns: `arena`.  yields: no. */
const char *const *policy_text_pieces(const char *text, struct arena *arena, size_t *out_count);

#endif
