/*
 * organizations_priv.h - what the files of AWS Organizations share.
 *
 * Layer:  sim, private to organizations*.c.
 * Source: docs.aws.amazon.com/organizations/latest/APIReference, API version 2016-11-28, and the
 *         user guide's quotas page (orgs_reference_limits).
 *
 * sim_priv.h names the records that other services read; here the organization's own has also
 * _root, and _final_ms, before which no account can be created.  These exist besides, all in the
 * management account, their kinds behind "org/":
 *   root/<id>                           Root, without its policy types
 *   ou/<id>                             OrganizationalUnit and _parent
 *   ous-of/<parent>/<ou id>             {}
 *   ou-name/<parent>/<name>             Id
 *   member/<account id>                 JoinedMethod, _joined_ms, _parent, _leave_ms (may not leave
 *                                       before); once closed, _closed_ms and _ready_ms
 *   accounts-of/<parent>/<account id>   {}
 *   closure/<account id>                _closed_ms, _ready_ms
 *   creation/<id>                       CreateAccountStatus and what the creation still has to do
 *   creation-open/<id>                  {}: not finished yet
 *   creation-email/<email>              {}: of an unfinished creation
 *   policy-type/<type>                  Type, on, _ready_ms
 *   policy/<id>                         PolicySummary and _content
 *   policies/<type>/<policy id>         {}
 *   policy-name/<type>/<name>           Id
 *   policies-of/<type>/<target>/<id>    {}
 *   targets-of/<policy id>/<target>     {}
 *   busy/<target>                       _ready_ms: another attachment conflicts until then
 *   tags/<resource id>                  Tags
 *   delegated-admin/<account id>        _since_ms
 *   delegated-services/<account>/<principal>  _since_ms
 *   resource-policy/self                Id, Arn, Content
 *   handshake/<id>                      {}: of this organization
 *   quota/accounts                      Value: accounts allowed; absent, ORG_ACCOUNTS_MOST
 */
#ifndef PLINTH_SIM_ORGANIZATIONS_PRIV_H
#define PLINTH_SIM_ORGANIZATIONS_PRIV_H

#include "sim_priv.h"

/* AWS's quotas.  Accounts: the most that AWS grants; a new organization of AWS has 10. */
enum {
    ORG_ACCOUNTS_MOST = 50 * 1000,
    ORG_CREATIONS_MOST = 5, /* at the same time */
    ORG_OUS_MOST = 2000,
    ORG_OU_DEPTH_MOST = 5,
    ORG_TAGS_MOST = 50,
    ORG_PAGE = 20,
};

struct org {
    const char *id, *management, *root;
    bool all_features;
};

/* --- Entering, and errors (organizations.c) ------------------------------------------------------
 */

/* The organization of the caller, if the caller may use this operation: the management account;
 * for reads also a delegated administrator; and whom the resource policy allows it.  Finishes what
 * is due.  -1: the error is set. */
int org_open(struct sim_call *call, struct org *out);

/* The same for operations of every member. */
int org_open_as_member(struct sim_call *call, struct org *out);

/* Every error of this service is a 400. */
int org_error(struct sim_call *call, const char *code, const char *text);
int org_reject(struct sim_call *call, const char *code, const char *reason, const char *text);
int org_constraint(struct sim_call *call, const char *reason, const char *text);
int org_invalid(struct sim_call *call, const char *reason, const char *text);

/* Whether the ids among the parameters have the shape of theirs (organizations_ids.c). */
int org_check_ids(struct sim_call *call);

/* The store, in the management account; "org/" is put before `kind`.  An id that is NULL is never
 * there. */
struct json *org_get(struct sim_call *call, const struct org *org, const char *kind,
                     const char *id);
bool org_has(const struct sim_call *call, const struct org *org, const char *kind, const char *id);
void org_put(struct sim_call *call, const struct org *org, const char *kind, const char *id,
             const struct json *record);
void org_mark(struct sim_call *call, const struct org *org, const char *kind, const char *id);
void org_delete(struct sim_call *call, const struct org *org, const char *kind, const char *id);
size_t org_count(const struct sim_call *call, const struct org *org, const char *kind);
const struct sim_record *org_first(const struct sim_call *call, const struct org *org,
                                   const char *kind);
void org_delete_all(struct sim_call *call, const struct org *org, const char *kind);

/* The Organization structure. */
struct json *org_self(struct sim_call *call, const struct org *org);

/* "name/of" */
const char *org_kind(const struct sim_call *call, const char *name, const char *of);

/* "arn:aws:organizations::<management>:<what>/<organization>/<rest>" */
const char *org_arn(const struct sim_call *call, const struct org *org, const char *what,
                    const char *rest);

#define ORG_PAGE_OF(LIST)                                                                          \
    {                                                                                              \
        .list = (LIST), .size = ORG_PAGE, .size_param = "MaxResults", .token_in = "NextToken",     \
        .token_out = "NextToken"                                                                   \
    }

/* The records of one kind, page by page; `add` puts what one of them says into page->items. */
typedef void (*org_add_fn)(struct sim_call *call, const struct org *org, const char *id,
                           struct json *items);
int org_list(struct sim_call *call, const struct org *org, const char *list, const char *kind,
             org_add_fn add);

extern const struct sim_operation org_core_operations[];

/* --- The tree (organizations_tree.c) -------------------------------------------------------------
 */

enum org_entity { ORG_NOTHING, ORG_ROOT, ORG_OU, ORG_ACCOUNT };
enum org_entity org_entity(const struct sim_call *call, const struct org *org, const char *id);

/* "ROOT", "ORGANIZATIONAL_UNIT", "ACCOUNT". */
const char *org_entity_name(enum org_entity entity);

/* The parent of an OU or an account; NULL for the root. */
const char *org_parent(struct sim_call *call, const struct org *org, const char *id);

/* "o-1/r-1/ou-1/ou-2/", with the entity itself at the end. */
const char *org_path(struct sim_call *call, const struct org *org, const char *id);

/* The root and its policy types. */
struct json *org_root(struct sim_call *call, const struct org *org);
void org_root_create(struct sim_call *call, const struct org *org);
void org_tree_delete(struct sim_call *call, const struct org *org);
extern const struct sim_operation org_tree_operations[];

/* --- Accounts (organizations_accounts.c, organizations_creation.c) -------------------------------
 */

/* Emails are one, whatever their case; ("", "", "email", key) -> {Id} says whose one is. */
const char *org_email_key(const struct sim_call *call, const char *email);

/* `method` is "INVITED" or "CREATED". */
void org_join(struct sim_call *call, const struct org *org, const char *account, const char *method,
              int64_t joined_ms);
void org_leave(struct sim_call *call, const struct org *org, const char *account);
void org_move(struct sim_call *call, const struct org *org, const char *account,
              const char *to_parent);

/* The Account structure. */
struct json *org_account(struct sim_call *call, const struct org *org, const char *account);

/* AccountNotFoundException unless it is a member. */
int org_need_account(struct sim_call *call, const struct org *org, const char *account);

/* Whether the account was closed; it stays a member for a while. */
bool org_account_closed(struct sim_call *call, const struct org *org, const char *account);
extern const struct sim_operation org_account_operations[];

/* Finish the creations that are due. */
void org_creations_settle(struct sim_call *call, const struct org *org);
size_t org_accounts_most(struct sim_call *call, const struct org *org);
extern const struct sim_operation org_creation_operations[];

/* --- Policies (organizations_types.c, _policies.c, _attachments.c) -------------------------------
 */

struct org_policy_type {
    const char *name;
    const char *everywhere; /* the policy that all have when the type is enabled; NULL: none */
    const char *top;        /* the member a document must have; NULL: not checked */
    const char *trusted;    /* needs trusted access of this service; NULL: no */
    size_t text_most;       /* characters of one document */
    size_t attached_most;   /* to one target */
    size_t policies_most;
    bool iam_language;

    /* Why a document is none of this type; it answers NULL if it is one.  NULL: not checked. */
    const char *(*why)(const struct json *document, struct arena *arena);
};

/* organizations_backup_policy.c */
const char *org_backup_policy_why(const struct json *document, struct arena *arena);

#define ORG_POLICY_TYPES                                                                           \
    "SERVICE_CONTROL_POLICY|RESOURCE_CONTROL_POLICY|TAG_POLICY|BACKUP_POLICY|"                     \
    "AISERVICES_OPT_OUT_POLICY|CHATBOT_POLICY|DECLARATIVE_POLICY_EC2|SECURITYHUB_POLICY|"          \
    "SECURITYHUB_CSPM_POLICY|INSPECTOR_POLICY|UPGRADE_ROLLOUT_POLICY|BEDROCK_POLICY|S3_POLICY|"    \
    "NETWORK_SECURITY_DIRECTOR_POLICY|GUARDDUTY_POLICY"

#define ORG_SCP "SERVICE_CONTROL_POLICY"
#define ORG_RCP "RESOURCE_CONTROL_POLICY"
#define ORG_FULL_ACCESS "p-FullAWSAccess"
#define ORG_RCP_FULL_ACCESS "p-RCPFullAWSAccess"

/* NULL: no such type. */
const struct org_policy_type *org_type(const char *name);
const struct org_policy_type *org_type_at(size_t index); /* NULL past the end */

/* ENABLED, PENDING_ENABLE, PENDING_DISABLE; NULL: off. */
const char *org_type_status(struct sim_call *call, const struct org *org, const char *type);
void org_type_enable(struct sim_call *call, const struct org *org,
                     const struct org_policy_type *type, int64_t ready_ms);
extern const struct sim_operation org_type_operations[];

/* The policies that AWS manages. */
void org_policies_create_managed(struct sim_call *call, const struct org *org);
void org_policies_delete(struct sim_call *call, const struct org *org);

/* PolicyNotFoundException if it is not there. */
int org_need_policy(struct sim_call *call, const struct org *org, const char *id,
                    struct json **out);
struct json *org_policy_summary(struct sim_call *call, const struct json *policy);
extern const struct sim_operation org_policy_operations[];

void org_attach(struct sim_call *call, const struct org *org, const char *type, const char *policy,
                const char *target);
void org_detach(struct sim_call *call, const struct org *org, const char *type, const char *policy,
                const char *target);

/* What a new root, OU or account has from the start. */
void org_attach_defaults(struct sim_call *call, const struct org *org, const char *target);
void org_detach_target(struct sim_call *call, const struct org *org, const char *target);
void org_detach_type(struct sim_call *call, const struct org *org, const char *type);

/* "policies-of/<type>/<target>" */
const char *org_attached_kind(const struct sim_call *call, const char *type, const char *target);
extern const struct sim_operation org_attachment_operations[];
extern const struct sim_operation org_effective_operations[];

/* --- Tags, services, the resource policy, handshakes ---------------------------------------------
 */

/* Check tags as they come with a request, on top of those that `resource` has (NULL: none). */
int org_tags_check(struct sim_call *call, const struct org *org, const struct json *tags,
                   const char *resource);
void org_tags_add(struct sim_call *call, const struct org *org, const char *resource,
                  const struct json *tags);
extern const struct sim_operation org_tag_operations[];

struct org_service {
    const char *principal;
    size_t administrators_most; /* delegated ones; 0: the service knows none */
};

/* NULL: AWS knows no such service. */
const struct org_service *org_service(const char *principal);
int org_need_service(struct sim_call *call, const char *principal);
extern const struct sim_operation org_service_operations[];

bool org_is_delegated_admin(const struct sim_call *call, const struct org *org,
                            const char *account);
void org_services_delete(struct sim_call *call, const struct org *org);
extern const struct sim_operation org_delegation_operations[];

/* Whether the resource policy lets the caller do this. */
bool org_resource_policy_allows(struct sim_call *call, const struct org *org);
extern const struct sim_operation org_resource_policy_operations[];

/* ("", "", "handshake", id) -> {Handshake structure, _management, _account: who may accept,
 * _parent, _tags, _expires_ms}; (account, "", "handshake-to", id) -> {} finds those of an
 * account. */
void org_handshakes_delete(struct sim_call *call, const struct org *org);
extern const struct sim_operation org_handshake_operations[];

/* --- Tables --------------------------------------------------------------------------------------
 */

#define ORG_READ(NAME, HANDLER, RULES)                                                             \
    {                                                                                              \
        .name = (NAME), .handler = (HANDLER), .access = SIM_READ, .rules = (RULES)                 \
    }
#define ORG_WRITE(NAME, HANDLER, RULES)                                                            \
    {                                                                                              \
        .name = (NAME), .handler = (HANDLER), .access = SIM_WRITE, .rules = (RULES)                \
    }
#define ORG_OPERATIONS_END                                                                         \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* --- Rules that several operations have ----------------------------------------------------------
 */

#define ORG_RULE_ACCOUNT(NAME)                                                                     \
    {                                                                                              \
        .name = (NAME), .required = true, .min = 12, .max = 12, .chars = "0-9",                    \
        .pattern = "^\\d{12}$"                                                                     \
    }
#define ORG_RULE_ENTITY(NAME)                                                                      \
    {                                                                                              \
        .name = (NAME), .required = true, .min = 1, .max = 100, .chars = "-a-z0-9",                \
        .pattern = "^(r-[0-9a-z]{4,32})|(\\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$"             \
    }
#define ORG_RULE_POLICY                                                                            \
    {                                                                                              \
        .name = "PolicyId", .required = true, .min = 10, .max = 130, .chars = "-0-9a-zA-Z_",       \
        .pattern = "^p-[0-9a-zA-Z_]{8,128}$"                                                       \
    }
#define ORG_RULE_TYPE(NAME)                                                                        \
    {                                                                                              \
        .name = (NAME), .required = true, .values = ORG_POLICY_TYPES                               \
    }
#define ORG_RULE_SERVICE(REQUIRED)                                                                 \
    {                                                                                              \
        .name = "ServicePrincipal", .required = (REQUIRED), .min = 1, .max = 128,                  \
        .chars = "-a-zA-Z0-9_+=,.@", .pattern = "[\\w+=,.@-]*"                                     \
    }
#define ORG_RULES_END                                                                              \
    {                                                                                              \
        .name = NULL                                                                               \
    }

#endif
