/*
 * organizations_tags.c - tags of roots, OUs, accounts, policies and the resource policy.
 *
 * Source: docs.aws.amazon.com/organizations/latest/APIReference: TagResource, UntagResource,
 *         ListTagsForResource, Tag; orgs_reference_limits: 50 tags.
 * Limits: tag policies are not enforced.
 */
#include "organizations_priv.h"

static const struct sim_rule tag_rules[] = {
    {.name = "Key", .required = true, .min = 1, .max = 128 * 4},
    {.name = "Value", .required = true, .max = 256 * 4},
    ORG_RULES_END,
};

static int check_tag(struct sim_call *call, const struct json *tags, const struct json *tag)
{
    const char *key;

    if (tag->type != JSON_OBJECT)
        return org_invalid(call, "INVALID_LIST_MEMBER", "A tag must have a Key and a Value.");
    if (sim_check_rules(call, tag_rules, tag) != 0)
        return -1;
    key = json_str(tag, "Key");
    if (str_starts(key, "aws:"))
        return org_invalid(call, "INVALID_SYSTEM_TAGS_PARAMETER",
                           "You specified a tag key that is a system tag. You can't add, edit, or "
                           "delete system tag keys.");
    for (const struct json *other = json_first(tags); other != tag; other = other->next)
        if (str_eq(json_str(other, "Key"), key))
            return org_invalid(call, "DUPLICATE_TAG_KEY",
                               "Tag keys must be unique among the tags attached to the same "
                               "entity.");
    return 0;
}

static struct json *tags_of(struct sim_call *call, const struct org *org, const char *resource)
{
    struct json *record = org_get(call, org, "tags", resource);

    return sim_tags_with(call->arena, json_get(record, "Tags"), NULL);
}

int org_tags_check(struct sim_call *call, const struct org *org, const struct json *tags,
                   const char *resource)
{
    for (const struct json *tag = json_first(tags); tag != NULL; tag = tag->next)
        if (check_tag(call, tags, tag) != 0)
            return -1;
    if (sim_tags_with(call->arena, tags_of(call, org, resource), tags)->count > ORG_TAGS_MOST)
        return org_constraint(call, "MAX_TAG_LIMIT_EXCEEDED",
                              "You have exceeded the number of tags allowed on this resource.");
    return 0;
}

static void put_tags(struct sim_call *call, const struct org *org, const char *resource,
                     const struct json *tags)
{
    struct json *record = json_object(call->arena);

    json_put(record, "Tags", tags);
    org_put(call, org, "tags", resource, record);
}

void org_tags_add(struct sim_call *call, const struct org *org, const char *resource,
                  const struct json *tags)
{
    if (json_first(tags) != NULL)
        put_tags(call, org, resource,
                 sim_tags_with(call->arena, tags_of(call, org, resource), tags));
}

static int need_resource(struct sim_call *call, const struct org *org, const char *id)
{
    if (json_bool(org_get(call, org, "policy", id), "AwsManaged", false))
        return org_invalid(call, "TARGET_NOT_SUPPORTED",
                           "You can't perform the specified operation on that target entity.");
    if (org_entity(call, org, id) != ORG_NOTHING || org_has(call, org, "policy", id) ||
        str_eq(json_str(org_get(call, org, "resource-policy", "self"), "Id"), id))
        return 0;
    return org_error(call, "TargetNotFoundException", "You specified a target that doesn't exist.");
}

static int tag_resource(struct sim_call *call)
{
    const char *id = sim_param(call, "ResourceId");
    const struct json *tags = json_get(call->params, "Tags");
    struct org org;

    if (org_open(call, &org) != 0 || need_resource(call, &org, id) != 0 ||
        org_tags_check(call, &org, tags, id) != 0)
        return -1;
    org_tags_add(call, &org, id, tags);
    return 0;
}

static int untag_resource(struct sim_call *call)
{
    const char *id = sim_param(call, "ResourceId");
    struct org org;

    if (org_open(call, &org) != 0 || need_resource(call, &org, id) != 0)
        return -1;
    put_tags(
        call, &org, id,
        sim_tags_without(call->arena, tags_of(call, &org, id), json_get(call->params, "TagKeys")));
    return 0;
}

/* AWS may page here; fifty tags fit one answer. */
static int list_tags(struct sim_call *call)
{
    const char *id = sim_param(call, "ResourceId");
    struct org org;

    if (org_open(call, &org) != 0 || need_resource(call, &org, id) != 0)
        return -1;
    json_put(call->answer, "Tags", tags_of(call, &org, id));
    return 0;
}

#define RESOURCE                                                                                   \
    {                                                                                              \
        .name = "ResourceId", .required = true, .min = 1, .max = 130, .chars = "-a-zA-Z0-9_"       \
    }

static const struct sim_rule resource_rules[] = {RESOURCE, ORG_RULES_END};
static const struct sim_rule tag_resource_rules[] = {
    RESOURCE,
    {.name = "Tags", .required = true},
    ORG_RULES_END,
};
static const struct sim_rule untag_rules[] = {
    RESOURCE,
    {.name = "TagKeys", .required = true},
    ORG_RULES_END,
};

const struct sim_operation org_tag_operations[] = {
    ORG_WRITE("TagResource", tag_resource, tag_resource_rules),
    ORG_WRITE("UntagResource", untag_resource, untag_rules),
    ORG_READ("ListTagsForResource", list_tags, resource_rules),
    ORG_OPERATIONS_END,
};
