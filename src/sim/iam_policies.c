/*
 * iam_policies.c - managed policies: those of the account, and the names of AWS's own.
 *
 * Source: IAM API Reference, version 2010-05-08.
 * Limits: of AWS's own policies only AdministratorAccess has a document here.
 */
#include "iam_priv.h"

#include "plinth/codec/hash.h"

#include <string.h>

enum { POLICY_BYTES_MOST = 6144, POLICIES_MOST = 1500, VERSIONS_MOST = 5 };

static const char *const managed[] = {
#define MANAGED(path, name) path name,
#include "iam_managed.def"
#undef MANAGED
};

static const char administrator_document[] =
    "{\n    \"Version\": \"2012-10-17\",\n    \"Statement\": [\n        {\n"
    "            \"Effect\": \"Allow\",\n            \"Action\": \"*\",\n"
    "            \"Resource\": \"*\"\n        }\n    ]\n}";

/* --- AWS's own --- */

/* "service-role/AWS_ConfigRole" of its ARN; NULL if AWS has no such policy. */
static const char *managed_path(const struct sim_call *call, const char *arn)
{
    const char *prefix = arena_printf(call->arena, "arn:%s:iam::aws:policy/", call->sim->partition);

    if (!str_starts(arn, prefix))
        return NULL;
    for (size_t i = 0; i < sizeof managed / sizeof managed[0]; i++)
        if (str_eq(managed[i], arn + strlen(prefix)))
            return managed[i];
    return NULL;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static struct json *managed_policy(struct sim_call *call, const char *arn, const char *path)
{
    struct json *out = json_object(call->arena);
    const char *name = last_part(path);
    char id[18] = "ANPA";
    char digest[41];

    /* The same id on every run, without being one of ours. */
    sha1_hex(path, strlen(path), digest);
    for (size_t i = 4; i < sizeof id - 1; i++)
        id[i] = (char)('A' + digest[i] % 26);
    json_put_str(out, "PolicyName", name);
    json_put_str(out, "PolicyId", id);
    json_put_str(out, "Arn", arn);
    json_put_str(out, "Path", arena_printf(call->arena, "/%.*s", (int)(name - path), path));
    json_put_str(out, "DefaultVersionId", "v1");
    json_put_bool(out, "IsAttachable", !str_starts(path, "root-task/"));
    json_put_str(out, "CreateDate", "2015-02-06T18:39:46Z");
    json_put_str(out, "UpdateDate", "2015-02-06T18:39:46Z");
    return out;
}

/* --- All --- */

static int no_policy(struct sim_call *call, const char *arn)
{
    return iam_no_entity(call, "Policy %s was not found.", arn);
}

/* NULL with the error set. */
struct json *iam_policy_find(struct sim_call *call, const char *arn)
{
    const char *path = managed_path(call, arn);
    struct json *policy;

    if (path != NULL)
        return managed_policy(call, arn, path);
    policy = sim_get(call, call->account, "", "policy", arn);
    if (policy == NULL)
        (void)no_policy(call, arn);
    return policy;
}

/* The policy of this account that the call names; NULL with the error set. */
struct json *iam_policy_own(struct sim_call *call)
{
    const char *arn = sim_param(call, "PolicyArn");
    struct json *policy = iam_policy_find(call, arn);

    if (policy == NULL || managed_path(call, arn) == NULL)
        return policy;
    (void)sim_denied(call, sim_action(call), arn);
    return NULL;
}

const char *iam_policy_name(struct sim_call *call, const char *arn)
{
    const char *path = managed_path(call, arn);

    if (path != NULL && !str_starts(path, "root-task/"))
        return last_part(path);
    if (path == NULL && sim_has(call, call->account, "", "policy", arn))
        return last_part(arn);
    (void)iam_no_entity(call, "Policy %s does not exist or is not attachable.", arn);
    return NULL;
}

static struct json *shown(struct sim_call *call, const struct json *policy)
{
    struct json *out = json_copy(policy, call->arena);
    size_t holders =
        sim_store_count(call->sim->store, call->account, "",
                        arena_printf(call->arena, "policy-holder/%s", json_str(policy, "Arn")));

    sim_set_number(out, "AttachmentCount", (double)holders);
    sim_set_number(out, "PermissionsBoundaryUsageCount", 0);
    return out;
}

/* --- Versions --- */

static const char *versions_of(struct sim_call *call, const char *arn)
{
    return arena_printf(call->arena, "policy-version/%s", arn);
}

static int check_document(struct sim_call *call)
{
    const char *document = sim_param(call, "PolicyDocument"), *why;

    if (sim_policy_parse(document, false, call->arena, &why) == NULL)
        return iam_malformed(call, why);
    if (iam_policy_size(document) > POLICY_BYTES_MOST)
        return iam_quota(call, "PolicySize", POLICY_BYTES_MOST);
    return 0;
}

/* Adds the next version, and makes it the default one. */
static struct json *version_add(struct sim_call *call, struct json *policy, bool is_default)
{
    double number = json_number(policy, "_last_version", 0) + 1;
    const char *id = arena_printf(call->arena, "v%.0f", number);
    struct json *version = json_object(call->arena);

    json_put_str(version, "Document", sim_param(call, "PolicyDocument"));
    json_put_str(version, "VersionId", id);
    sim_put_time(call, version, "CreateDate", call->now_ms);
    sim_put(call, call->account, "", versions_of(call, json_str(policy, "Arn")), id, version);
    sim_set_number(policy, "_last_version", number);
    if (is_default) {
        sim_set_str(policy, "DefaultVersionId", id);
        sim_set_str(policy, "_document", sim_param(call, "PolicyDocument"));
    }
    sim_put_time(call, policy, "UpdateDate", call->now_ms);
    sim_put(call, call->account, "", "policy", json_str(policy, "Arn"), policy);
    return version;
}

static struct json *version_shown(struct sim_call *call, const struct json *policy,
                                  const struct json *version, bool with_document)
{
    struct json *out = json_copy(version, call->arena);

    json_remove(out, "Document");
    if (with_document)
        json_put_str(out, "Document", iam_encoded(call, json_str(version, "Document")));
    json_put_bool(out, "IsDefaultVersion",
                  str_eq(json_str(version, "VersionId"), json_str(policy, "DefaultVersionId")));
    return out;
}

/* --- Operations --- */

static const struct sim_rule arn_rules[] = {
    {.name = "PolicyArn", .required = true, .min = 20, .max = 2048},
    IAM_RULES_END,
};
static const struct sim_rule create_rules[] = {
    IAM_NAME_RULE("PolicyName", 128),
    {.name = "PolicyDocument", .required = true, .min = 1, .max = 131072},
    {.name = "Description", .max = 1000},
    {.name = "Path", .min = 1, .max = 512, .chars = "a-zA-Z0-9/_+=,.@-"},
    IAM_RULES_END,
};

static int create_policy(struct sim_call *call)
{
    const char *name = sim_param(call, "PolicyName"), *path = sim_param(call, "Path"), *arn;
    struct json *policy = json_object(call->arena);

    if (path == NULL)
        path = "/";
    arn = sim_arn(call, "iam", "", call->account, "policy%s%s", path, name);
    if (check_document(call) != 0 || iam_tag(call, policy) != 0)
        return -1;
    if (sim_has(call, call->account, "", "policy", arn))
        return sim_error(call, "EntityAlreadyExists", 409,
                         "A policy called %s already exists. Duplicate names are not allowed.",
                         name);
    if (sim_store_count(call->sim->store, call->account, "", "policy") >= POLICIES_MOST)
        return iam_quota(call, "PoliciesPerAccount", POLICIES_MOST);
    json_put_str(policy, "PolicyName", name);
    json_put_str(policy, "PolicyId",
                 sim_access_key_id(call->sim, call->arena, "ANPA", call->account));
    json_put_str(policy, "Arn", arn);
    json_put_str(policy, "Path", path);
    json_put_bool(policy, "IsAttachable", true);
    json_put_str(policy, "Description", sim_param(call, "Description"));
    sim_put_time(call, policy, "CreateDate", call->now_ms);
    (void)version_add(call, policy, true);
    json_put(call->answer, "Policy", shown(call, policy));
    return 0;
}

static int get_policy(struct sim_call *call)
{
    const struct json *policy = iam_policy_find(call, sim_param(call, "PolicyArn"));

    if (policy == NULL)
        return -1;
    json_put(call->answer, "Policy", shown(call, policy));
    return 0;
}

static bool list_wants(struct sim_call *call, const char *scope)
{
    const char *wanted = sim_param(call, "Scope");

    return wanted == NULL || str_eq(wanted, "All") || str_eq(wanted, scope);
}

/* The account's own come in pages; AWS's own, a short list here, with the last page. */
static int list_policies(struct sim_call *call)
{
    struct sim_page page = iam_page("Policies");
    bool only_attached = json_bool(call->params, "OnlyAttached", false);
    const struct sim_record *it = NULL;

    if (sim_page_open(call, &page) != 0)
        return -1;
    if (list_wants(call, "Local"))
        it = sim_page_first(&page, call->account, "", "policy");
    for (; it != NULL; it = sim_page_next(&page, it)) {
        const struct json *policy = shown(call, sim_record_json(it, call->arena));

        if (!only_attached || json_number(policy, "AttachmentCount", 0) > 0)
            json_add(page.items, policy);
    }
    if (json_get(call->answer, "Marker") != NULL || !list_wants(call, "AWS"))
        return 0;
    for (size_t i = 0; i < sizeof managed / sizeof managed[0]; i++) {
        const char *arn = sim_arn(call, "iam", "", "aws", "policy/%s", managed[i]);
        const struct json *policy = shown(call, managed_policy(call, arn, managed[i]));

        if (!only_attached || json_number(policy, "AttachmentCount", 0) > 0)
            json_add(page.items, policy);
    }
    return 0;
}

static int delete_policy(struct sim_call *call)
{
    const struct json *policy = iam_policy_own(call);
    const char *arn = sim_param(call, "PolicyArn");

    if (policy == NULL)
        return -1;
    if (json_number(shown(call, policy), "AttachmentCount", 0) > 0)
        return sim_error(call, "DeleteConflict", 409,
                         "Cannot delete a policy attached to entities.");
    if (sim_store_count(call->sim->store, call->account, "", versions_of(call, arn)) > 1)
        return sim_error(call, "DeleteConflict", 409,
                         "This policy has more than one version. Before you delete a policy, you "
                         "must delete the policy's versions. The default version is deleted with "
                         "the policy.");
    (void)sim_delete(call, call->account, "", versions_of(call, arn),
                     json_str(policy, "DefaultVersionId"));
    (void)sim_delete(call, call->account, "", "policy", arn);
    return 0;
}

static const struct sim_rule version_rules[] = {
    {.name = "PolicyArn", .required = true, .min = 20, .max = 2048},
    {.name = "VersionId", .required = true, .min = 2, .max = 32, .chars = "v0-9"},
    IAM_RULES_END,
};

/* NULL with the error set. */
static struct json *version_find(struct sim_call *call)
{
    const char *arn = sim_param(call, "PolicyArn"), *id = sim_param(call, "VersionId");
    const char *path = managed_path(call, arn);
    struct json *version;

    if (str_eq(path, "AdministratorAccess") && str_eq(id, "v1")) {
        version = json_object(call->arena);
        json_put_str(version, "Document", administrator_document);
        json_put_str(version, "VersionId", id);
        json_put_str(version, "CreateDate", "2015-02-06T18:39:46Z");
        return version;
    }
    version = sim_get(call, call->account, "", versions_of(call, arn), id);
    if (version == NULL)
        (void)iam_no_entity(call, "Policy %s version %s does not exist or is not attachable.", arn,
                            id);
    return version;
}

static int get_policy_version(struct sim_call *call)
{
    const struct json *policy = iam_policy_find(call, sim_param(call, "PolicyArn")), *version;

    if (policy == NULL || (version = version_find(call)) == NULL)
        return -1;
    json_put(call->answer, "PolicyVersion", version_shown(call, policy, version, true));
    return 0;
}

static const struct sim_rule new_version_rules[] = {
    {.name = "PolicyArn", .required = true, .min = 20, .max = 2048},
    {.name = "PolicyDocument", .required = true, .min = 1, .max = 131072},
    IAM_RULES_END,
};

static int create_policy_version(struct sim_call *call)
{
    struct json *policy = iam_policy_own(call), *version;
    const char *arn = sim_param(call, "PolicyArn");

    if (policy == NULL || check_document(call) != 0)
        return -1;
    if (sim_store_count(call->sim->store, call->account, "", versions_of(call, arn)) >=
        VERSIONS_MOST)
        return sim_error(call, "LimitExceeded", 409,
                         "A managed policy can have up to %d versions. Before you create a new "
                         "version, you must delete an existing version.",
                         VERSIONS_MOST);
    version = version_add(call, policy, json_bool(call->params, "SetAsDefault", false));
    json_put(call->answer, "PolicyVersion", version_shown(call, policy, version, false));
    return 0;
}

static int delete_policy_version(struct sim_call *call)
{
    const struct json *policy = iam_policy_own(call);

    if (policy == NULL || version_find(call) == NULL)
        return -1;
    if (str_eq(json_str(policy, "DefaultVersionId"), sim_param(call, "VersionId")))
        return sim_error(call, "DeleteConflict", 409,
                         "Cannot delete the default version of a policy.");
    (void)sim_delete(call, call->account, "", versions_of(call, sim_param(call, "PolicyArn")),
                     sim_param(call, "VersionId"));
    return 0;
}

static int set_default_policy_version(struct sim_call *call)
{
    struct json *policy = iam_policy_own(call), *version;

    if (policy == NULL || (version = version_find(call)) == NULL)
        return -1;
    sim_set_str(policy, "DefaultVersionId", json_str(version, "VersionId"));
    sim_set_str(policy, "_document", json_str(version, "Document"));
    sim_put(call, call->account, "", "policy", json_str(policy, "Arn"), policy);
    return 0;
}

static int list_policy_versions(struct sim_call *call)
{
    const char *arn = sim_param(call, "PolicyArn");
    const struct json *policy = iam_policy_find(call, arn);
    struct sim_page page = iam_page("Versions");

    if (policy == NULL || sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, "", versions_of(call, arn));
         it != NULL; it = sim_page_next(&page, it))
        json_add(page.items, version_shown(call, policy, sim_record_json(it, call->arena), false));
    return 0;
}

const struct sim_operation iam_policy_operations[] = {
    {.name = "CreatePolicy", .handler = create_policy, .access = SIM_WRITE, .rules = create_rules},
    {.name = "GetPolicy", .handler = get_policy, .rules = arn_rules},
    {.name = "ListPolicies", .handler = list_policies},
    {.name = "DeletePolicy", .handler = delete_policy, .access = SIM_WRITE, .rules = arn_rules},
    {.name = "GetPolicyVersion", .handler = get_policy_version, .rules = version_rules},
    {.name = "CreatePolicyVersion",
     .handler = create_policy_version,
     .access = SIM_WRITE,
     .rules = new_version_rules},
    {.name = "DeletePolicyVersion",
     .handler = delete_policy_version,
     .access = SIM_WRITE,
     .rules = version_rules},
    {.name = "SetDefaultPolicyVersion",
     .handler = set_default_policy_version,
     .access = SIM_WRITE,
     .rules = version_rules},
    {.name = "ListPolicyVersions", .handler = list_policy_versions, .rules = arn_rules},
    {.name = NULL},
};
