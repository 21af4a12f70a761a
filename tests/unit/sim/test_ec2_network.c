#include "world.h"

/* EC2 in the client's region. */
__attribute__((format(printf, 2, 3))) static const struct json *ec2(struct sim_client *client,
                                                                    const char *format, ...)
{
    const char *fields;
    va_list args;

    va_start(args, format);
    fields = arena_vprintf(client->arena, format, args);
    va_end(args);
    return sim_client_query(client, "ec2", "2016-11-15", fields);
}

/* All but what CloudTrail keeps of the calls. */
static size_t records(const struct sim_client *client)
{
    const struct json *all = json_get(sim_dump(client->sim, client->arena), "records");
    size_t count = 0;

    for (const struct json *it = json_first(all); it != NULL; it = it->next)
        count += !str_starts(json_str(it, "kind"), "trail-");
    return count;
}

static const char *vpc_id(struct sim_client *client)
{
    const struct json *answer = ec2(client, "Action=DescribeVpcs");

    return json_str(json_at(json_get(answer, "vpcSet"), 0), "vpcId");
}

static void test_every_region_starts_with_one(void **state)
{
    struct sim_client *client = *state;
    size_t before = records(client);
    const char *here = vpc_id(client), *there;
    const struct json *vpc, *subnets, *gateways, *groups, *tables;

    assert_true(str_starts(here, "vpc-"));
    assert_int_equal(strlen(here), strlen("vpc-") + 17);
    vpc = json_at(json_get(ec2(client, "Action=DescribeVpcs"), "vpcSet"), 0);
    assert_true(json_bool(vpc, "isDefault", false));
    assert_string_equal(json_str(vpc, "cidrBlock"), "172.31.0.0/16");
    subnets = json_get(ec2(client, "Action=DescribeSubnets"), "subnetSet");
    assert_int_equal(subnets->count, 3);
    assert_string_equal(json_str(json_at(subnets, 2), "availabilityZone"), "us-east-1c");
    assert_string_equal(json_str(json_at(subnets, 2), "cidrBlock"), "172.31.32.0/20");
    gateways = json_get(ec2(client, "Action=DescribeInternetGateways"), "internetGatewaySet");
    assert_string_equal(
        json_str(json_at(json_get(json_at(gateways, 0), "attachmentSet"), 0), "vpcId"), here);
    groups = json_get(ec2(client, "Action=DescribeSecurityGroups"), "securityGroupInfo");
    assert_string_equal(json_str(json_at(groups, 0), "groupName"), "default");
    tables = json_get(ec2(client, "Action=DescribeRouteTables"), "routeTableSet");
    assert_true(
        json_bool(json_at(json_get(json_at(tables, 0), "associationSet"), 0), "main", false));
    assert_int_equal(
        json_get(ec2(client, "Action=DescribeNetworkInterfaces"), "networkInterfaceSet")->count, 0);
    client->region = "eu-west-1";
    there = vpc_id(client);
    assert_string_not_equal(here, there);
    client->region = "us-east-1";
    assert_string_equal(vpc_id(client), here); /* the same whenever one looks */
    assert_int_equal(records(client), before); /* and nothing of it is stored */
}

static void test_a_change_keeps_the_rest(void **state)
{
    struct sim_client *client = *state;
    const char *vpc = vpc_id(client), *subnet, *left;
    const struct json *subnets = json_get(ec2(client, "Action=DescribeSubnets"), "subnetSet");

    subnet = json_str(json_at(subnets, 0), "subnetId");
    left = json_str(json_at(subnets, 1), "subnetId");
    (void)ec2(client, "Action=DeleteSubnet&SubnetId=%s", subnet);
    EXPECT(client, "");
    subnets = json_get(ec2(client, "Action=DescribeSubnets"), "subnetSet");
    assert_int_equal(subnets->count, 2);
    assert_string_equal(json_str(json_at(subnets, 0), "subnetId"), left);
    assert_string_equal(vpc_id(client), vpc);
}

static size_t found(struct sim_client *client, const char *fields, const char *set)
{
    const struct json *answer = ec2(client, "%s", fields);

    EXPECT(client, "");
    return json_get(answer, set)->count;
}

static void test_filters_ids_and_tags(void **state)
{
    struct sim_client *client = *state;
    const char *vpc = vpc_id(client);
    const struct json *subnets = json_get(ec2(client, "Action=DescribeSubnets"), "subnetSet");
    const char *subnet = json_str(json_at(subnets, 0), "subnetId");

    assert_int_equal(found(client,
                           "Action=DescribeVpcs&Filter.1.Name=is-default&Filter.1.Value.1=true",
                           "vpcSet"),
                     1);
    assert_int_equal(found(client,
                           "Action=DescribeVpcs&Filter.1.Name=is-default&Filter.1.Value.1=false",
                           "vpcSet"),
                     0);
    assert_int_equal(found(client,
                           arena_printf(client->arena,
                                        "Action=DescribeInternetGateways&Filter.1.Name="
                                        "attachment.vpc-id&Filter.1.Value.1=%s",
                                        vpc),
                           "internetGatewaySet"),
                     1);
    assert_int_equal(
        found(client, arena_printf(client->arena, "Action=DescribeSubnets&SubnetId.1=%s", subnet),
              "subnetSet"),
        1);
    (void)ec2(client, "Action=CreateTags&ResourceId.1=%s&Tag.1.Key=owner&Tag.1.Value=web", subnet);
    EXPECT(client, "");
    assert_int_equal(found(client,
                           "Action=DescribeSubnets&Filter.1.Name=tag:owner&Filter.1.Value.1=web",
                           "subnetSet"),
                     1);
    assert_int_equal(found(client,
                           "Action=DescribeSubnets&Filter.1.Name=tag:owner&Filter.1.Value.1=db",
                           "subnetSet"),
                     0);
    subnets =
        json_get(ec2(client, "Action=DescribeSubnets&Filter.1.Name=tag:owner&Filter.1.Value.1=*"),
                 "subnetSet");
    assert_string_equal(json_str(json_at(json_get(json_at(subnets, 0), "tagSet"), 0), "key"),
                        "owner");
    (void)ec2(client, "Action=DescribeVpcs&Filter.1.Name=colour&Filter.1.Value.1=red");
    EXPECT(client, "InvalidParameterValue");
    (void)ec2(client, "Action=DescribeVpcs&VpcId.1=vpc-0");
    EXPECT(client, "InvalidVpcID.NotFound");
    (void)ec2(client, "Action=CreateTags&ResourceId.1=vpc-0&Tag.1.Key=a&Tag.1.Value=b");
    EXPECT(client, "InvalidID");
}

static void test_pages(void **state)
{
    struct sim_client *client = *state;
    const struct json *answer;

    for (int i = 0; i < 6; i++)
        (void)ec2(client, "Action=CreateSecurityGroup&GroupName=g%d&GroupDescription=x&VpcId=%s", i,
                  vpc_id(client));
    answer = ec2(client, "Action=DescribeSecurityGroups&MaxResults=5");
    assert_int_equal(json_get(answer, "securityGroupInfo")->count, 5);
    answer = ec2(client, "Action=DescribeSecurityGroups&MaxResults=5&NextToken=%s",
                 json_str(answer, "nextToken"));
    assert_int_equal(json_get(answer, "securityGroupInfo")->count, 2);
    assert_null(json_get(answer, "nextToken"));
    (void)ec2(client, "Action=DescribeSecurityGroups&NextToken=nothing");
    EXPECT(client, "InvalidNextToken");
    (void)ec2(client, "Action=DescribeSecurityGroups&MaxResults=2");
    EXPECT(client, "InvalidParameterValue");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_every_region_starts_with_one),
        WORLD_TEST(test_a_change_keeps_the_rest),
        WORLD_TEST(test_filters_ids_and_tags),
        WORLD_TEST(test_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
