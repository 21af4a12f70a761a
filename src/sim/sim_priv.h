/*
 * sim_priv.h - what the files of the simulator share: the call, the store, and helpers for
 * services.
 *
 * Layer:  sim, private.
 *
 * A new service is one file and one line in services.def: a `const struct sim_service
 * sim_service_<name>` with a table of operations.  A handler reads call->params, fills call->answer
 * and returns 0, or returns sim_error(...).  It checks everything before its first sim_put, because
 * nothing is rolled back.  It keeps no state of its own: all that exists is in the store.
 */
#ifndef PLINTH_SIM_SIM_PRIV_H
#define PLINTH_SIM_SIM_PRIV_H

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/sim/recorder.h"
#include "plinth/sim/sim.h"

#include <stdarg.h>

/* --- Services and operations ---------------------------------------------------------------------
 */

struct sim_call;
struct sim_faults; /* faults.c */
struct sim_work;   /* bound.c */
struct sim_rates;  /* throttle.c */
struct sim_store;  /* store.c */

enum sim_protocol { SIM_JSON, SIM_QUERY, SIM_EC2, SIM_REST_JSON, SIM_REST_XML };

/* What one parameter must look like; checked before the handler runs. */
struct sim_rule {
    const char *name; /* NULL ends a table */
    bool required;
    bool number;         /* a whole number between min and max; else text of min to max bytes */
    double min, max;     /* max 0: no limit */
    const char *chars;   /* text: the only characters allowed, ranges as "a-z"; NULL: any */
    const char *values;  /* text: one of "A|B|C"; NULL: any */
    const char *pattern; /* text: how AWS writes `chars` in its message; NULL: as `chars` */
};

struct sim_operation {
    const char *name;                      /* NULL ends a table */
    int (*handler)(struct sim_call *call); /* 0, or what sim_error returns */
    enum { SIM_READ, SIM_WRITE } access;
    const struct sim_rule *rules; /* NULL: none */
    const char *method;           /* REST protocols only */
    const char *uri;              /* "/{Bucket}/{Key+}?policy"; a query part must be there */
    bool anonymous;               /* may come without a signature */
    bool empty_result;            /* query: an answer with no members has a Result all the same */
    bool raw_body;                /* REST: the body is bytes for the handler, not a tree */
};

enum { SIM_TABLES_MOST = 16 };

struct sim_service {
    const char *name;         /* "organizations": as in sim_calls */
    const char *signing_name; /* of the credential scope; NULL: as name */
    const char *endpoint;     /* first label of the host; NULL: as name */
    enum sim_protocol protocol;
    const char *json_version;  /* SIM_JSON: "1.0", "1.1" */
    const char *target_prefix; /* SIM_JSON: X-Amz-Target before the dot */
    const char *api_version;   /* SIM_QUERY, SIM_EC2: the Version parameter */
    const char *xmlns;         /* of its XML answers */
    bool global;               /* signs in the one region of its partition */
    const char *bad_input;     /* error code of a broken rule or page token */
    const char *throttled;     /* error code over the rate; NULL: "ThrottlingException" */
    int throttled_status;      /* 0: 400 */
    const char *denied;        /* error code; NULL: "AccessDeniedException" */
    int denied_status;         /* 0: 400 for SIM_JSON, else 403 */

    /* IAM's name of the operation, where it is not "service:Operation"; NULL, or gives NULL: it is.
     */
    const char *(*action)(const struct sim_call *call);

    /* Runs before every handler, after the rules; NULL: nothing to check. */
    int (*before)(struct sim_call *call);
    const struct sim_operation *operations[SIM_TABLES_MOST]; /* tables */
};

/* --- The call ------------------------------------------------------------------------------------
 */

enum sim_principal_kind { SIM_NOBODY, SIM_ROOT, SIM_USER, SIM_ROLE };

/* Who signed.  SIM_ROOT is also the session of an AssumeRoot. */
struct sim_principal {
    enum sim_principal_kind kind;
    const char *account;
    const char *arn;        /* as GetCallerIdentity says it */
    const char *source_arn; /* aws:PrincipalArn: the role's for a session, else `arn` */
    const char *user_id;
    const char *name;          /* user or role */
    const char *access_key_id; /* that signed */
    const char *root_task;     /* of an AssumeRoot: its policy's name; else NULL */
    bool session;              /* temporary credentials */

    /* Of a session that was made with policies: their texts, and the ARNs of managed ones. */
    const struct json *session_policies;
};

struct sim_call {
    struct sim *sim;
    struct arena *arena; /* lives as long as the call */
    const struct http_request *request;
    struct http_url url;
    const struct sim_service *service;     /* NULL while unknown */
    const struct sim_operation *operation; /* NULL while unknown */
    struct sim_principal principal;
    const struct json *entity; /* sim_entity's, of the principal whose ARN is `entity_of` */
    const char *entity_of;
    const struct json *more_context; /* condition keys of what a service does for it; NULL: none */
    const char *account;             /* the caller's: shorthand for principal.account */
    const char *region;              /* of the credential scope */
    int64_t now_ms;
    char request_id[37];

    /* All parameters by wire name: body, URI labels, query string.  Query and EC2 lists are
     * arrays, and all their scalars are strings (json_bool and json_number read them). */
    struct json *params;

    /* The answer, in wire names.  Members whose name starts with "_" are not sent.  For SIM_QUERY
     * an array becomes <member> elements, or repeats itself if it is called "entry"; for SIM_EC2
     * <item>; for SIM_REST_XML it repeats its own element. */
    struct json *answer;
    const char *answer_root; /* SIM_REST_XML: root element; NULL: "<operation>Result" */
    const char *answer_text; /* sent as it is in place of `answer` */
    size_t answer_len;       /* of answer_text; 0: up to its NUL */
    int status;              /* 0: 200 */
    struct http_headers headers;

    const char *error_code; /* NULL: none */
    const char *error_text;
    struct json *error_members; /* more members of the error; NULL: none */
};

/* End the call with AWS's error `code`.  Returns -1. */
int sim_error(struct sim_call *call, const char *code, int status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Another member of the error body ("Reason").  Call after sim_error. */
void sim_error_put(struct sim_call *call, const char *name, const char *value);

/* The service's access-denied error, in AWS's words.  Returns -1. */
int sim_denied(struct sim_call *call, const char *action, const char *resource);

/* The same with AWS's reason at its end: "with an explicit deny in a service control policy". */
int sim_denied_because(struct sim_call *call, const char *action, const char *resource,
                       const char *why);

/* The service's bad-input error.  Returns -1. */
int sim_bad_input(struct sim_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "service:Operation" of this call. */
const char *sim_action(const struct sim_call *call);

/* The service's name in a signature's scope, and in events: "secretsmanager". */
const char *sim_signing_name(const struct sim_call *call);

/* --- The store -----------------------------------------------------------------------------------
 *
 * One table of records (account, region, kind, id) -> JSON object in AWS's own shape; "" where an
 * account or a region makes no sense.  Members starting with "_" are ours.  Within (account,
 * region, kind) records keep the order in which they came.  For a look-up by something else add a
 * kind that holds only the id: ("", "", "email", "a@b.c") -> {"Id": "1111..."}, or a kind with a
 * parent in it: (m, "", "accounts-of/ou-1", "1111...") -> {}.
 */

struct sim_record; /* opaque */

/* A copy, good until the next sim_store_trim; NULL if there is none.  owns: `arena`. */
struct json *sim_store_get(const struct sim_store *store, struct arena *arena, const char *account,
                           const char *region, const char *kind, const char *id);
bool sim_store_has(const struct sim_store *store, const char *account, const char *region,
                   const char *kind, const char *id);

/* Add it behind the others, or replace it in its place. */
void sim_store_put(struct sim_store *store, const char *account, const char *region,
                   const char *kind, const char *id, const struct json *record);

/* False: there was none. */
bool sim_store_delete(struct sim_store *store, const char *account, const char *region,
                      const char *kind, const char *id);
size_t sim_store_count(const struct sim_store *store, const char *account, const char *region,
                       const char *kind);

/* for (r = sim_store_first(...); r != NULL; r = sim_store_next(r)); take the next one before
 * deleting one. */
const struct sim_record *sim_store_first(const struct sim_store *store, const char *account,
                                         const char *region, const char *kind);
const struct sim_record *sim_store_next(const struct sim_record *record);
const char *sim_record_id(const struct sim_record *record);
struct json *sim_record_json(const struct sim_record *record, struct arena *arena);
uint64_t sim_record_number(const struct sim_record *record); /* grows with every new record */

struct sim_store *sim_store_new(void);
void sim_store_free(struct sim_store *store);

/* Before a call: forget trees of records if they are many. */
void sim_store_trim(struct sim_store *store);
void sim_store_dump(const struct sim_store *store, struct json *out); /* adds to an array */
int sim_store_load(struct sim_store *store, const struct json *state, struct err *err);

/* The same in the arena and store of a call. */
struct json *sim_get(struct sim_call *call, const char *account, const char *region,
                     const char *kind, const char *id);
bool sim_has(const struct sim_call *call, const char *account, const char *region, const char *kind,
             const char *id);
void sim_put(struct sim_call *call, const char *account, const char *region, const char *kind,
             const char *id, const struct json *record);
bool sim_delete(struct sim_call *call, const char *account, const char *region, const char *kind,
                const char *id);
const struct sim_record *sim_first(const struct sim_call *call, const char *account,
                                   const char *region, const char *kind);

/* --- Pages ---------------------------------------------------------------------------------------
 *
 *   struct sim_page page = {.list = "Accounts", .size = 20, .size_param = "MaxResults",
 *                           .token_in = "NextToken", .token_out = "NextToken"};
 *   if (sim_page_open(call, &page) != 0) return -1;
 *   for (r = sim_page_first(&page, account, "", "account"); r; r = sim_page_next(&page, r))
 *       if (wanted)
 *           json_add(page.items, ...);
 */

struct sim_page {
    const char *list; /* member of the answer; it is put there even if it stays empty */
    size_t size;      /* items of a page: the default */
    size_t size_most; /* and the most; 0: as `size` */
    const char *size_param, *token_in, *token_out;
    const char *more_out; /* a boolean besides the token ("IsTruncated"); NULL: none */

    struct json *items; /* filled in by sim_page_open */
    struct sim_call *call;
    uint64_t after;
};

/* Reads size and token.  -1: the token is broken or the size out of range. */
int sim_page_open(struct sim_call *call, struct sim_page *page);
const struct sim_record *sim_page_first(struct sim_page *page, const char *account,
                                        const char *region, const char *kind);

/* NULL at the end, or when the page is full: then the token is in the answer. */
const struct sim_record *sim_page_next(struct sim_page *page, const struct sim_record *record);

/* --- Small things --------------------------------------------------------------------------------
 */

/* A parameter of the call; NULL if it is absent.  (Requirements belong in the rules.) */
const char *sim_param(const struct sim_call *call, const char *name);

/* Check one value by its rule, for members inside of structures.  -1: the error is set. */
int sim_check(struct sim_call *call, const struct sim_rule *rule, const struct json *value);
int sim_check_rules(struct sim_call *call, const struct sim_rule *rules, const struct json *params);

/* `prefix` and `len` random characters of `alphabet`. */
#define SIM_LOWER_DIGITS "abcdefghijklmnopqrstuvwxyz0123456789"
#define SIM_UPPER_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#define SIM_HEX_DIGITS "0123456789abcdef"
const char *sim_id(struct sim_call *call, const char *prefix, size_t len, const char *alphabet);

/* "AKIA..." and "ASIA...": the account is in the id, as in AWS's own. */
const char *sim_access_key_id(struct sim *sim, struct arena *arena, const char *prefix,
                              const char *account);
/* What the secrets of all access keys are made from (names.c). */
void sim_root_key_new(struct sim *sim, struct arena *arena);

/* The account in an access key id; NULL if it is none. */
const char *sim_access_key_account(const char *access_key_id, struct arena *arena);

/* "arn:aws:iam::111122223333:role/x"; `region` and `account` may be "". */
const char *sim_arn(const struct sim_call *call, const char *service, const char *region,
                    const char *account, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The parts of "arn:aws:sns:eu-west-1:111122223333:name". */
struct sim_arn_parts {
    const char *service, *region, *account, *resource;
};
bool sim_arn_split(const char *arn, struct arena *arena, struct sim_arn_parts *out);

/* A time as the call's protocol writes it: seconds in JSON, RFC 3339 in XML. */
void sim_put_time(const struct sim_call *call, struct json *object, const char *key, int64_t ms);

/* A time as a header has it (RFC 9110, 5.6.7). */
const char *sim_http_date(int64_t ms, struct arena *arena);

/* When something that takes AWS `seconds` is done: now without delays.  Keep it in the record
 * ("_ready_ms") and compare with call->now_ms when it is read. */
int64_t sim_due_ms(const struct sim_call *call, double seconds);
bool sim_ready(const struct sim_call *call, const struct json *record); /* by "_ready_ms" */

/* Replace a member, or add it: a record must not have a key twice. */
void sim_set_str(struct json *object, const char *key, const char *value);
void sim_set_number(struct json *object, const char *key, double value);
void sim_set_bool(struct json *object, const char *key, bool value);
void sim_set(struct json *object, const char *key, const struct json *value);

/* Tags [{Key, Value}] with those of `add` set; without those that the list `keys` names. */
struct json *sim_tags_with(struct arena *arena, const struct json *tags, const struct json *add);
struct json *sim_tags_without(struct arena *arena, const struct json *tags,
                              const struct json *keys);

/* --- Accounts and the organization (accounts.c) --------------------------------------------------
 *
 * ("", "", "account", id) -> {Id, Email, Name, _created_ms, _status}; made by sim_account_create.
 * organizations.c keeps these, and other services read them through the functions below:
 *   ("", "", "membership", account id)           -> {OrganizationId, ManagementAccountId}
 *   (management, "", "organization", "self")     -> the Organization structure
 *   (management, "", "service-access", principal) -> the EnabledServicePrincipal structure
 *   (management, "", "delegated/<principal>", account id) -> {}
 */

/* A new account; with `role_name` it has that role, which trusts `management` and may do
 * everything.  The role can be assumed from `role_ready_ms` on.  Returns its id, in `arena`. */
const char *sim_account_create(struct sim *sim, struct arena *arena, const char *email,
                               const char *name, const char *role_name, const char *management,
                               int64_t role_ready_ms);

struct sim_organization {
    const char *id, *management;
    bool all_features;
};

/* False: the account is in no organization. */
bool sim_organization_of(struct sim_call *call, const char *account, struct sim_organization *out);
bool sim_is_management(struct sim_call *call); /* the caller's account is one */
bool sim_service_trusted(struct sim_call *call, const char *management, const char *principal);
bool sim_is_delegated(struct sim_call *call, const char *management, const char *principal,
                      const char *account);

/* What a service's own EnableOrganizationAdminAccount does at Organizations; there already is fine
 * (organizations_services.c, organizations_delegation.c). */
void sim_trust(struct sim_call *call, const char *management, const char *principal);
void sim_delegate(struct sim_call *call, const char *management, const char *principal,
                  const char *account);

/* What the organization's policies of a type that is merged ("S3_POLICY") add up to for an account,
 * and when the last of them was attached (NULL: never mind); NULL: none applies.  owns: the call's
 * arena.  (organizations_effective.c) */
struct json *sim_effective_policy(struct sim_call *call, const char *account, const char *type,
                                  double *since_ms);

/* --- Regions (regions.c) -------------------------------------------------------------------------
 */

struct sim_region {
    const char *name;
    const char *partition;
    bool opt_in; /* off until an account turns it on */
};
const struct sim_region *sim_region_find(const char *name);
const struct sim_region *sim_region_at(size_t index); /* NULL past the end */
const char *sim_global_region(const char *partition);

/* Off until an account turns it on, as this simulator is set. */
bool sim_region_is_optional(const struct sim *sim, const struct sim_region *region);

/* ENABLED, ENABLING, DISABLING, DISABLED or ENABLED_BY_DEFAULT.  A change is the record (account,
 * "", "region", name) -> {"RegionOptStatus": "ENABLED" or "DISABLED", "_ready_ms"}. */
const char *sim_region_status(struct sim_call *call, const char *account,
                              const struct sim_region *region);

/* --- Policies (policy.c, access.c, authorize.c): evaluated by plinth/policy/evaluate.h -----------
 */

struct sim_policies; /* policies.h */
struct sim_policies *sim_policies_new(void);
void sim_policies_free(struct sim_policies *policies);

struct sim_question {
    const char *action;           /* "sts:AssumeRole" */
    const char *resource;         /* NULL: not looked at */
    const char *resource_account; /* NULL: the principal's own */
    const char *region;           /* NULL: not looked at */
    const struct sim_principal *principal;
    const struct json *context; /* condition keys -> string, or array of strings; NULL: none */
};
enum sim_verdict { SIM_SILENT, SIM_ALLOWED, SIM_REFUSED };

/* The verdict of one document by itself.  NULL, or one that is malformed, says nothing. */
enum sim_verdict sim_policy_verdict(struct sim_call *call, const char *text,
                                    const struct sim_question *question);

/* The parsed document; NULL with *out_why if it is no policy.  `needs_principal`: a resource or
 * trust policy; else Principal must not be there. */
struct json *sim_policy_parse(const char *text, bool needs_principal, struct arena *arena,
                              const char **out_why);
bool sim_glob(const char *pattern, const char *text, bool ignore_case);

/* The record of the user or role that calls; NULL: it is none, or gone (access.c). */
const struct json *sim_entity(struct sim_call *call);

/* The call as policies see it (access.c): its action; its resource, "*" if it is about none; whose
 * a resource is, NULL if its ARN does not tell; and the condition keys. */
const char *sim_iam_action(const struct sim_call *call);
const char *sim_resource(struct sim_call *call);
const char *sim_resource_owner(struct sim_call *call, const char *arn);
struct json *sim_context(struct sim_call *call, const char *resource_owner);

/* --- The stages of a call, for sim.c -------------------------------------------------------------
 */

/* auth.c: who signed; sets principal, account and region.  -1: the error is set. */
int sim_auth(struct sim_call *call);

/* The parts of the credential scope, unverified; false if there is no Authorization header that
 * has one.  owns: `arena`. */
struct sim_scope {
    const char *access_key_id, *date, *region, *service;
};
bool sim_auth_scope(const struct http_request *request, struct arena *arena, struct sim_scope *out);

/* auth_key.c: the 32 bytes that a key signs with on a day, in a region and service; good until the
 * next one is asked for.  Derived once; forgotten with the state that has the secrets. */
const unsigned char *sim_auth_key(struct sim_call *call, const struct sim_scope *scope);
void sim_auth_derive(const struct sim_scope *scope, const char *secret, unsigned char out[32]);
void sim_auth_forget(struct sim *sim);

const struct sim_service *sim_service_at(size_t index); /* sim.c; NULL past the end */

/* protocol.c: find call->service; find call->operation and fill call->params. */
int sim_protocol_service(struct sim_call *call);
int sim_protocol_request(struct sim_call *call);

/* answer.c */
void sim_protocol_answer(struct sim_call *call, struct http_response *out);

/* params.c: the query protocol's "Tags.member.1.Key=x" as a tree. */
struct json *sim_params_unflatten(const struct http_param *params, size_t count,
                                  struct arena *arena);

/* route.c: whether the URL matches a pattern of a REST service; labels and query go to params. */
const struct sim_operation *sim_route(const struct sim_service *service, const char *method,
                                      const char *path, const char *query, struct arena *arena,
                                      struct json *params);

/* faults.c: what happens to this call. */
struct sim_faults *sim_faults_new(const struct sim_options *options);
void sim_faults_rates(struct sim_faults *faults, double fault_rate, double lost_rate);
void sim_faults_free(struct sim_faults *faults);
struct sim_fate {
    bool lost;        /* nobody hears the answer */
    bool nothing;     /* the operation is not carried out; then, unless it is lost, one of: */
    bool throttled;   /*   the service's throttling error */
    bool denied;      /*   its access-denied error */
    const char *code; /*   this error */
    int status;
    const char *text;
};
struct sim_fate sim_faults_next(struct sim_faults *faults, const struct sim_call *call);
void sim_faults_inject(struct sim_faults *faults, enum sim_fault fault, uint64_t nth_write);

int64_t sim_faults_latency_ms(struct sim_faults *faults);

/* authorize.c: whether all policies over the caller allow the call.  -1: the error is set. */
int sim_authorize(struct sim_call *call);

/* What of the policies over the caller stands against this action, as the end of AWS's message;
 * NULL: nothing. */
const char *sim_objection(struct sim_call *call, const char *action, const char *resource);

/* events_trail.c: tell EventBridge, log groups and the event history of a call that was answered.
 */
void sim_trail_tell(struct sim_call *call);

/* What became due since the last call: records that reach their log group (cloudtrail_logs.c),
 * replicas that reach their bucket (s3_replicate.c), and alarms that are looked at
 * (cloudwatch_alarms.c). */
void sim_trail_arrive(struct sim_call *call);
void sim_replicas_arrive(struct sim_call *call);
void sim_alarms_look(struct sim_call *call);

/* Whether AssumeRoot knows the task ("IAMAuditRootUserCredentials"). */
bool sim_root_task_exists(const char *task);

/* throttle.c: take one token of the call's buckets; false: over the rate. */
struct sim_rate { /* one row of rates.def */
    const char *service, *operation;
    double per_second, burst;
};
const struct sim_rate *sim_rate_at(size_t index); /* NULL past the end */
bool sim_rate_applies(const struct sim_rate *rate, const struct sim_call *call);

struct sim_rates *sim_rates_new(void);
void sim_rates_free(struct sim_rates *rates);
bool sim_rates_take(struct sim_rates *rates, const struct sim_call *call);

/* iam_seed.c: the administrator of a new simulator. */
void sim_iam_administrator(struct sim *sim, struct arena *arena, const char *account,
                           const char *access_key_id);
/* iam_seed.c: a role that may do everything, for accounts that are created with one. */
void sim_iam_member_role(struct sim *sim, struct arena *arena, const char *account,
                         const char *name, const char *trust_policy, int64_t ready_ms);

/* The id of a role or user: names differ by more than case. */
const char *sim_iam_key(struct arena *arena, const char *name);

struct sim_counter;     /* sim.c */
struct sim_signing_key; /* auth_key.c */

struct sim {
    struct sim_options options;
    struct env *env;
    const char *partition;
    struct arena *arena;   /* of things that live as long as the simulator */
    struct arena *scratch; /* of one call: what handling it takes is not its caller's memory */
    struct sim_store *store;
    struct sim_faults *faults;
    struct sim_rates *rates;
    struct sim_policies *policies;
    struct sim_work *work;                 /* NULL: nobody measures */
    int64_t backups_advanced_ms;           /* of all accounts; 0: never */
    uint64_t backups_organization_version; /* then */
    uint64_t organization_version;         /* changes with every record of an organization */
    struct sim_signing_key *signing_keys;  /* auth.c */
    struct sim_counter *counters;
    uint64_t calls, writes;
    sim_observer_fn observer;
    void *observer_arg;
    struct sim_login login;
};

/* --- What the calls must take at least (bound.c) -------------------------------------------------
 */

void sim_work_free(struct sim_work *work);

/* A call that took its tokens, after it was carried out or refused. */
void sim_work_note(struct sim_work *work, const struct sim_call *call);

/* An account is being created, which takes so long. */
void sim_work_creation(struct sim_work *work, int64_t takes_ms);

/* {"organizations:CreateAccount": n, ...}.  owns: `arena`. */
struct json *sim_counts(const struct sim *sim, struct arena *arena);

#endif
