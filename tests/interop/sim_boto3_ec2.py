"""Account-wide settings of EC2 and default VPCs on the simulator, with boto3.

    sim_boto3_ec2.py SIM_SERVER
"""
import json
import sys
import unittest

import sim_boto3
from sim_boto3 import Case, Sandbox

POLICY = {"ec2_attributes": {
    "exception_message": {"@@assign": "Ask the platform team."},
    "snapshot_block_public_access": {"state": {"@@assign": "block_all_sharing"}},
    "image_block_public_access": {"state": {"@@assign": "block_new_sharing"}},
    "serial_console_access": {"status": {"@@assign": "disabled"}},
    "instance_metadata_defaults": {"http_tokens": {"@@assign": "required"},
                                   "http_put_response_hop_limit": {"@@assign": "2"}},
    "allowed_images_settings": {
        "state": {"@@assign": "audit_mode"},
        "image_criteria": {"criteria_1": {"allowed_image_providers": {"@@append": ["amazon"]}}}}}}


class Defaults(Case):
    """Each test has a region of its own."""

    def test_snapshots(self):
        ec2 = SANDBOX.client("ec2", "eu-west-1")
        answer = ec2.get_snapshot_block_public_access_state()
        self.assertEqual((answer["State"], answer["ManagedBy"]), ("unblocked", "account"))
        answer = ec2.enable_snapshot_block_public_access(State="block-all-sharing")
        self.assertEqual(answer["State"], "block-all-sharing")
        self.assertEqual(ec2.get_snapshot_block_public_access_state()["State"], "block-all-sharing")
        self.refused("InvalidParameterValue", ec2.enable_snapshot_block_public_access,
                     State="unblocked")
        self.assertEqual(ec2.disable_snapshot_block_public_access()["State"], "unblocked")

    def test_images(self):
        ec2 = SANDBOX.client("ec2", "eu-west-1")
        answer = ec2.get_image_block_public_access_state()
        self.assertEqual(answer["ImageBlockPublicAccessState"], "block-new-sharing")
        ec2.disable_image_block_public_access()
        answer = ec2.get_image_block_public_access_state()
        self.assertEqual(answer["ImageBlockPublicAccessState"], "unblocked")
        ec2.enable_image_block_public_access(ImageBlockPublicAccessState="block-new-sharing")
        answer = ec2.get_image_block_public_access_state()
        self.assertEqual(answer["ImageBlockPublicAccessState"], "block-new-sharing")

    def test_serial_console(self):
        ec2 = SANDBOX.client("ec2", "eu-west-1")
        self.assertIs(ec2.get_serial_console_access_status()["SerialConsoleAccessEnabled"], False)
        self.assertIs(ec2.enable_serial_console_access()["SerialConsoleAccessEnabled"], True)
        self.assertIs(ec2.get_serial_console_access_status()["SerialConsoleAccessEnabled"], True)
        self.assertIs(ec2.disable_serial_console_access()["SerialConsoleAccessEnabled"], False)

    def test_metadata(self):
        ec2 = SANDBOX.client("ec2", "eu-west-1")
        self.assertNotIn("HttpTokens", ec2.get_instance_metadata_defaults()["AccountLevel"])
        answer = ec2.modify_instance_metadata_defaults(HttpTokens="required",
                                                       HttpPutResponseHopLimit=2,
                                                       HttpTokensEnforced="enabled")
        self.assertIs(answer["Return"], True)
        self.assertEqual(ec2.get_instance_metadata_defaults()["AccountLevel"],
                         {"HttpTokens": "required", "HttpPutResponseHopLimit": 2,
                          "HttpTokensEnforced": "enabled", "ManagedBy": "account"})
        ec2.modify_instance_metadata_defaults(HttpTokens="no-preference",
                                              HttpPutResponseHopLimit=-1)
        level = ec2.get_instance_metadata_defaults()["AccountLevel"]
        self.assertEqual(level, {"HttpTokensEnforced": "enabled", "ManagedBy": "account"})

    def test_allowed_images(self):
        ec2 = SANDBOX.client("ec2", "eu-west-1")
        answer = ec2.get_allowed_images_settings()
        self.assertEqual((answer["State"], answer["ImageCriteria"]), ("disabled", []))
        criteria = [{"ImageProviders": ["amazon", "123456789012"],
                     "DeprecationTimeCondition": {"MaximumDaysSinceDeprecated": 0}},
                    {"ImageNames": ["golden-*"], "MarketplaceProductCodes": ["abc123"]}]
        self.assertIs(ec2.replace_image_criteria_in_allowed_images_settings(
            ImageCriteria=criteria)["ReturnValue"], True)
        ec2.enable_allowed_images_settings(AllowedImagesSettingsState="audit-mode")
        answer = ec2.get_allowed_images_settings()
        self.assertEqual((answer["State"], answer["ImageCriteria"]), ("audit-mode", criteria))
        answer = ec2.disable_allowed_images_settings()
        self.assertEqual(answer["AllowedImagesSettingsState"], "disabled")


class DefaultVpc(Case):
    def test_taken_apart(self):
        ec2 = SANDBOX.client("ec2", "eu-north-1")
        default = {"Name": "is-default", "Values": ["true"]}
        vpc = ec2.describe_vpcs(Filters=[default])["Vpcs"][0]
        self.assertIs(vpc["IsDefault"], True)
        inside = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
        subnets = ec2.describe_subnets(Filters=inside)["Subnets"]
        self.assertEqual([subnet["AvailabilityZone"] for subnet in subnets],
                         ["eu-north-1a", "eu-north-1b", "eu-north-1c"])
        self.assertIs(subnets[0]["MapPublicIpOnLaunch"], True)
        gateway = ec2.describe_internet_gateways(Filters=[
            {"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}])["InternetGateways"][0]
        self.assertEqual(gateway["Attachments"], [{"State": "available", "VpcId": vpc["VpcId"]}])
        tables = ec2.describe_route_tables(Filters=inside)["RouteTables"]
        self.assertIs(tables[0]["Associations"][0]["Main"], True)
        groups = ec2.describe_security_groups(Filters=inside)["SecurityGroups"]
        self.assertEqual([group["GroupName"] for group in groups], ["default"])

        interface = ec2.create_network_interface(
            SubnetId=subnets[0]["SubnetId"], Description="in use")["NetworkInterface"]
        self.assertEqual(interface["VpcId"], vpc["VpcId"])
        shown = ec2.describe_network_interfaces(Filters=inside)["NetworkInterfaces"]
        self.assertEqual([item["Description"] for item in shown], ["in use"])
        self.refused("DependencyViolation", ec2.delete_subnet, SubnetId=subnets[0]["SubnetId"])
        ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
        ids = {"InternetGatewayId": gateway["InternetGatewayId"]}
        self.refused("DependencyViolation", ec2.delete_internet_gateway, **ids)
        ec2.create_tags(Resources=[gateway["InternetGatewayId"]],
                        Tags=[{"Key": "owner", "Value": "nobody"}])
        gateways = ec2.describe_internet_gateways(Filters=[
            {"Name": "tag:owner", "Values": ["nobody"]}])["InternetGateways"]
        self.assertEqual(gateways[0]["Tags"], [{"Key": "owner", "Value": "nobody"}])
        for subnet in subnets:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        self.refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc["VpcId"])
        ec2.detach_internet_gateway(VpcId=vpc["VpcId"], **ids)
        self.refused("Gateway.NotAttached", ec2.detach_internet_gateway, VpcId=vpc["VpcId"], **ids)
        ec2.delete_internet_gateway(**ids)
        ec2.delete_vpc(VpcId=vpc["VpcId"])
        self.assertEqual(ec2.describe_vpcs()["Vpcs"], [])
        again = ec2.create_default_vpc()["Vpc"]
        self.assertEqual(ec2.describe_vpcs(Filters=[default])["Vpcs"][0]["VpcId"], again["VpcId"])
        self.refused("DefaultVpcAlreadyExists", ec2.create_default_vpc)

    def test_pages(self):
        ec2 = SANDBOX.client("ec2", "eu-west-3")
        for i in range(11):
            ec2.create_security_group(GroupName="g%d" % i, Description="x")
        pages = list(ec2.get_paginator("describe_security_groups").paginate(
            PaginationConfig={"PageSize": 5}))
        self.assertEqual([len(page["SecurityGroups"]) for page in pages], [5, 5, 2])


class Held(Case):
    """The organization holds the settings of all accounts: the last test, for it holds ours."""

    def test_held(self):
        org = SANDBOX.client("organizations")
        org.create_organization(FeatureSet="ALL")
        root = org.list_roots()["Roots"][0]["Id"]
        org.enable_policy_type(RootId=root, PolicyType="DECLARATIVE_POLICY_EC2")
        policy = org.create_policy(Name="ec2", Description="", Type="DECLARATIVE_POLICY_EC2",
                                   Content=json.dumps(POLICY))["Policy"]["PolicySummary"]["Id"]
        org.attach_policy(PolicyId=policy, TargetId=root)
        ec2 = SANDBOX.client("ec2", "eu-central-1")
        answer = ec2.get_snapshot_block_public_access_state()
        self.assertEqual((answer["State"], answer["ManagedBy"]),
                         ("block-all-sharing", "declarative-policy"))
        self.assertEqual(ec2.get_image_block_public_access_state()["ManagedBy"],
                         "declarative-policy")
        self.assertEqual(ec2.get_serial_console_access_status()["ManagedBy"], "declarative-policy")
        self.assertEqual(ec2.get_instance_metadata_defaults()["AccountLevel"],
                         {"HttpTokens": "required", "HttpPutResponseHopLimit": 2,
                          "ManagedBy": "declarative-policy",
                          "ManagedExceptionMessage": "Ask the platform team."})
        answer = ec2.get_allowed_images_settings()
        self.assertEqual(answer["ImageCriteria"], [{"ImageProviders": ["amazon"]}])
        self.assertEqual(answer["ManagedBy"], "declarative-policy")
        response = self.refused("UnauthorizedOperation", ec2.enable_serial_console_access)
        self.assertIn("Ask the platform team.", response["Error"]["Message"])
        org.detach_policy(PolicyId=policy, TargetId=root)
        self.assertEqual(ec2.get_snapshot_block_public_access_state()["ManagedBy"], "account")


if __name__ == "__main__":
    SANDBOX = sim_boto3.SANDBOX = Sandbox(sys.argv[1])
    result = unittest.TextTestRunner(verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    status = SANDBOX.stop()
    sys.exit(0 if result.wasSuccessful() and status == 0 else 1)
