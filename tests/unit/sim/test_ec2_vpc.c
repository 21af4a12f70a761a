#include "caller.h"

extern const struct sim_service sim_service_ec2;

static int setup(void **state)
{
    return caller_setup_with(state, &sim_service_ec2, false);
}

static const char *first(struct caller *c, const char *operation, const char *set, const char *id)
{
    return json_str(json_at(json_get(ok(c, operation, "{}"), set), 0), id);
}

static const char *vpc(struct caller *c)
{
    return first(c, "DescribeVpcs", "vpcSet", "vpcId");
}

static const char *gateway(struct caller *c)
{
    return first(c, "DescribeInternetGateways", "internetGatewaySet", "internetGatewayId");
}

static void delete_subnets(struct caller *c)
{
    const char *subnet;

    while ((subnet = first(c, "DescribeSubnets", "subnetSet", "subnetId")) != NULL)
        ok(c, "DeleteSubnet", "{'SubnetId':'%s'}", subnet);
}

static void test_taking_it_apart(void **state)
{
    struct caller *c = *state;
    const char *id = vpc(c), *igw = gateway(c);

    fails(c, "DependencyViolation", "DeleteVpc", "{'VpcId':'%s'}", id);
    fails(c, "DependencyViolation", "DeleteInternetGateway", "{'InternetGatewayId':'%s'}", igw);
    delete_subnets(c);
    fails(c, "DependencyViolation", "DeleteVpc", "{'VpcId':'%s'}", id); /* the gateway */
    ok(c, "DetachInternetGateway", "{'InternetGatewayId':'%s','VpcId':'%s'}", igw, id);
    fails(c, "Gateway.NotAttached", "DetachInternetGateway",
          "{'InternetGatewayId':'%s','VpcId':'%s'}", igw, id);
    ok(c, "DeleteInternetGateway", "{'InternetGatewayId':'%s'}", igw);
    fails(c, "InvalidInternetGatewayID.NotFound", "DeleteInternetGateway",
          "{'InternetGatewayId':'%s'}", igw);
    ok(c, "DeleteVpc", "{'VpcId':'%s'}", id);
    fails(c, "InvalidVpcID.NotFound", "DeleteVpc", "{'VpcId':'%s'}", id);
    assert_int_equal(items(ok(c, "DescribeSecurityGroups", "{}"), "securityGroupInfo"), 0);
    assert_int_equal(items(ok(c, "DescribeRouteTables", "{}"), "routeTableSet"), 0);
    fails(c, "VPCIdNotSpecified", "CreateSecurityGroup",
          "{'GroupName':'web','GroupDescription':'x'}");
}

static void test_made_again(void **state)
{
    struct caller *c = *state;
    const char *before = vpc(c), *igw = gateway(c);

    fails(c, "DefaultVpcAlreadyExists", "CreateDefaultVpc", "{}");
    delete_subnets(c);
    ok(c, "DetachInternetGateway", "{'InternetGatewayId':'%s','VpcId':'%s'}", igw, before);
    ok(c, "DeleteInternetGateway", "{'InternetGatewayId':'%s'}", igw);
    ok(c, "DeleteVpc", "{'VpcId':'%s'}", before);
    ok(c, "CreateDefaultVpc", "{}");
    assert_string_not_equal(vpc(c), before);
    assert_int_equal(items(ok(c, "DescribeSubnets", "{}"), "subnetSet"), 3);
    assert_string_not_equal(gateway(c), igw);
}

static void test_what_is_in_use(void **state)
{
    struct caller *c = *state;
    const char *subnet = first(c, "DescribeSubnets", "subnetSet", "subnetId");
    const struct json *answer = ok(c, "CreateNetworkInterface", "{'SubnetId':'%s'}", subnet);
    const char *interface = json_str(json_get(answer, "networkInterface"), "networkInterfaceId");

    assert_string_equal(json_str(json_get(answer, "networkInterface"), "vpcId"), vpc(c));
    fails(c, "DependencyViolation", "DeleteSubnet", "{'SubnetId':'%s'}", subnet);
    ok(c, "DeleteNetworkInterface", "{'NetworkInterfaceId':'%s'}", interface);
    fails(c, "InvalidNetworkInterfaceID.NotFound", "DeleteNetworkInterface",
          "{'NetworkInterfaceId':'%s'}", interface);
    ok(c, "DeleteSubnet", "{'SubnetId':'%s'}", subnet);
    fails(c, "InvalidSubnetID.NotFound", "CreateNetworkInterface", "{'SubnetId':'%s'}", subnet);
    fails(c, "InvalidSubnetID.NotFound", "DeleteSubnet", "{'SubnetId':'%s'}", subnet);
    fails(c, "InvalidParameterValue", "DeleteSubnet", "{}");
}

static void test_security_groups(void **state)
{
    struct caller *c = *state;
    const char *id = vpc(c), *igw = gateway(c), *group;

    group = json_str(ok(c, "CreateSecurityGroup", "{'GroupName':'web','GroupDescription':'x'}"),
                     "groupId");
    fails(c, "InvalidGroup.Duplicate", "CreateSecurityGroup",
          "{'GroupName':'web','GroupDescription':'x','VpcId':'%s'}", id);
    fails(c, "InvalidVpcID.NotFound", "CreateSecurityGroup",
          "{'GroupName':'web','GroupDescription':'x','VpcId':'vpc-0'}");
    fails(c, "CannotDelete", "DeleteSecurityGroup", "{'GroupId':'%s'}",
          first(c, "DescribeSecurityGroups", "securityGroupInfo", "groupId"));
    delete_subnets(c);
    ok(c, "DetachInternetGateway", "{'InternetGatewayId':'%s','VpcId':'%s'}", igw, id);
    fails(c, "DependencyViolation", "DeleteVpc", "{'VpcId':'%s'}", id); /* the group */
    ok(c, "DeleteSecurityGroup", "{'GroupId':'%s'}", group);
    fails(c, "InvalidGroup.NotFound", "DeleteSecurityGroup", "{'GroupId':'%s'}", group);
    ok(c, "DeleteVpc", "{'VpcId':'%s'}", id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_taking_it_apart, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_made_again, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_what_is_in_use, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_security_groups, setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
