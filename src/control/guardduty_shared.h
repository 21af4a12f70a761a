/*
 * guardduty_shared.h - what the controls of GuardDuty share.
 *
 * Layer:  control, private to guardduty*.c.
 */
#ifndef PLINTH_CONTROL_GUARDDUTY_SHARED_H
#define PLINTH_CONTROL_GUARDDUTY_SHARED_H

#include "plinth/control/control.h"

/* --- The office (guardduty_administrator.c) ------------------------------------------------------
 */

/* Whether the last look from the management account found the security account without the office
 * in this region.  False if nobody looked.  yields: no. */
bool guardduty_lacks_administrator(const struct control_ctx *ctx);

/* This run gave the office or enrolled accounts in this region: what is on there now may be what
 * AWS turned on with that, and to turn it off takes nothing away.  yields: no. */
void guardduty_set_moved(const struct control_ctx *ctx);
bool guardduty_is_moved(const struct control_ctx *ctx);

/* After a failed write: GuardDuty has one error code for all that it refuses, so what the refusal
 * was about shows in another look only.  Returns -1.  yields: no. */
int guardduty_look_again(struct err *err);

/* CreateDetector, tagged.  `frequency` may be NULL.  err: as aws_call.  yields: yes. */
int guardduty_create_detector(struct control_ctx *ctx, const char *frequency, struct err *err);

/* --- Protection plans (guardduty_plans.c) --------------------------------------------------------
 */

/* AWS's features, and their additional configurations. */
enum guardduty_plan {
    GUARDDUTY_S3,
    GUARDDUTY_EKS,
    GUARDDUTY_EBS,
    GUARDDUTY_RDS,
    GUARDDUTY_LAMBDA,
    GUARDDUTY_RUNTIME,
    GUARDDUTY_RUNTIME_EKS,
    GUARDDUTY_RUNTIME_FARGATE,
    GUARDDUTY_RUNTIME_EC2,
    GUARDDUTY_AI,
    GUARDDUTY_PLANS
};

struct guardduty_protection {
    const struct node *node;
    const char *wanted[GUARDDUTY_PLANS]; /* "ENABLED", "DISABLED"; NULL: left as it is */
};

extern const struct schema guardduty_protection_schema;

/* The key in the baseline. */
const char *guardduty_plan_key(enum guardduty_plan plan);

/* Parts need the plan that they are part of.  `protection` may be NULL. */
void guardduty_plans_check(const struct guardduty_protection *protection, struct diags *diags);

/* What AWS's list `features` says of a plan; NULL: the region does not have it.  yields: no. */
const struct json *guardduty_plan_in(const struct json *features, enum guardduty_plan plan);

/* ENABLED and DISABLED as the member `key` spells them: "status" so, "autoEnable" ALL and NONE.
 * NULL stays NULL.  yields: no. */
const char *guardduty_plan_spelled(const char *key, const char *value);

/* What `protection` (may be NULL) wants of the plans that the list `seen` has, as the parameter
 * "features".  yields: no. */
void guardduty_plans_put(const struct guardduty_protection *protection, const struct json *seen,
                         const char *key, struct json *params);

/* --- Members (guardduty_members.c) ---------------------------------------------------------------
 */

enum { GUARDDUTY_BATCH = 50 }; /* accounts of one call */

/* The members of a detector, small: every account is one in every region, and all regions are read
 * at the same time. */
struct guardduty_members;

/* Read them; with `plans` also the protection plans of those that are enabled.  owns: ctx->arena.
 * err: as aws_call.  yields: yes. */
int guardduty_members_read(struct control_ctx *ctx, const char *detector_id, bool plans,
                           const struct guardduty_members **out, struct err *err);

/* "Enabled", "Disabled", "Created", ...; NULL: no member.  `members` and `id` may be NULL.
 * yields: no. */
const char *guardduty_member_status(const struct guardduty_members *members, const char *id);

/* "ENABLED", "DISABLED"; NULL: the region lacks the plan, something else manages it, or it was not
 * read.  yields: no. */
const char *guardduty_member_plan(const struct guardduty_members *members, const char *id,
                                  enum guardduty_plan plan);

/* --- Settings (guardduty.c) ----------------------------------------------------------------------
 */

struct guardduty_spec {
    const struct node *node;
    const char *frequency;
    bool export_findings;
    const struct guardduty_protection *protection; /* NULL: all left as they are */
};

#endif
