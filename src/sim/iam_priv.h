/*
 * iam_priv.h - what the files of the simulator's IAM share.
 *
 * Layer:  sim, private.  iam_seed.c says how IAM's records are laid out.
 */
#ifndef PLINTH_SIM_IAM_PRIV_H
#define PLINTH_SIM_IAM_PRIV_H

#include "sim_priv.h"

#define IAM_NAME_CHARS "a-zA-Z0-9_+=,.@-"
#define IAM_NAME_PATTERN "[\\w+=,.@-]+"
#define IAM_NAME_RULE(member, most)                                                                \
    {                                                                                              \
        .name = (member), .required = true, .min = 1, .max = (most), .chars = IAM_NAME_CHARS,      \
        .pattern = IAM_NAME_PATTERN                                                                \
    }
/* Without a name it is the caller: see iam_name_caller. */
#define IAM_CALLER_RULE                                                                            \
    {                                                                                              \
        .name = "UserName", .min = 1, .max = 128, .chars = IAM_NAME_CHARS,                         \
        .pattern = IAM_NAME_PATTERN                                                                \
    }
#define IAM_RULES_END                                                                              \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* How long AWS takes to know a new role everywhere, roughly. */
enum { IAM_SPREAD_S = 8, IAM_TAGS_MOST = 50 };

extern const struct sim_operation iam_role_operations[];
extern const struct sim_operation iam_user_operations[];
extern const struct sim_operation iam_key_operations[];
extern const struct sim_operation iam_entity_policy_operations[];
extern const struct sim_operation iam_policy_operations[];
extern const struct sim_operation iam_policy_holder_operations[];
extern const struct sim_operation iam_account_operations[];
extern const struct sim_operation iam_organization_operations[];
extern const struct sim_operation iam_report_operations[];

/* A call that names no user means the one that makes it; -1 with the error set: that is none. */
int iam_name_caller(struct sim_call *call);

/* The role or user ("role", "user") that the call names; NULL with the error set. */
struct json *iam_entity(struct sim_call *call, const char *kind);
const char *iam_entity_key(struct sim_call *call, const char *kind);
void iam_entity_put(struct sim_call *call, const char *kind, const struct json *record);
const char *iam_name_member(const char *kind); /* "RoleName" */

/* A new entity with the members that all have; NULL with the error set. */
struct json *iam_entity_new(struct sim_call *call, const char *kind, const char *id_prefix,
                            size_t most);

/* Why it cannot be deleted: it still has policies.  -1: the error is set. */
int iam_entity_bare(struct sim_call *call, const char *kind);

/* Tags of the call's parameters into the record.  -1: the error is set. */
int iam_tag(struct sim_call *call, struct json *record);
int iam_untag(struct sim_call *call, const char *kind);
int iam_list_tags(struct sim_call *call, const char *kind);

/* Set PermissionsBoundary from the parameter of that name, if there is one. */
int iam_boundary(struct sim_call *call, struct json *record);

int iam_no_entity(struct sim_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int iam_quota(struct sim_call *call, const char *quota, size_t most);
int iam_malformed(struct sim_call *call, const char *why);

/* A page as IAM makes them. */
struct sim_page iam_page(const char *list);

/* RFC 3986, as IAM gives policy documents. */
const char *iam_encoded(struct sim_call *call, const char *document);

/* Bytes that are no white space: what the quotas of policies count. */
size_t iam_policy_size(const char *document);

/* Whether the policy can be attached; its name.  NULL with the error set. */
const char *iam_policy_name(struct sim_call *call, const char *arn);

/* The managed policy of that ARN, AWS's own too; the one that the call names, if it is the
 * account's to change.  NULL with the error set. */
struct json *iam_policy_find(struct sim_call *call, const char *arn);
struct json *iam_policy_own(struct sim_call *call);

/* A trust policy's own rules, and its principals' existence.  -1: the error is set. */
int iam_check_trust(struct sim_call *call, const char *document);

#endif
