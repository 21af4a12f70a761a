/*
 * lint.h - what is wrong, useless or dangerous in policies that AWS would take.
 *
 * Layer:  policy.  Each kind of finding is a row of src/policy/lint.def.  An error is certain
 *         whatever the day: AWS refuses the document, or it cannot do what it says.  A warning may
 *         be meant, or comes from a table of a day (iam_actions.def, iam_condition_keys.def).  What
 *         cannot be proved from the text is not said.
 * Source: IAM User Guide, "IAM JSON policy elements", "Access Analyzer policy check reference",
 *         "AWS global condition context keys"; Organizations User Guide, "SCP syntax", "RCP
 *         syntax"; the Service Authorization Reference.
 * Limits: LIMIT_LINT_BYTES and LIMIT_LINT_STATEMENTS, else ERR_LIMIT.  Steps (comparisons of single
 *         characters) are at most LINT_STEPS_BASE + LINT_STEPS_PER_BYTE for each byte of the
 *         documents; what is left undone then is told as "too-complex".
 */
#ifndef PLINTH_POLICY_LINT_H
#define PLINTH_POLICY_LINT_H

#include "plinth/base/err.h"
#include "plinth/codec/json.h"
#include "plinth/codec/node.h"
#include "plinth/policy/document.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;       /* base/arena.h */
struct policy_type; /* policy/organization.h */

enum { LINT_STEPS_BASE = 4 * 1000 * 1000, LINT_STEPS_PER_BYTE = 500 };

enum lint_severity { LINT_NOTE, LINT_WARNING, LINT_ERROR };

enum lint_code {
#define LINT(id_, name_, severity_, text_) LINT_##id_,
#include "plinth/policy/lint.def"
#undef LINT
    LINT_CODE_COUNT
};

struct lint_rule {
    const char *name; /* "unknown-action" */
    enum lint_severity severity;
    const char *text; /* what it is about, one sentence */
};

/* Static storage. */
const struct lint_rule *lint_rule(enum lint_code code);
const char *lint_severity_name(enum lint_severity severity);

/* A step from a value of a document to one inside it: a key, or an index where `key` is NULL. */
struct lint_step {
    const char *key;
    size_t index; /* from 0 */
};

enum { LINT_PATH_MOST = 6 };

struct lint_finding {
    enum lint_code code;
    size_t document;  /* of those that were given, from 0 */
    size_t statement; /* from 1; 0: about the document */
    const char *sid;  /* NULL: it has none */
    const char *text; /* one sentence, no full stop */
    struct lint_step path[LINT_PATH_MOST];
    size_t path_count;
};

struct lint_document {
    const char *name;
    const struct json *document;
    enum policy_kind kind;
    const struct policy_type *type; /* whose quotas bind it; NULL: none */
    /* Where it is attached: equal texts are the same targets, and "root" is over all the others.
     * NULL: not known; then it is weighed against no other document. */
    const char *targets;
};

struct lint_result {
    const struct lint_finding *findings; /* by document and statement */
    size_t count;
    size_t dropped; /* past LIMIT_LINT_FINDINGS */
    uint64_t steps; /* what it cost */
};

/* Lint the documents, and those of the same targets beside each other.  owns: `arena`, and the
 * documents must live as long.  err: ERR_LIMIT.  yields: no. */
int policy_lint(const struct lint_document *documents, size_t count, struct arena *arena,
                struct lint_result *out, struct err *err);

/* How many there are of that severity.  yields: no. */
size_t lint_count(const struct lint_result *result, enum lint_severity severity);

/* "Statement[2].Condition.StringEquals.aws:SourceIp".  owns: `arena`.  yields: no. */
const char *lint_path_text(const struct lint_finding *finding, struct arena *arena);

/* The place of a finding in the tree that the document was made of, or of the template that it was
 * rendered from: the innermost value on its path.  yields: no. */
const struct node *lint_node(const struct lint_finding *finding, const struct node *document);

#endif
