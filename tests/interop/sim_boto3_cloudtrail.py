"""The simulator's CloudTrail under boto3: an organization's trail, from its bucket to its status.

    sim_boto3_cloudtrail.py SIM_SERVER
"""
import json
import sys
import unittest

import sim_boto3
from sim_boto3 import Case, Sandbox, session_of

REGION = "eu-west-1"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def service(action, resource, **equals):
    statement = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
                 "Action": action, "Resource": resource}
    if equals:
        statement["Condition"] = {"StringEquals": {
            key.replace("__", ":"): value for key, value in equals.items()}}
    return statement


class OrganizationTrail(Case):
    """One organization whose member keeps the logs, as AWS's documentation sets it up."""

    @classmethod
    def setUpClass(cls):
        cls.organizations = SANDBOX.client("organizations")
        cls.org = cls.organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        made = cls.organizations.create_account(Email="logs@example.com", AccountName="logs")
        cls.member = cls.organizations.describe_create_account_status(
            CreateAccountRequestId=made["CreateAccountStatus"]["Id"]
        )["CreateAccountStatus"]["AccountId"]
        role = "arn:aws:iam::%s:role/OrganizationAccountAccessRole" % cls.member
        session = session_of(SANDBOX.client("sts").assume_role(
            RoleArn=role, RoleSessionName="me")["Credentials"])
        cls.s3 = SANDBOX.client("s3", REGION, session)
        cls.kms = SANDBOX.client("kms", REGION, session)
        cls.of_member = SANDBOX.client("cloudtrail", REGION, session)
        cls.trails = SANDBOX.client("cloudtrail", REGION)
        cls.arn = "arn:aws:cloudtrail:%s:%s:trail/all" % (REGION, SANDBOX.account)

    def setUp(self):
        self.organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
        self.s3.create_bucket(Bucket="the-logs",
                              CreateBucketConfiguration={"LocationConstraint": REGION})
        self.addCleanup(self.s3.delete_bucket, Bucket="the-logs")
        self.key = self.kms.create_key()["KeyMetadata"]["Arn"]

    def let_write(self):
        bucket = "arn:aws:s3:::the-logs"
        acl = {"s3__x-amz-acl": "bucket-owner-full-control", "aws__SourceArn": self.arn}
        self.s3.put_bucket_policy(Bucket="the-logs", Policy=document(
            service("s3:GetBucketAcl", bucket, aws__SourceArn=self.arn),
            service("s3:PutObject", "%s/AWSLogs/%s/*" % (bucket, SANDBOX.account), **acl),
            service("s3:PutObject", "%s/AWSLogs/%s/*" % (bucket, self.org), **acl)))

    def let_encrypt(self):
        root = {"Effect": "Allow", "Action": "kms:*", "Resource": "*",
                "Principal": {"AWS": "arn:aws:iam::%s:root" % self.member}}
        self.kms.put_key_policy(KeyId=self.key, PolicyName="default", Policy=document(
            root, service("kms:DescribeKey", "*", aws__SourceArn=self.arn),
            service("kms:GenerateDataKey*", "*", **{
                "aws__SourceArn": self.arn,
                "kms__EncryptionContext__aws__cloudtrail__arn": self.arn})))

    def create(self, **more):
        return self.trails.create_trail(
            Name="all", S3BucketName="the-logs", KmsKeyId=self.key, IsOrganizationTrail=True,
            IsMultiRegionTrail=True, EnableLogFileValidation=True, **more)

    def made(self):
        self.let_write()
        self.let_encrypt()
        self.addCleanup(self.trails.delete_trail, Name="all")
        return self.create(TagsList=[{"Key": "a", "Value": "1"}])

    def test_what_it_needs(self):
        self.refused("InsufficientS3BucketPolicyException", self.create)
        self.let_write()
        self.refused("InsufficientEncryptionPolicyException", self.create)
        self.let_encrypt()
        self.organizations.disable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
        self.refused("CloudTrailAccessNotEnabledException", self.create)
        self.refused("NotOrganizationMasterAccountException", self.of_member.create_trail,
                     Name="all", S3BucketName="the-logs", IsOrganizationTrail=True)
        self.refused("S3BucketDoesNotExistException", self.trails.create_trail, Name="one",
                     S3BucketName="no-such-logs")

    def test_trail(self):
        made = self.made()
        self.assertEqual(made["TrailARN"], self.arn)
        self.assertEqual(made["KmsKeyId"], self.key)
        trail = self.trails.get_trail(Name="all")["Trail"]
        self.assertIs(trail["LogFileValidationEnabled"], True)
        self.assertIs(trail["IsOrganizationTrail"], True)
        self.assertEqual(trail["HomeRegion"], REGION)
        self.refused("TrailAlreadyExistsException", self.create)
        self.trails.update_trail(Name="all", EnableLogFileValidation=False, KmsKeyId="")
        trail = self.trails.get_trail(Name=self.arn)["Trail"]
        self.assertIs(trail["LogFileValidationEnabled"], False)
        self.assertNotIn("KmsKeyId", trail)
        other = SANDBOX.client("cloudtrail", "us-east-1")
        self.assertEqual(len(other.describe_trails()["trailList"]), 1)
        self.assertEqual(other.describe_trails(includeShadowTrails=False)["trailList"], [])
        self.refused("InvalidHomeRegionException", other.stop_logging, Name="all")
        self.assertEqual([trail["Name"] for page in
                          other.get_paginator("list_trails").paginate()
                          for trail in page["Trails"]], ["all"])

    def test_members_look_on(self):
        self.made()
        self.assertEqual([trail["TrailARN"]
                          for trail in self.of_member.describe_trails()["trailList"]], [self.arn])
        self.assertEqual(
            self.of_member.describe_trails(includeShadowTrails=False)["trailList"], [])
        self.refused("NotOrganizationMasterAccountException", self.of_member.stop_logging,
                     Name=self.arn)
        self.refused("TrailNotFoundException", self.of_member.get_trail, Name="all")

    def test_status(self):
        self.made()
        self.assertIs(self.trails.get_trail_status(Name="all")["IsLogging"], False)
        self.trails.start_logging(Name="all")
        status = self.trails.get_trail_status(Name="all")
        self.assertIs(status["IsLogging"], True)
        self.assertIn("StartLoggingTime", status)
        self.assertNotIn("LatestDeliveryError", status)
        self.s3.delete_bucket_policy(Bucket="the-logs")
        status = self.trails.get_trail_status(Name="all")
        self.assertEqual(status["LatestDeliveryError"], "AccessDenied")
        self.trails.stop_logging(Name="all")
        status = self.trails.get_trail_status(Name="all")
        self.assertIs(status["IsLogging"], False)
        self.assertIn("StopLoggingTime", status)

    def test_selectors(self):
        self.made()
        selectors = self.trails.get_event_selectors(TrailName="all")["EventSelectors"]
        self.assertIs(selectors[0]["IncludeManagementEvents"], True)
        wanted = [{"Name": "objects", "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}]}]
        self.trails.put_event_selectors(TrailName="all", AdvancedEventSelectors=wanted)
        seen = self.trails.get_event_selectors(TrailName="all")
        self.assertEqual(seen["AdvancedEventSelectors"], wanted)
        self.assertNotIn("EventSelectors", seen)
        self.refused("InvalidEventSelectorsException", self.trails.put_event_selectors,
                     TrailName="all", AdvancedEventSelectors=[
                         {"FieldSelectors": [{"Field": "readOnly", "Equals": ["true"]}]}])

    def test_tags(self):
        self.made()
        self.trails.add_tags(ResourceId=self.arn, TagsList=[{"Key": "b", "Value": "2"}])
        self.trails.remove_tags(ResourceId=self.arn, TagsList=[{"Key": "a"}])
        tags = self.trails.list_tags(ResourceIdList=[self.arn])["ResourceTagList"]
        self.assertEqual(tags, [{"ResourceId": self.arn, "TagsList": [{"Key": "b", "Value": "2"}]}])


if __name__ == "__main__":
    SANDBOX = sim_boto3.SANDBOX = Sandbox(sys.argv[1])
    result = unittest.TextTestRunner(verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    status = SANDBOX.stop()
    if status != 0:
        print("sim_server ended with %d" % status)
    sys.exit(0 if result.wasSuccessful() and status == 0 else 1)
