/*
 * ec2_vpc.c - looking at VPCs and what is in them, and taking them apart.
 *
 * Source: Amazon EC2 API Reference, version 2016-11-15: DeleteVpc and the others; "Error codes".
 * Limits: VPCs are made by CreateDefaultVpc only.
 */
#include "ec2_priv.h"

static int dependency(struct sim_call *call, const char *what, const char *id)
{
    return sim_error(call, "DependencyViolation", 400,
                     "The %s '%s' has dependencies and cannot be deleted.", what, id);
}

/* Whether something of `kind` has this member. */
static bool any_with(struct sim_call *call, const struct ec2_kind *kind, const char *member,
                     const char *value)
{
    for (const struct json *it = json_first(ec2_all(call, kind)); it != NULL; it = it->next)
        if (str_eq(json_str(it, member), value))
            return true;
    return false;
}

/* --- Describe ------------------------------------------------------------------------------------
 */

static int describe_vpcs(struct sim_call *call)
{
    return ec2_describe(call, &ec2_vpcs);
}

static int describe_subnets(struct sim_call *call)
{
    return ec2_describe(call, &ec2_subnets);
}

static int describe_gateways(struct sim_call *call)
{
    return ec2_describe(call, &ec2_gateways);
}

static int describe_groups(struct sim_call *call)
{
    return ec2_describe(call, &ec2_groups);
}

static int describe_route_tables(struct sim_call *call)
{
    return ec2_describe(call, &ec2_route_tables);
}

static int describe_interfaces(struct sim_call *call)
{
    return ec2_describe(call, &ec2_interfaces);
}

/* --- Tags ----------------------------------------------------------------------------------------
 */

static int create_tags(struct sim_call *call)
{
    const struct json *ids = json_get(call->params, "ResourceId");

    for (const struct json *it = json_first(ids); it != NULL; it = it->next)
        if (ec2_tag(call, it->string, NULL) != 0)
            return -1;
    for (const struct json *it = json_first(ids); it != NULL; it = it->next)
        if (ec2_tag(call, it->string, json_get(call->params, "Tag")) != 0)
            return -1;
    json_put_bool(call->answer, "return", true);
    return 0;
}

/* --- Internet gateways ---------------------------------------------------------------------------
 */

static int detach_gateway(struct sim_call *call)
{
    const char *vpc = sim_param(call, "VpcId");
    struct json *gateway;

    if (ec2_need(call, &ec2_gateways, &gateway) != 0)
        return -1;
    if (!str_eq(json_str(gateway, "_vpc"), vpc))
        return sim_error(call, "Gateway.NotAttached", 400,
                         "resource %s is not attached to network %s",
                         sim_param(call, "InternetGatewayId"), vpc);
    json_remove(gateway, "_vpc");
    ec2_put(call, &ec2_gateways, gateway);
    json_put_bool(call->answer, "return", true);
    return 0;
}

static int delete_gateway(struct sim_call *call)
{
    const char *id = sim_param(call, "InternetGatewayId");
    struct json *gateway;

    if (ec2_need(call, &ec2_gateways, &gateway) != 0)
        return -1;
    if (json_get(gateway, "_vpc") != NULL)
        return dependency(call, "internetGateway", id);
    ec2_delete(call, &ec2_gateways, id);
    json_put_bool(call->answer, "return", true);
    return 0;
}

/* --- Subnets and network interfaces --------------------------------------------------------------
 */

static int delete_subnet(struct sim_call *call)
{
    const char *id = sim_param(call, "SubnetId");
    struct json *subnet;

    if (ec2_need(call, &ec2_subnets, &subnet) != 0)
        return -1;
    if (any_with(call, &ec2_interfaces, "subnetId", id))
        return dependency(call, "subnet", id);
    ec2_delete(call, &ec2_subnets, id);
    json_put_bool(call->answer, "return", true);
    return 0;
}

static int create_interface(struct sim_call *call)
{
    struct json *subnet, *interface;

    if (ec2_need(call, &ec2_subnets, &subnet) != 0)
        return -1;
    interface = json_object(call->arena);
    json_put_str(interface, ec2_interfaces.id, ec2_id(call, "eni-"));
    json_put_str(interface, "subnetId", json_str(subnet, "subnetId"));
    json_put_str(interface, "vpcId", json_str(subnet, "vpcId"));
    json_put_str(interface, "availabilityZone", json_str(subnet, "availabilityZone"));
    json_put_str(interface, "description", sim_param(call, "Description"));
    json_put_str(interface, "ownerId", call->account);
    json_put_str(interface, "status", "available");
    ec2_put(call, &ec2_interfaces, interface);
    json_put(call->answer, "networkInterface", ec2_shown(call, interface));
    return 0;
}

static int delete_interface(struct sim_call *call)
{
    struct json *interface;

    if (ec2_need(call, &ec2_interfaces, &interface) != 0)
        return -1;
    ec2_delete(call, &ec2_interfaces, json_str(interface, ec2_interfaces.id));
    json_put_bool(call->answer, "return", true);
    return 0;
}

/* --- Security groups -----------------------------------------------------------------------------
 */

static bool has_group(struct sim_call *call, const char *vpc, const char *name)
{
    for (const struct json *it = json_first(ec2_all(call, &ec2_groups)); it != NULL; it = it->next)
        if (str_eq(json_str(it, "vpcId"), vpc) && str_eq(json_str(it, "groupName"), name))
            return true;
    return false;
}

/* Without a VPC it goes to the default one. */
static int create_group(struct sim_call *call)
{
    const char *name = sim_param(call, "GroupName"), *id;
    struct json *vpc, *group;

    if (sim_param(call, "VpcId") == NULL) {
        if (ec2_default_vpc(call) == NULL)
            return sim_error(call, "VPCIdNotSpecified", 400, "No default VPC for this user");
        vpc = json_copy(ec2_default_vpc(call), call->arena);
    } else if (ec2_need(call, &ec2_vpcs, &vpc) != 0) {
        return -1;
    }
    if (has_group(call, json_str(vpc, "vpcId"), name))
        return sim_error(call, "InvalidGroup.Duplicate", 400,
                         "The security group '%s' already exists for VPC '%s'", name,
                         json_str(vpc, "vpcId"));
    id = ec2_id(call, "sg-");
    group = json_object(call->arena);
    json_put_str(group, ec2_groups.id, id);
    json_put_str(group, "ownerId", call->account);
    json_put_str(group, "vpcId", json_str(vpc, "vpcId"));
    json_put_str(group, "groupName", name);
    json_put_str(group, "groupDescription", sim_param(call, "GroupDescription"));
    ec2_put(call, &ec2_groups, group);
    json_put_str(call->answer, "groupId", id);
    return 0;
}

static int delete_group(struct sim_call *call)
{
    struct json *group;

    if (ec2_need(call, &ec2_groups, &group) != 0)
        return -1;
    if (str_eq(json_str(group, "groupName"), "default"))
        return sim_error(
            call, "CannotDelete", 400,
            "the specified group: \"%s\" name: \"default\" cannot be deleted by a user",
            json_str(group, "groupId"));
    ec2_delete(call, &ec2_groups, json_str(group, "groupId"));
    json_put_bool(call->answer, "return", true);
    return 0;
}

/* --- VPCs ----------------------------------------------------------------------------------------
 */

static bool is_own(const struct json *it)
{
    return str_eq(json_str(it, "groupName"), "default") || json_get(it, "_main") != NULL;
}

/* The default security group and the main route table go with the VPC; all else holds it. */
static int delete_vpc(struct sim_call *call)
{
    static const struct ec2_kind *const own[] = {&ec2_groups, &ec2_route_tables};
    const char *id = sim_param(call, "VpcId");
    struct json *vpc;

    if (ec2_need(call, &ec2_vpcs, &vpc) != 0)
        return -1;
    if (any_with(call, &ec2_subnets, "vpcId", id) || any_with(call, &ec2_gateways, "_vpc", id))
        return dependency(call, "vpc", id);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        for (const struct json *it = json_first(ec2_all(call, own[i])); it != NULL; it = it->next)
            if (str_eq(json_str(it, "vpcId"), id) && !is_own(it))
                return dependency(call, "vpc", id);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        for (const struct json *it = json_first(ec2_all(call, own[i])); it != NULL; it = it->next)
            if (str_eq(json_str(it, "vpcId"), id))
                ec2_delete(call, own[i], json_str(it, own[i]->id));
    ec2_delete(call, &ec2_vpcs, id);
    json_put_bool(call->answer, "return", true);
    return 0;
}

static int create_default_vpc(struct sim_call *call)
{
    if (ec2_default_vpc(call) != NULL)
        return sim_error(call, "DefaultVpcAlreadyExists", 400,
                         "A Default VPC already exists for this account in this region.");
    ec2_create_default_vpc(call);
    json_put(call->answer, "vpc", ec2_shown(call, ec2_default_vpc(call)));
    return 0;
}

/* --- The tables ----------------------------------------------------------------------------------
 */

#define NEEDS(NAME)                                                                                \
    {                                                                                              \
        .name = (NAME), .required = true, .min = 1                                                 \
    }

static const struct sim_rule describe_rules[] = {
    {.name = "MaxResults", .number = true, .min = 5, .max = 1000},
    {.name = NULL},
};
static const struct sim_rule vpc_rules[] = {NEEDS("VpcId"), {.name = NULL}};
static const struct sim_rule subnet_rules[] = {NEEDS("SubnetId"), {.name = NULL}};
static const struct sim_rule gateway_rules[] = {NEEDS("InternetGatewayId"), {.name = NULL}};
static const struct sim_rule detach_rules[] = {
    NEEDS("InternetGatewayId"), NEEDS("VpcId"), {.name = NULL}};
static const struct sim_rule interface_rules[] = {NEEDS("NetworkInterfaceId"), {.name = NULL}};
static const struct sim_rule group_rules[] = {NEEDS("GroupId"), {.name = NULL}};
static const struct sim_rule create_group_rules[] = {
    NEEDS("GroupName"), NEEDS("GroupDescription"), {.name = NULL}};
static const struct sim_rule tag_rules[] = {
    {.name = "ResourceId", .required = true}, {.name = "Tag", .required = true}, {.name = NULL}};

const struct sim_operation ec2_vpc_operations[] = {
    EC2_READ("DescribeVpcs", describe_vpcs, describe_rules),
    EC2_READ("DescribeSubnets", describe_subnets, describe_rules),
    EC2_READ("DescribeInternetGateways", describe_gateways, describe_rules),
    EC2_READ("DescribeSecurityGroups", describe_groups, describe_rules),
    EC2_READ("DescribeRouteTables", describe_route_tables, describe_rules),
    EC2_READ("DescribeNetworkInterfaces", describe_interfaces, describe_rules),
    EC2_WRITE("CreateTags", create_tags, tag_rules),
    EC2_WRITE("DetachInternetGateway", detach_gateway, detach_rules),
    EC2_WRITE("DeleteInternetGateway", delete_gateway, gateway_rules),
    EC2_WRITE("DeleteSubnet", delete_subnet, subnet_rules),
    EC2_WRITE("CreateNetworkInterface", create_interface, subnet_rules),
    EC2_WRITE("DeleteNetworkInterface", delete_interface, interface_rules),
    EC2_WRITE("CreateSecurityGroup", create_group, create_group_rules),
    EC2_WRITE("DeleteSecurityGroup", delete_group, group_rules),
    EC2_WRITE("DeleteVpc", delete_vpc, vpc_rules),
    EC2_WRITE("CreateDefaultVpc", create_default_vpc, NULL),
    EC2_END,
};
