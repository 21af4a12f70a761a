/*
 * default_vpc.c - control "default_vpc": takes away the default VPC of every region, where nothing
 * is in it.
 *
 * Baseline:  default_vpc: { remove: true }
 * Source:    docs.aws.amazon.com/AWSEC2/latest/APIReference, API version 2016-11-15, DeleteVpc;
 *            Amazon VPC User Guide, "Delete your default subnets and default VPC"
 * Limits:    a VPC with a network interface, a security group or a route table of somebody's own is
 *            in use, stays, and is told.  Gateway endpoints, peerings and VPN gateways are not
 * looked at: with one of them AWS refuses the last step, and the run says so.  `aws ec2
 *            create-default-vpc` brings all back.  AWS has no bulk read: one call for each account
 *            and region, six where there is a default VPC.
 *
 * The subnets go first: AWS refuses to delete one that is in use, and without them nothing can be
 * started any more.  The VPC goes last, because it is by the VPC that a later run knows that it is
 * not done yet; and the internet gateway is tagged before it is detached, because a later run would
 * not know it again.
 */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"

enum { STEP_SUBNET, STEP_TAG, STEP_DETACH, STEP_GATEWAY, STEP_VPC };

struct vpc_spec {
    const struct node *node;
    bool remove;
};

struct vpc_seen {
    bool read;          /* false: the account does not exist yet */
    const char *vpc_id; /* NULL: there is none */
    const char **subnets;
    size_t subnet_count;
    const char *gateway_id; /* attached to it, or detached by us; NULL: none */
    bool gateway_is_attached, gateway_is_tagged;
    size_t interfaces, groups, route_tables; /* that are somebody's own */
};

static const enum aws_op vpc_ops[] = {
    AWS_EC2_DESCRIBE_VPCS,
    AWS_EC2_DESCRIBE_SUBNETS,
    AWS_EC2_DESCRIBE_INTERNET_GATEWAYS,
    AWS_EC2_DESCRIBE_NETWORK_INTERFACES,
    AWS_EC2_DESCRIBE_SECURITY_GROUPS,
    AWS_EC2_DESCRIBE_ROUTE_TABLES,
    AWS_EC2_DELETE_SUBNET,
    AWS_EC2_CREATE_TAGS,
    AWS_EC2_DETACH_INTERNET_GATEWAY,
    AWS_EC2_DELETE_INTERNET_GATEWAY,
    AWS_EC2_DELETE_VPC,
    AWS_OP_NONE,
};

static const struct field vpc_fields[] = {
    {.key = "remove",
     .type = FIELD_BOOL,
     .offset = offsetof(struct vpc_spec, remove),
     .required = true,
     .doc = "Whether default VPCs that nothing is in are deleted. One that is in use stays, and "
            "the report says what is in it."},
    {.key = NULL},
};

static const struct schema vpc_schema = {
    .name = "default_vpc",
    .doc = "The VPC that every account starts with in every region: all its subnets are public.",
    .size = sizeof(struct vpc_spec),
    .node_offset = offsetof(struct vpc_spec, node),
    .fields = vpc_fields,
};

/* --- Live ----------------------------------------------------------------------------------------
 */

static int list_where(struct control_ctx *ctx, enum aws_op op, const char *filter,
                      const char *value, const struct json **out, struct err *err)
{
    struct json *params = json_object(ctx->arena), *entry;

    entry = json_add_object(json_put_array(params, "Filter"));
    json_put_str(entry, "Name", filter);
    json_add_str(json_put_array(entry, "Value"), value);
    return aws_list(ctx->target, op, params, ctx->arena, out, err);
}

static int read_subnets(struct control_ctx *ctx, struct vpc_seen *seen, struct err *err)
{
    const struct json *list;

    if (list_where(ctx, AWS_EC2_DESCRIBE_SUBNETS, "vpc-id", seen->vpc_id, &list, err) != 0)
        return -1;
    seen->subnets = arena_array(ctx->arena, list->count, sizeof *seen->subnets);
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (json_need_str(it, "subnetId", &seen->subnets[seen->subnet_count++], err) != 0)
            return -1;
    return 0;
}

static bool is_tagged(const struct control_ctx *ctx, const struct json *tags)
{
    for (const struct json *it = json_first(tags); it != NULL; it = it->next)
        if (str_eq(json_str(it, "key"), CONTROL_TAG_KEY) &&
            str_eq(json_str(it, "value"), ctx->baseline->name))
            return true;
    return false;
}

/* All gateways of the region, which are few: ours may be detached already. */
static int read_gateway(struct control_ctx *ctx, struct vpc_seen *seen, struct err *err)
{
    const struct json *list;

    if (aws_list(ctx->target, AWS_EC2_DESCRIBE_INTERNET_GATEWAYS, NULL, ctx->arena, &list, err) !=
        0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next) {
        const struct json *attachment = json_at(json_get(it, "attachmentSet"), 0);
        bool tagged = is_tagged(ctx, json_get(it, "tagSet"));

        if (attachment == NULL ? !tagged : !str_eq(json_str(attachment, "vpcId"), seen->vpc_id))
            continue;
        seen->gateway_is_attached = attachment != NULL;
        seen->gateway_is_tagged = tagged;
        return json_need_str(it, "internetGatewayId", &seen->gateway_id, err);
    }
    return 0;
}

static bool is_main(const struct json *route_table)
{
    for (const struct json *it = json_first(json_get(route_table, "associationSet")); it != NULL;
         it = it->next)
        if (json_bool(it, "main", false))
            return true;
    return false;
}

/* What keeps the VPC. */
static int read_uses(struct control_ctx *ctx, struct vpc_seen *seen, struct err *err)
{
    const struct json *list;

    if (list_where(ctx, AWS_EC2_DESCRIBE_NETWORK_INTERFACES, "vpc-id", seen->vpc_id, &list, err) !=
        0)
        return -1;
    seen->interfaces = list->count;
    if (list_where(ctx, AWS_EC2_DESCRIBE_SECURITY_GROUPS, "vpc-id", seen->vpc_id, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        seen->groups += !str_eq(json_str(it, "groupName"), "default");
    if (list_where(ctx, AWS_EC2_DESCRIBE_ROUTE_TABLES, "vpc-id", seen->vpc_id, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        seen->route_tables += !is_main(it);
    return 0;
}

static int vpc_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct vpc_spec *spec = ctx->spec;
    struct vpc_seen *seen = out_seen;
    const struct json *list;

    seen->read = true;
    if (!spec->remove)
        return 0;
    if (list_where(ctx, AWS_EC2_DESCRIBE_VPCS, "is-default", "true", &list, err) != 0)
        return -1;
    if (list->count == 0)
        return 0;
    if (json_need_str(json_at(list, 0), "vpcId", &seen->vpc_id, err) != 0 ||
        read_uses(ctx, seen, err) != 0 || read_subnets(ctx, seen, err) != 0)
        return -1;
    return read_gateway(ctx, seen, err);
}

/* --- Compare -------------------------------------------------------------------------------------
 */

static const char *add_use(struct arena *arena, const char *text, size_t count, const char *what)
{
    if (count == 0)
        return text;
    return arena_printf(arena, "%s%s%zu %s%s", text, *text == '\0' ? "" : ", ", count, what,
                        count == 1 ? "" : "s");
}

/* "2 network interfaces, 1 security group"; "" if nothing is in it. */
static const char *uses_text(struct arena *arena, const struct vpc_seen *seen)
{
    const char *text = add_use(arena, "", seen->interfaces, "network interface");

    text = add_use(arena, text, seen->groups, "security group");
    return add_use(arena, text, seen->route_tables, "route table");
}

static void diff_gateway(const struct control_ctx *ctx, const struct vpc_seen *seen,
                         struct changes *out)
{
    if (seen->gateway_id == NULL)
        return;
    if (!seen->gateway_is_tagged)
        change_field(changes_add(out, CHANGE_UPDATE, STEP_TAG, NULL, "internet gateway %s",
                                 seen->gateway_id),
                     "tag " CONTROL_TAG_KEY, NULL, ctx->baseline->name);
    if (seen->gateway_is_attached)
        change_field(changes_add(out, CHANGE_DELETE, STEP_DETACH, NULL, "internet gateway %s",
                                 seen->gateway_id),
                     "attached to", seen->vpc_id, NULL);
    (void)changes_add(out, CHANGE_DELETE, STEP_GATEWAY, NULL, "internet gateway %s",
                      seen->gateway_id);
}

static void vpc_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct vpc_spec *spec = ctx->spec;
    const struct vpc_seen *seen = have;
    const char *uses = uses_text(ctx->arena, seen);

    if (!spec->remove)
        return;
    if (!seen->read)
        change_field(changes_add(out, CHANGE_DELETE, STEP_VPC, NULL, "default VPC and its subnets"),
                     "id", change_unknown, NULL);
    if (seen->vpc_id == NULL)
        return;
    if (*uses != '\0') {
        changes_note(out, "default VPC %s is in use and stays: %s", seen->vpc_id, uses);
        return;
    }
    for (size_t i = 0; i < seen->subnet_count; i++)
        (void)changes_add(out, CHANGE_DELETE, STEP_SUBNET, seen->subnets[i], "default subnet %s",
                          seen->subnets[i]);
    diff_gateway(ctx, seen, out);
    (void)changes_add(out, CHANGE_DELETE, STEP_VPC, NULL, "default VPC %s", seen->vpc_id);
}

static int vpc_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                     struct err *err)
{
    static const enum aws_op ops[] = {
        [STEP_SUBNET] = AWS_EC2_DELETE_SUBNET,
        [STEP_TAG] = AWS_EC2_CREATE_TAGS,
        [STEP_DETACH] = AWS_EC2_DETACH_INTERNET_GATEWAY,
        [STEP_GATEWAY] = AWS_EC2_DELETE_INTERNET_GATEWAY,
        [STEP_VPC] = AWS_EC2_DELETE_VPC,
    };
    const struct vpc_seen *seen = have;
    struct json *params = json_object(ctx->arena);

    if (change->step == STEP_SUBNET)
        json_put_str(params, "SubnetId", change->subject);
    if (change->step == STEP_DETACH || change->step == STEP_GATEWAY)
        json_put_str(params, "InternetGatewayId", seen->gateway_id);
    if (change->step == STEP_DETACH || change->step == STEP_VPC)
        json_put_str(params, "VpcId", seen->vpc_id);
    if (change->step == STEP_TAG) {
        json_add_str(json_put_array(params, "ResourceId"), seen->gateway_id);
        control_put_tags(params, "Tag", ctx->baseline, NULL, true);
    }
    return aws_call(ctx->target, ops[change->step], params, ctx->arena, NULL, err);
}

static const char *const vpc_after[] = {"accounts", NULL};

const struct control control_default_vpc = {
    .name = "default_vpc",
    .title = "no default VPC",
    .scope = CONTROL_PER_REGION,
    .actor = ACTOR_MEMBER,
    .after = vpc_after,
    .ops = vpc_ops,
    .schema = &vpc_schema,
    .seen_size = sizeof(struct vpc_seen),
    .observe = vpc_observe,
    .diff = vpc_diff,
    .apply = vpc_apply,
};
