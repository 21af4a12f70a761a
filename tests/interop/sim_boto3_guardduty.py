"""GuardDuty of an organization as an operator sets it up, with boto3 on the simulator.

    sim_boto3_guardduty.py SIM_SERVER
"""
import json
import sys
import unittest

from sim_boto3 import Case, Sandbox, session_of

REGION = "eu-west-1"


def make_account(org, name):
    status = org.create_account(Email=name + "@example.com", AccountName=name)
    status = status["CreateAccountStatus"]
    while status["State"] == "IN_PROGRESS":
        status = org.describe_create_account_status(
            CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
    return status["AccountId"]


def client_of(account, region=REGION):
    role = "arn:aws:iam::%s:role/OrganizationAccountAccessRole" % account
    answer = SANDBOX.client("sts").assume_role(RoleArn=role, RoleSessionName="test")
    return SANDBOX.client("guardduty", region, session_of(answer["Credentials"]))


class GuardDuty(Case):
    @classmethod
    def setUpClass(cls):
        org = SANDBOX.client("organizations")
        org.create_organization(FeatureSet="ALL")
        cls.accounts = {name: make_account(org, name) for name in ("security", "shop", "lab")}
        cls.management = SANDBOX.client("guardduty", REGION)
        cls.management.enable_organization_admin_account(AdminAccountId=cls.accounts["security"])
        cls.admin = client_of(cls.accounts["security"])
        [cls.detector] = cls.admin.list_detectors()["DetectorIds"]

    def feature(self, answer, name):
        return next(f for f in answer["Features"] if f["Name"] == name)

    def create(self, *accounts):
        return self.admin.create_members(
            DetectorId=self.detector,
            AccountDetails=[{"AccountId": a, "Email": "x@example.com"}
                            for a in accounts])["UnprocessedAccounts"]

    def test_administrator(self):
        answer = self.management.list_organization_admin_accounts()["AdminAccounts"]
        self.assertEqual(answer, [{"AdminAccountId": self.accounts["security"],
                                   "AdminStatus": "ENABLED"}])
        elsewhere = SANDBOX.client("guardduty", "us-west-2")
        self.assertEqual(elsewhere.list_organization_admin_accounts()["AdminAccounts"], [])
        self.refused("BadRequestException", elsewhere.enable_organization_admin_account,
                     AdminAccountId=self.accounts["shop"])
        self.refused("BadRequestException", self.admin.list_organization_admin_accounts)

    def test_detector(self):
        client = SANDBOX.client("guardduty", "us-west-1")
        detector = client.create_detector(Enable=True, Tags={"a": "b"})["DetectorId"]
        answer = client.get_detector(DetectorId=detector)
        self.assertEqual(answer["Status"], "ENABLED")
        self.assertEqual(answer["FindingPublishingFrequency"], "SIX_HOURS")
        self.assertEqual(answer["Tags"], {"a": "b"})
        self.assertEqual(self.feature(answer, "CLOUD_TRAIL")["Status"], "ENABLED")
        client.update_detector(DetectorId=detector, FindingPublishingFrequency="ONE_HOUR",
                               Features=[{"Name": "S3_DATA_EVENTS", "Status": "DISABLED"}])
        answer = client.get_detector(DetectorId=detector)
        self.assertEqual(answer["FindingPublishingFrequency"], "ONE_HOUR")
        self.assertEqual(self.feature(answer, "S3_DATA_EVENTS")["Status"], "DISABLED")
        error = self.refused("BadRequestException", client.create_detector, Enable=True)
        self.assertIn("a detector already exists", error["Error"]["Message"])
        arn = "arn:aws:guardduty:us-west-1:%s:detector/%s" % (SANDBOX.account, detector)
        client.tag_resource(ResourceArn=arn, Tags={"c": "d", "e": "f"})
        client.untag_resource(ResourceArn=arn, TagKeys=["a", "e"])
        self.assertEqual(client.list_tags_for_resource(ResourceArn=arn)["Tags"], {"c": "d"})
        client.delete_detector(DetectorId=detector)
        self.refused("BadRequestException", client.get_detector, DetectorId=detector)

    def test_members(self):
        shop, lab = self.accounts["shop"], self.accounts["lab"]
        self.assertEqual(self.create(shop, lab), [])
        [left] = self.create(SANDBOX.account)
        self.assertIn("must first enable GuardDuty", left["Result"])
        pages = self.admin.get_paginator("list_members").paginate(
            DetectorId=self.detector, PaginationConfig={"PageSize": 1})
        members = [m for page in pages for m in page["Members"]]
        self.assertEqual({m["AccountId"] for m in members}, {shop, lab})
        self.assertEqual({m["RelationshipStatus"] for m in members}, {"Enabled"})

        self.admin.update_member_detectors(
            DetectorId=self.detector, AccountIds=[shop],
            Features=[{"Name": "RUNTIME_MONITORING", "Status": "ENABLED",
                       "AdditionalConfiguration": [{"Name": "EC2_AGENT_MANAGEMENT",
                                                    "Status": "ENABLED"}]}])
        [seen] = self.admin.get_member_detectors(
            DetectorId=self.detector, AccountIds=[shop])["MemberDataSourceConfigurations"]
        runtime = self.feature(seen, "RUNTIME_MONITORING")
        self.assertEqual(runtime["Status"], "ENABLED")
        parts = {p["Name"]: p["Status"] for p in runtime["AdditionalConfiguration"]}
        self.assertEqual(parts["EC2_AGENT_MANAGEMENT"], "ENABLED")
        self.assertEqual(parts["EKS_ADDON_MANAGEMENT"], "DISABLED")

        self.admin.stop_monitoring_members(DetectorId=self.detector, AccountIds=[shop])
        [seen] = self.admin.get_members(DetectorId=self.detector, AccountIds=[shop])["Members"]
        self.assertEqual(seen["RelationshipStatus"], "Disabled")
        self.admin.start_monitoring_members(DetectorId=self.detector, AccountIds=[shop])
        self.admin.disassociate_members(DetectorId=self.detector, AccountIds=[lab])
        [seen] = self.admin.list_members(DetectorId=self.detector)["Members"]
        self.assertEqual(seen["AccountId"], shop)
        member = client_of(shop)
        [mine] = member.list_detectors()["DetectorIds"]
        self.refused("BadRequestException", member.update_detector, DetectorId=mine, Enable=False)

    def test_organization_configuration(self):
        self.admin.update_organization_configuration(
            DetectorId=self.detector, AutoEnableOrganizationMembers="NEW",
            Features=[{"Name": "S3_DATA_EVENTS", "AutoEnable": "ALL"}])
        seen = self.admin.describe_organization_configuration(DetectorId=self.detector)
        self.assertEqual(seen["AutoEnableOrganizationMembers"], "NEW")
        self.assertEqual(self.feature(seen, "S3_DATA_EVENTS")["AutoEnable"], "ALL")
        self.assertEqual(self.feature(seen, "EKS_AUDIT_LOGS")["AutoEnable"], "NONE")
        self.refused("BadRequestException", self.admin.update_organization_configuration,
                     DetectorId=self.detector)
        self.refused("BadRequestException", self.management.describe_organization_configuration,
                     DetectorId=self.detector)

    def let_in(self, *principals):
        """A bucket and a key of the management account that these services may write with."""
        bucket, account = "arn:aws:s3:::findings", self.accounts["security"]
        allow = {"Effect": "Allow", "Principal": {"Service": list(principals)},
                 "Condition": {
                     "StringEquals": {"aws:SourceAccount": account},
                     "ArnLike": {"aws:SourceArn": "arn:aws:guardduty:*:%s:detector/*" % account}}}
        owner = {"Effect": "Allow", "Principal": {"AWS": SANDBOX.account}, "Action": "kms:*",
                 "Resource": "*"}
        self.s3.put_bucket_policy(Bucket="findings", Policy=json.dumps({"Statement": [
            dict(allow, Action="s3:GetBucketLocation", Resource=bucket),
            dict(allow, Action="s3:PutObject", Resource=bucket + "/*")]}))
        self.kms.put_key_policy(KeyId=self.key, PolicyName="default", Policy=json.dumps(
            {"Statement": [owner, dict(allow, Action="kms:GenerateDataKey", Resource="*")]}))

    def test_publishing_destination(self):
        self.s3, self.kms = SANDBOX.client("s3", REGION), SANDBOX.client("kms", REGION)
        self.s3.create_bucket(Bucket="findings",
                              CreateBucketConfiguration={"LocationConstraint": REGION})
        self.key = self.kms.create_key()["KeyMetadata"]["Arn"]
        properties = {"DestinationArn": "arn:aws:s3:::findings", "KmsKeyArn": self.key}
        create = dict(DetectorId=self.detector, DestinationType="S3",
                      DestinationProperties=properties)
        error = self.refused("BadRequestException", self.admin.create_publishing_destination,
                             **create)
        self.assertIn("does not have permission to the KMS key", error["Error"]["Message"])
        # The name under which the service comes from a region that is opted in to.
        self.let_in("guardduty.%s.amazonaws.com" % REGION)
        self.refused("BadRequestException", self.admin.create_publishing_destination, **create)
        self.let_in("guardduty.amazonaws.com")
        made = self.admin.create_publishing_destination(**create, Tags={"a": "b"})
        seen = self.admin.describe_publishing_destination(
            DetectorId=self.detector, DestinationId=made["DestinationId"])
        self.assertEqual(seen["Tags"], {"a": "b"})
        self.assertEqual(seen["DestinationProperties"], properties)
        [listed] = self.admin.list_publishing_destinations(
            DetectorId=self.detector)["Destinations"]
        self.assertEqual(listed["DestinationId"], made["DestinationId"])
        self.assertEqual(listed["Status"], "PUBLISHING")
        self.s3.delete_bucket_policy(Bucket="findings")
        [listed] = self.admin.list_publishing_destinations(
            DetectorId=self.detector)["Destinations"]
        self.assertEqual(listed["Status"], "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY")
        self.admin.delete_publishing_destination(DetectorId=self.detector,
                                                 DestinationId=made["DestinationId"])
        self.assertEqual(self.admin.list_publishing_destinations(
            DetectorId=self.detector)["Destinations"], [])


if __name__ == "__main__":
    SANDBOX = Sandbox(sys.argv[1])
    result = unittest.TextTestRunner(verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    status = SANDBOX.stop()
    if status != 0:
        print("sim_server ended with %d" % status)
    sys.exit(0 if result.wasSuccessful() and status == 0 else 1)
