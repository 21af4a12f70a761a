/*
 * ec2_network.c - VPCs and what is in them, as records and as they are shown.
 *
 * Every account has a default VPC in every region, which costs nothing here until somebody changes
 * it: without the record (account, region, "ec2-network", "self") the network is computed, ids
 * included, and with it the records of the kinds below are what there is.
 * Source: Amazon VPC User Guide, "Default VPC components"; Amazon EC2 API Reference, version
 *         2016-11-15.
 * Limits: three availability zones in every region.  No network ACLs, DHCP options, endpoints and
 *         peerings.
 */
#include "ec2_priv.h"

#include "plinth/codec/hash.h"

#include <string.h>

enum { ZONES = 3, PAGE_MOST = 1000 };

const struct ec2_kind ec2_vpcs = {
    .kind = "ec2-vpc",
    .id = "vpcId",
    .set = "vpcSet",
    .param = "VpcId",
    .missing = "InvalidVpcID.NotFound",
    .filters = {{"vpc-id", "vpcId"},
                {"is-default", "isDefault"},
                {"isDefault", "isDefault"},
                {"state", "state"},
                {"cidr", "cidrBlock"}},
};
const struct ec2_kind ec2_subnets = {
    .kind = "ec2-subnet",
    .id = "subnetId",
    .set = "subnetSet",
    .param = "SubnetId",
    .missing = "InvalidSubnetID.NotFound",
    .filters = {{"subnet-id", "subnetId"},
                {"vpc-id", "vpcId"},
                {"default-for-az", "defaultForAz"},
                {"availability-zone", "availabilityZone"}},
};
const struct ec2_kind ec2_gateways = {
    .kind = "ec2-internet-gateway",
    .id = "internetGatewayId",
    .set = "internetGatewaySet",
    .param = "InternetGatewayId",
    .missing = "InvalidInternetGatewayID.NotFound",
    .filters = {{"internet-gateway-id", "internetGatewayId"}, {"attachment.vpc-id", "_vpc"}},
};
const struct ec2_kind ec2_groups = {
    .kind = "ec2-security-group",
    .id = "groupId",
    .set = "securityGroupInfo",
    .param = "GroupId",
    .missing = "InvalidGroup.NotFound",
    .filters = {{"group-id", "groupId"}, {"group-name", "groupName"}, {"vpc-id", "vpcId"}},
};
const struct ec2_kind ec2_route_tables = {
    .kind = "ec2-route-table",
    .id = "routeTableId",
    .set = "routeTableSet",
    .param = "RouteTableId",
    .missing = "InvalidRouteTableID.NotFound",
    .filters = {{"route-table-id", "routeTableId"},
                {"vpc-id", "vpcId"},
                {"association.main", "_main"}},
};
const struct ec2_kind ec2_interfaces = {
    .kind = "ec2-network-interface",
    .id = "networkInterfaceId",
    .set = "networkInterfaceSet",
    .param = "NetworkInterfaceId",
    .missing = "InvalidNetworkInterfaceID.NotFound",
    .filters = {{"network-interface-id", "networkInterfaceId"},
                {"vpc-id", "vpcId"},
                {"subnet-id", "subnetId"}},
};

/* --- A default VPC -------------------------------------------------------------------------------
 */

const char *ec2_id(struct sim_call *call, const char *prefix)
{
    return sim_id(call, prefix, 17, SIM_HEX_DIGITS);
}

/* The id of what is there from the start: the same whenever it is asked for. */
static const char *first_id(struct sim_call *call, const char *prefix, int number)
{
    const char *seed =
        arena_printf(call->arena, "%s %s %s%d", call->account, call->region, prefix, number);
    char hex[SHA256_HEX_BYTES];

    sha256_hex(seed, strlen(seed), hex);
    return arena_printf(call->arena, "%s%.17s", prefix, hex);
}

struct ids {
    const char *vpc, *gateway, *group, *route_table, *subnets[ZONES];
};

static struct ids ids_first(struct sim_call *call)
{
    struct ids ids = {first_id(call, "vpc-", 0),
                      first_id(call, "igw-", 0),
                      first_id(call, "sg-", 0),
                      first_id(call, "rtb-", 0),
                      {NULL}};

    for (int i = 0; i < ZONES; i++)
        ids.subnets[i] = first_id(call, "subnet-", i);
    return ids;
}

static struct ids ids_new(struct sim_call *call)
{
    struct ids ids = {ec2_id(call, "vpc-"),
                      ec2_id(call, "igw-"),
                      ec2_id(call, "sg-"),
                      ec2_id(call, "rtb-"),
                      {NULL}};

    for (int i = 0; i < ZONES; i++)
        ids.subnets[i] = ec2_id(call, "subnet-");
    return ids;
}

static struct json *thing(struct sim_call *call, struct json *list, const struct ec2_kind *kind,
                          const char *id, const char *vpc)
{
    struct json *out = json_add_object(list);

    json_put_str(out, kind->id, id);
    json_put_str(out, "ownerId", call->account);
    json_put_str(out, "vpcId", vpc);
    return out;
}

static void put_vpc(struct sim_call *call, struct json *list, const struct ids *ids)
{
    struct json *out = thing(call, list, &ec2_vpcs, ids->vpc, NULL);

    json_put_str(out, "state", "available");
    json_put_str(out, "cidrBlock", "172.31.0.0/16");
    json_put_str(out, "instanceTenancy", "default");
    json_put_bool(out, "isDefault", true);
}

static void put_subnets(struct sim_call *call, struct json *list, const struct ids *ids)
{
    for (int i = 0; i < ZONES; i++) {
        struct json *out = thing(call, list, &ec2_subnets, ids->subnets[i], ids->vpc);

        json_put_str(out, "state", "available");
        json_put_str(out, "cidrBlock", arena_printf(call->arena, "172.31.%d.0/20", 16 * i));
        json_put_str(out, "availabilityZone",
                     arena_printf(call->arena, "%s%c", call->region, 'a' + i));
        json_put_number(out, "availableIpAddressCount", 4091);
        json_put_bool(out, "defaultForAz", true);
        json_put_bool(out, "mapPublicIpOnLaunch", true);
    }
}

static void put_gateway(struct sim_call *call, struct json *list, const struct ids *ids)
{
    struct json *out = thing(call, list, &ec2_gateways, ids->gateway, NULL);

    json_put_str(out, "_vpc", ids->vpc);
}

static void put_group(struct sim_call *call, struct json *list, const struct ids *ids)
{
    struct json *out = thing(call, list, &ec2_groups, ids->group, ids->vpc);

    json_put_str(out, "groupName", "default");
    json_put_str(out, "groupDescription", "default VPC security group");
}

static void put_route_table(struct sim_call *call, struct json *list, const struct ids *ids)
{
    json_put_str(thing(call, list, &ec2_route_tables, ids->route_table, ids->vpc), "_main", "true");
}

/* Every kind, and what of it a default VPC consists of. */
static const struct {
    const struct ec2_kind *kind;
    void (*put)(struct sim_call *call, struct json *list, const struct ids *ids); /* NULL: none */
} parts[] = {
    {&ec2_vpcs, put_vpc},     {&ec2_subnets, put_subnets},          {&ec2_gateways, put_gateway},
    {&ec2_groups, put_group}, {&ec2_route_tables, put_route_table}, {&ec2_interfaces, NULL},
};

enum { PARTS = sizeof parts / sizeof parts[0] };

static struct json *default_things(struct sim_call *call, const struct ec2_kind *kind,
                                   const struct ids *ids)
{
    struct json *list = json_array(call->arena);

    for (size_t i = 0; i < PARTS; i++)
        if (parts[i].kind == kind && parts[i].put != NULL)
            parts[i].put(call, list, ids);
    return list;
}

static void store_default(struct sim_call *call, const struct ids *ids)
{
    for (size_t i = 0; i < PARTS; i++) {
        const struct ec2_kind *kind = parts[i].kind;
        const struct json *list = default_things(call, kind, ids);

        for (const struct json *it = json_first(list); it != NULL; it = it->next)
            sim_put(call, call->account, call->region, kind->kind, json_str(it, kind->id), it);
    }
}

/* --- What there is -------------------------------------------------------------------------------
 */

static bool is_stored(const struct sim_call *call)
{
    return sim_has(call, call->account, call->region, "ec2-network", "self");
}

static void store(struct sim_call *call)
{
    struct ids ids;

    if (is_stored(call))
        return;
    ids = ids_first(call);
    store_default(call, &ids);
    sim_put(call, call->account, call->region, "ec2-network", "self", json_object(call->arena));
}

const struct json *ec2_all(struct sim_call *call, const struct ec2_kind *kind)
{
    struct json *list = json_array(call->arena);
    struct ids ids;

    if (!is_stored(call)) {
        ids = ids_first(call);
        return default_things(call, kind, &ids);
    }
    for (const struct sim_record *it = sim_first(call, call->account, call->region, kind->kind);
         it != NULL; it = sim_store_next(it))
        json_add(list, sim_record_json(it, call->arena));
    return list;
}

struct json *ec2_get(struct sim_call *call, const struct ec2_kind *kind, const char *id)
{
    for (const struct json *it = json_first(ec2_all(call, kind)); it != NULL; it = it->next)
        if (str_eq(json_str(it, kind->id), id))
            return json_copy(it, call->arena);
    return NULL;
}

int ec2_need(struct sim_call *call, const struct ec2_kind *kind, struct json **out)
{
    const char *id = sim_param(call, kind->param);

    *out = ec2_get(call, kind, id);
    if (*out == NULL)
        return sim_error(call, kind->missing, 400, "The %s '%s' does not exist", kind->param, id);
    return 0;
}

void ec2_put(struct sim_call *call, const struct ec2_kind *kind, const struct json *record)
{
    store(call);
    sim_put(call, call->account, call->region, kind->kind, json_str(record, kind->id), record);
}

void ec2_delete(struct sim_call *call, const struct ec2_kind *kind, const char *id)
{
    store(call);
    (void)sim_delete(call, call->account, call->region, kind->kind, id);
}

const struct json *ec2_default_vpc(struct sim_call *call)
{
    for (const struct json *it = json_first(ec2_all(call, &ec2_vpcs)); it != NULL; it = it->next)
        if (json_bool(it, "isDefault", false))
            return it;
    return NULL;
}

void ec2_create_default_vpc(struct sim_call *call)
{
    struct ids ids = ids_new(call);

    store(call);
    store_default(call, &ids);
}

int ec2_tag(struct sim_call *call, const char *id, const struct json *tags)
{
    for (size_t i = 0; i < PARTS; i++) {
        struct json *found = ec2_get(call, parts[i].kind, id);

        if (found == NULL)
            continue;
        if (tags != NULL) {
            sim_set(found, "_tags", sim_tags_with(call->arena, json_get(found, "_tags"), tags));
            ec2_put(call, parts[i].kind, found);
        }
        return 0;
    }
    return sim_error(call, "InvalidID", 400, "The ID '%s' is not valid", id);
}

/* --- As it is shown ------------------------------------------------------------------------------
 */

struct json *ec2_shown(struct sim_call *call, const struct json *record)
{
    struct json *out = json_copy(record, call->arena), *tags = json_put_array(out, "tagSet"), *list;
    const char *vpc = json_str(record, "_vpc");

    for (const struct json *it = json_first(json_get(record, "_tags")); it != NULL; it = it->next) {
        struct json *tag = json_add_object(tags);

        json_put_str(tag, "key", json_str(it, "Key"));
        json_put_str(tag, "value", json_str(it, "Value"));
    }
    if (json_get(record, ec2_gateways.id) != NULL) {
        list = json_put_array(out, "attachmentSet");
        if (vpc != NULL) {
            struct json *attachment = json_add_object(list);

            json_put_str(attachment, "vpcId", vpc);
            json_put_str(attachment, "state", "available");
        }
    }
    if (json_get(record, "_main") != NULL) {
        struct json *association = json_add_object(json_put_array(out, "associationSet"));

        json_put_str(association, "routeTableId", json_str(record, "routeTableId"));
        json_put_bool(association, "main", true);
    }
    return out;
}

static bool in_list(const struct json *list, const char *text)
{
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (it->type == JSON_STRING && sim_glob(it->string, text, false))
            return true;
    return false;
}

/* The value of a member as filters see it; NULL: it has none. */
static const char *filter_value(const struct ec2_kind *kind, const struct json *record,
                                const char *filter)
{
    for (size_t i = 0; i < EC2_FILTERS_MOST && kind->filters[i].name != NULL; i++) {
        const struct json *member = json_get(record, kind->filters[i].member);

        if (!str_eq(kind->filters[i].name, filter))
            continue;
        return member != NULL && member->type == JSON_BOOL ? (member->boolean ? "true" : "false")
                                                           : json_str(record, member->key);
    }
    if (str_starts(filter, "tag:"))
        for (const struct json *it = json_first(json_get(record, "_tags")); it != NULL;
             it = it->next)
            if (str_eq(json_str(it, "Key"), filter + strlen("tag:")))
                return json_str(it, "Value");
    return NULL;
}

static bool is_filter(const struct ec2_kind *kind, const char *name)
{
    for (size_t i = 0; i < EC2_FILTERS_MOST && kind->filters[i].name != NULL; i++)
        if (str_eq(kind->filters[i].name, name))
            return true;
    return name != NULL && str_starts(name, "tag:");
}

static int check_filters(struct sim_call *call, const struct ec2_kind *kind)
{
    for (const struct json *it = json_first(json_get(call->params, "Filter")); it != NULL;
         it = it->next)
        if (!is_filter(kind, json_str(it, "Name")))
            return sim_bad_input(call, "The filter '%s' is invalid",
                                 json_str(it, "Name") == NULL ? "null" : json_str(it, "Name"));
    return 0;
}

static bool passes(struct sim_call *call, const struct ec2_kind *kind, const struct json *record)
{
    for (const struct json *it = json_first(json_get(call->params, "Filter")); it != NULL;
         it = it->next) {
        const char *value = filter_value(kind, record, json_str(it, "Name"));

        if (value == NULL || !in_list(json_get(it, "Value"), value))
            return false;
    }
    return true;
}

/* The ids that are asked for by name must all be there. */
static int check_ids(struct sim_call *call, const struct ec2_kind *kind)
{
    for (const struct json *it = json_first(json_get(call->params, kind->param)); it != NULL;
         it = it->next)
        if (ec2_get(call, kind, it->string) == NULL)
            return sim_error(call, kind->missing, 400, "The %s '%s' does not exist", kind->param,
                             it->string);
    return 0;
}

/* The token is the id that the page before ended with. */
int ec2_describe(struct sim_call *call, const struct ec2_kind *kind)
{
    const struct json *ids = json_get(call->params, kind->param);
    const char *after = sim_param(call, "NextToken"), *last = NULL;
    size_t most = (size_t)json_number(call->params, "MaxResults", PAGE_MOST);
    struct json *out = json_put_array(call->answer, kind->set);

    if (check_filters(call, kind) != 0 || check_ids(call, kind) != 0)
        return -1;
    if (after != NULL && ec2_get(call, kind, after) == NULL)
        return sim_error(call, "InvalidNextToken", 400, "The token '%s' is invalid", after);
    for (const struct json *it = json_first(ec2_all(call, kind)); it != NULL; it = it->next) {
        const char *id = json_str(it, kind->id);

        if (after != NULL) {
            if (str_eq(id, after))
                after = NULL;
            continue;
        }
        if ((ids != NULL && !in_list(ids, id)) || !passes(call, kind, it))
            continue;
        if (out->count == most) {
            json_put_str(call->answer, "nextToken", last);
            break;
        }
        json_add(out, ec2_shown(call, it));
        last = id;
    }
    return 0;
}
