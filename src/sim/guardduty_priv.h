/*
 * guardduty_priv.h - what the files of GuardDuty share.
 *
 * Layer:  sim, private to guardduty*.c.
 * Source: docs.aws.amazon.com/guardduty/latest/APIReference, API version 2017-11-28, and the user
 *         guide, "Managing GuardDuty accounts with AWS Organizations".
 *
 * These records exist in (account, region), their kinds behind "guardduty/":
 *   detector/self          detectorId, status, findingPublishingFrequency, createdAt, updatedAt,
 *                          tags, _features, _token, _updated_ms
 *   administrator/self     of the management account: adminAccountId; once disabled, _ready_ms
 *   configuration/self     of the administrator: autoEnableOrganizationMembers, _features,
 *                          _since_ms
 *   member/<account id>    of the administrator: accountId, email, relationshipStatus (unless its
 *                          detector tells), invitedAt, updatedAt
 *   destination/<id>       the publishing destination
 *
 * _features is a map from "S3_DATA_EVENTS" or "RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT" to
 * ENABLED or DISABLED, or to ALL, NEW or NONE in a configuration.
 */
#ifndef PLINTH_SIM_GUARDDUTY_PRIV_H
#define PLINTH_SIM_GUARDDUTY_PRIV_H

#include "sim_priv.h"

enum { GUARDDUTY_PAGE = 50 };

/* --- Errors (guardduty.c) ------------------------------------------------------------------------
 */

/* Nearly every error of this service is this one.  Returns -1. */
int guardduty_reject(struct sim_call *call, const char *text);
int guardduty_invalid(struct sim_call *call);

/* --- Detectors (guardduty.c) ---------------------------------------------------------------------
 */

/* The detector of an account in the call's region; NULL: none. */
struct json *guardduty_detector(struct sim_call *call, const char *account);
void guardduty_detector_put(struct sim_call *call, const char *account, struct json *detector);

/* A new one, enabled, and not in the store yet. */
struct json *guardduty_detector_new(struct sim_call *call);

/* The caller's own, which the parameter DetectorId must name.  -1: the error is set. */
int guardduty_open(struct sim_call *call, struct json **out_detector);

/* "2026-11-24T10:00:00.000Z" */
const char *guardduty_now(const struct sim_call *call);

/* The answer's old form of the features: dataSources. */
void guardduty_put_data_sources(struct json *out, const struct json *detector);

/* --- Features (guardduty_features.c) -------------------------------------------------------------
 */

enum guardduty_use { GUARDDUTY_OF_DETECTOR, GUARDDUTY_OF_MEMBER, GUARDDUTY_OF_ORGANIZATION };

/* Those that a new detector (or configuration) has in the call's region. */
struct json *guardduty_features_new(struct sim_call *call, enum guardduty_use use);

/* Check the parameter "features" and put what it says into `features`.  -1: the error is set, and
 * `features` is as it was. */
int guardduty_features_read(struct sim_call *call, enum guardduty_use use, struct json *features);

/* Put them as AWS's list "features". */
void guardduty_features_put(struct sim_call *call, enum guardduty_use use, struct json *out,
                            const struct json *features, int64_t updated_ms);

/* --- The organization (guardduty_organization.c) -------------------------------------------------
 */

/* Whether an account is the administrator of its organization in the call's region. */
bool guardduty_is_administrator(struct sim_call *call, const char *account);

/* Of an administrator; NULL: the account is none. */
struct json *guardduty_configuration(struct sim_call *call, const char *account);
void guardduty_configuration_put(struct sim_call *call, const char *account,
                                 const struct json *configuration);

/* Do what the automatic enabling has done by now. */
void guardduty_settle(struct sim_call *call);
extern const struct sim_operation guardduty_organization_operations[];

/* --- Members (guardduty_members.c) ---------------------------------------------------------------
 */

/* "Enabled", "Disabled", "Created", "Removed"; NULL: no member of that administrator. */
const char *guardduty_relationship(struct sim_call *call, const char *administrator,
                                   const char *account);
bool guardduty_is_associated(struct sim_call *call, const char *administrator, const char *account);

/* The administrator of an account; NULL: none. */
const char *guardduty_administrator_of(struct sim_call *call, const char *account);

/* Make an account of the organization a member, enabled and with the features that the
 * configuration asks for.  The text says why it cannot be; NULL: it is one. */
const char *guardduty_enroll(struct sim_call *call, const char *administrator,
                             const struct json *configuration, const char *account,
                             const char *email);

size_t guardduty_associated_count(struct sim_call *call, const char *administrator);
extern const struct sim_operation guardduty_member_operations[];

/* --- Publishing destinations (guardduty_destinations.c) ------------------------------------------
 */

extern const struct sim_operation guardduty_destination_operations[];

/* --- Tables --------------------------------------------------------------------------------------
 */

#define GUARDDUTY_OPERATION(NAME, METHOD, URI, HANDLER, ACCESS, RULES)                             \
    {                                                                                              \
        .name = (NAME), .handler = (HANDLER), .access = (ACCESS), .rules = (RULES),                \
        .method = (METHOD), .uri = (URI)                                                           \
    }
#define GUARDDUTY_END                                                                              \
    {                                                                                              \
        .name = NULL                                                                               \
    }
#define GUARDDUTY_RULE_PAGE                                                                        \
    {                                                                                              \
        .name = "maxResults", .number = true, .min = 1, .max = GUARDDUTY_PAGE                      \
    }
#define GUARDDUTY_PAGE_OF(LIST)                                                                    \
    {                                                                                              \
        .list = (LIST), .size = GUARDDUTY_PAGE, .size_param = "maxResults",                        \
        .token_in = "nextToken", .token_out = "nextToken"                                          \
    }

#endif
