/*
 * iam_tables.h - which actions and condition keys there are, as far as the tables of a day tell.
 *
 * AWS adds some every week: that a name is not in them is a hint, and proves nothing.
 */
#ifndef PLINTH_POLICY_IAM_TABLES_H
#define PLINTH_POLICY_IAM_TABLES_H

#include <stdbool.h>
#include <stddef.h>

/* The prefix of a service, then its actions, sorted without regard to case; ends with NULL.  NULL:
 * the table does not have the service.  Static storage.  yields: no. */
const char *const *iam_service(const char *prefix);

/* All services, by the first item of each.  Static storage. */
const char *const *const *iam_services(size_t *out_count);

/* In the spelling of AWS, whatever the case of `name`; NULL: the table does not have it. */
const char *iam_action_find(const char *prefix, const char *name);

/* For "did you mean"; NULL if none is near.  Static storage. */
const char *iam_service_nearest(const char *prefix);
const char *iam_action_nearest(const char *prefix, const char *name);

/* Whether AWS's reference calls it deprecated. */
bool iam_action_deprecated(const char *prefix, const char *name);

enum iam_key_type {
    IAM_KEY_ANY, /* its values are compared in more than one way */
    IAM_KEY_STRING,
    IAM_KEY_ARN,
    IAM_KEY_BOOL,
    IAM_KEY_NUMERIC,
    IAM_KEY_DATE,
    IAM_KEY_IP,
};

struct iam_key {
    const char *name; /* a star stands for what the account chooses: "aws:RequestTag" and a tag */
    enum iam_key_type type;
    bool several;
    bool in_every_scp;   /* every request that SCPs are asked about has it */
    const char *actions; /* of its service, with blanks between them; empty: not told */
};

/* Sorted; whole tables.  Static storage. */
const struct iam_key *iam_keys(size_t *out_count);
const struct iam_key *iam_global_keys(size_t *out_count);

/* NULL: the tables do not have it.  Its case does not matter.  yields: no. */
const struct iam_key *iam_key_find(const char *name);

#endif
