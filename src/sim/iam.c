/*
 * iam.c - the service, and what its roles and users have in common.
 *
 * Source: IAM API Reference, version 2010-05-08; IAM User Guide, "IAM and AWS STS quotas".
 */
#include "iam_priv.h"

#include <ctype.h>
#include <string.h>

const struct sim_service sim_service_iam = {
    .name = "iam",
    .protocol = SIM_QUERY,
    .api_version = "2010-05-08",
    .xmlns = "https://iam.amazonaws.com/doc/2010-05-08/",
    .global = true,
    .bad_input = "ValidationError",
    .throttled = "Throttling",
    .denied = "AccessDenied",
    .operations = {iam_role_operations, iam_user_operations, iam_key_operations,
                   iam_entity_policy_operations, iam_policy_operations,
                   iam_policy_holder_operations, iam_account_operations,
                   iam_organization_operations, iam_report_operations},
};

/* --- Errors and pages --- */

int iam_no_entity(struct sim_call *call, const char *format, ...)
{
    const char *text;
    va_list args;

    va_start(args, format);
    text = arena_vprintf(call->arena, format, args);
    va_end(args);
    return sim_error(call, "NoSuchEntity", 404, "%s", text);
}

int iam_quota(struct sim_call *call, const char *quota, size_t most)
{
    return sim_error(call, "LimitExceeded", 409, "Cannot exceed quota for %s: %zu", quota, most);
}

int iam_malformed(struct sim_call *call, const char *why)
{
    return sim_error(call, "MalformedPolicyDocument", 400, "%s", why);
}

struct sim_page iam_page(const char *list)
{
    return (struct sim_page){.list = list,
                             .size = 100,
                             .size_most = 1000,
                             .size_param = "MaxItems",
                             .token_in = "Marker",
                             .token_out = "Marker",
                             .more_out = "IsTruncated"};
}

/* --- Documents --- */

const char *iam_encoded(struct sim_call *call, const char *document)
{
    struct buf out;
    const char *copy;

    buf_init(&out, 3 * strlen(document) + 1);
    uri_encode(document, strlen(document), NULL, &out);
    copy = arena_str(call->arena, buf_text(&out));
    buf_fini(&out);
    return copy;
}

size_t iam_policy_size(const char *document)
{
    size_t size = 0;

    for (; *document != '\0'; document++)
        size += !isspace((unsigned char)*document);
    return size;
}

/* --- Entities --- */

const char *iam_name_member(const char *kind)
{
    return str_eq(kind, "role") ? "RoleName" : "UserName";
}

const char *iam_entity_key(struct sim_call *call, const char *kind)
{
    return sim_iam_key(call->arena, sim_param(call, iam_name_member(kind)));
}

struct json *iam_entity(struct sim_call *call, const char *kind)
{
    struct json *record = sim_get(call, call->account, "", kind, iam_entity_key(call, kind));

    if (record == NULL)
        (void)iam_no_entity(call, "The %s with name %s cannot be found.", kind,
                            sim_param(call, iam_name_member(kind)));
    return record;
}

void iam_entity_put(struct sim_call *call, const char *kind, const struct json *record)
{
    sim_put(call, call->account, "", kind,
            sim_iam_key(call->arena, json_str(record, iam_name_member(kind))), record);
}

static const char *path_of(struct sim_call *call)
{
    const char *path = sim_param(call, "Path");

    if (path == NULL)
        return "/";
    if (path[0] == '/' && str_ends(path, "/") && strlen(path) <= 512)
        return path;
    (void)sim_bad_input(call, "The specified value for path is invalid. It must begin and end "
                              "with / and contain only alphanumeric characters and/or / "
                              "characters.");
    return NULL;
}

struct json *iam_entity_new(struct sim_call *call, const char *kind, const char *id_prefix,
                            size_t most)
{
    const char *name = sim_param(call, iam_name_member(kind)), *path = path_of(call);
    const char *title = str_eq(kind, "role") ? "Role" : "User";
    struct json *out = json_object(call->arena);

    if (path == NULL)
        return NULL;
    if (sim_has(call, call->account, "", kind, iam_entity_key(call, kind))) {
        (void)sim_error(call, "EntityAlreadyExists", 409, "%s with name %s already exists.", title,
                        name);
        return NULL;
    }
    if (sim_store_count(call->sim->store, call->account, "", kind) >= most) {
        (void)iam_quota(call, str_eq(kind, "role") ? "RolesPerAccount" : "UsersPerAccount", most);
        return NULL;
    }
    json_put_str(out, "Path", path);
    json_put_str(out, iam_name_member(kind), name);
    json_put_str(out, arena_printf(call->arena, "%sId", title),
                 sim_access_key_id(call->sim, call->arena, id_prefix, call->account));
    json_put_str(out, "Arn", sim_arn(call, "iam", "", call->account, "%s%s%s", kind, path, name));
    sim_put_time(call, out, "CreateDate", call->now_ms);
    json_put_number(out, "_ready_ms", (double)sim_due_ms(call, IAM_SPREAD_S));
    return out;
}

static size_t count_of(struct sim_call *call, const char *kind, const char *what)
{
    return sim_store_count(
        call->sim->store, call->account, "",
        arena_printf(call->arena, "%s-%s/%s", kind, what, iam_entity_key(call, kind)));
}

int iam_entity_bare(struct sim_call *call, const char *kind)
{
    if (count_of(call, kind, "attached") > 0)
        return sim_error(call, "DeleteConflict", 409,
                         "Cannot delete entity, must detach all policies first.");
    if (count_of(call, kind, "policy") > 0)
        return sim_error(call, "DeleteConflict", 409,
                         "Cannot delete entity, must delete policies first.");
    return 0;
}

/* --- Tags and boundaries --- */

int iam_tag(struct sim_call *call, struct json *record)
{
    static const struct sim_rule rules[] = {
        {.name = "Key", .required = true, .min = 1, .max = 128},
        {.name = "Value", .required = true, .max = 256},
        IAM_RULES_END,
    };
    const struct json *add = json_get(call->params, "Tags");
    struct json *tags;

    for (const struct json *it = json_first(add); it != NULL; it = it->next)
        if (sim_check_rules(call, rules, it) != 0)
            return -1;
    tags = sim_tags_with(call->arena, json_get(record, "Tags"), add);
    if (tags->count > IAM_TAGS_MOST)
        return sim_error(call, "LimitExceeded", 409,
                         "The number of tags has reached the maximum limit.");
    json_remove(record, "Tags");
    if (tags->count > 0)
        json_put(record, "Tags", tags);
    return 0;
}

int iam_untag(struct sim_call *call, const char *kind)
{
    struct json *record = iam_entity(call, kind), *tags;

    if (record == NULL)
        return -1;
    tags =
        sim_tags_without(call->arena, json_get(record, "Tags"), json_get(call->params, "TagKeys"));
    json_remove(record, "Tags");
    if (tags->count > 0)
        json_put(record, "Tags", tags);
    iam_entity_put(call, kind, record);
    return 0;
}

int iam_list_tags(struct sim_call *call, const char *kind)
{
    const struct json *record = iam_entity(call, kind);
    struct json *tags;

    if (record == NULL)
        return -1;
    tags = json_put_array(call->answer, "Tags");
    for (const struct json *it = json_first(json_get(record, "Tags")); it != NULL; it = it->next)
        json_add(tags, it);
    json_put_bool(call->answer, "IsTruncated", false);
    return 0;
}

int iam_boundary(struct sim_call *call, struct json *record)
{
    const char *arn = sim_param(call, "PermissionsBoundary");
    struct json *boundary;

    if (arn == NULL)
        return 0;
    if (iam_policy_name(call, arn) == NULL)
        return -1;
    json_remove(record, "PermissionsBoundary");
    boundary = json_put_object(record, "PermissionsBoundary");
    json_put_str(boundary, "PermissionsBoundaryType", "Policy");
    json_put_str(boundary, "PermissionsBoundaryArn", arn);
    return 0;
}
