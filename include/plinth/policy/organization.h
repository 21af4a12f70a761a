/*
 * organization.h - the policy types of AWS Organizations, their quotas, and packing under them.
 *
 * Layer:  policy.  The rows are in src/policy/quotas.def.
 * Source: Organizations User Guide, "Quotas and service limits" (SCP figures since 2026-05-15);
 *         botocore's PolicyType enum.
 */
#ifndef PLINTH_POLICY_ORGANIZATION_H
#define PLINTH_POLICY_ORGANIZATION_H

#include "plinth/base/err.h"
#include "plinth/codec/json.h"

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */

struct policy_type {
    const char *key;       /* as a baseline spells it: "service_control_policy" */
    const char *api_name;  /* "SERVICE_CONTROL_POLICY" */
    const char *title;     /* "SCP", for people */
    bool iam_language;     /* an IAM policy document (SCP, RCP); else a management policy */
    size_t per_target_max; /* attached to one root, OU or account, AWS's own included */
    size_t reserved;       /* of those, kept free for AWS's own (FullAWSAccess, RCPFullAWSAccess) */
    size_t characters_max; /* of one document */
    size_t per_organization_max;
};

/* All of them; ends with a NULL key.  Static storage. */
const struct policy_type *policy_types(void);
const struct policy_type *policy_type_find(const char *key_or_api_name); /* NULL: unknown */

/* Check the structure of a document of that type: policy_document_check_kind for SCPs and RCPs, a
 * map with something in it for management policies, whose languages are the services' own.
 * err: ERR_CONFIG.  yields: no. */
int policy_type_check(const struct policy_type *type, const struct json *document, struct err *err);

/* One document to pack: its statements stay together only if `keep_whole`. */
struct policy_part {
    const char *name;
    const struct json *document;
    bool keep_whole;
};

struct policy_packed {
    const char *content; /* minified */
    const struct json *document;
    const size_t *parts; /* indexes of the parts in it, in the order of their names */
    size_t part_count;
};

/* Pack documents of the same targets into as few as fit; each is checked first.  No statement
 * changes its meaning.  A document with an Allow is never divided: see pack.c.  Sids stay where
 * they cost no further document.  Types that are not the IAM language are only minified.  The
 * result is the same for the same input in any order.
 * owns: `arena`.  err: ERR_CONFIG naming a document that is wrong or does not fit alone, with its
 * size; or all the sizes, if they are more than one target may have.  yields: no. */
int policy_pack(const struct policy_type *type, const struct policy_part *parts, size_t count,
                struct arena *arena, struct policy_packed **out, size_t *out_count,
                struct err *err);

#endif
