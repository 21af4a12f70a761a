"""The simulator's S3 and KMS under boto3: what a log archive is made of.

    sim_boto3_storage.py SIM_SERVER
"""
import hashlib
import json
import sys
import unittest

import sim_boto3
from botocore.exceptions import ClientError
from sim_boto3 import Case, Sandbox, session_of


def allow(account, action="kms:*", **more):
    return dict({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::%s:root" % account},
                 "Action": action, "Resource": "*"}, **more)


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Buckets(Case):
    def setUp(self):
        self.s3 = SANDBOX.client("s3", "eu-west-1")
        self.here = {"LocationConstraint": "eu-west-1"}

    def make(self, name, **arguments):
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration=self.here, **arguments)
        self.addCleanup(self.s3.delete_bucket, Bucket=name)

    def test_places(self):
        us = SANDBOX.client("s3", "us-east-1")
        self.make("place-eu")
        us.create_bucket(Bucket="place-us")
        us.create_bucket(Bucket="place-us")  # may be said twice there
        self.addCleanup(us.delete_bucket, Bucket="place-us")
        self.refused("BucketAlreadyOwnedByYou", self.s3.create_bucket, Bucket="place-eu",
                     CreateBucketConfiguration=self.here)
        self.assertEqual(self.s3.get_bucket_location(Bucket="place-eu")["LocationConstraint"],
                         "eu-west-1")
        self.assertIsNone(us.get_bucket_location(Bucket="place-us")["LocationConstraint"])
        self.refused("IllegalLocationConstraintException", self.s3.create_bucket, Bucket="place-x")
        self.refused("IllegalLocationConstraintException", self.s3.create_bucket, Bucket="place-x",
                     CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        self.refused("InvalidLocationConstraint", us.create_bucket, Bucket="place-x",
                     CreateBucketConfiguration={"LocationConstraint": "us-east-1"})
        names = [bucket["Name"] for bucket in us.list_buckets(Prefix="place-")["Buckets"]]
        self.assertEqual(names, ["place-eu", "place-us"])
        pages = us.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 1})
        self.assertGreaterEqual(len(list(pages)), 2)

    def test_the_wrong_region(self):
        self.make("redirected")
        central = SANDBOX.client("s3", "eu-central-1")
        # boto3 follows what the error says; the header tells it where to.
        self.assertNotIn("Status", central.get_bucket_versioning(Bucket="redirected"))
        head = self.s3.head_bucket(Bucket="redirected")
        self.assertEqual(head["BucketRegion"], "eu-west-1")
        self.assertEqual(head["ResponseMetadata"]["HTTPStatusCode"], 200)

    def test_missing(self):
        self.refused("NoSuchBucket", self.s3.get_bucket_versioning, Bucket="is-not-there")
        with self.assertRaises(ClientError) as caught:
            self.s3.head_bucket(Bucket="is-not-there")
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 404)
        self.refused("NoSuchBucket", self.s3.delete_bucket, Bucket="is-not-there")

    def test_new_buckets_are_closed(self):
        self.make("closed")
        block = self.s3.get_public_access_block(Bucket="closed")
        self.assertEqual(set(block["PublicAccessBlockConfiguration"].values()), {True})
        rules = self.s3.get_bucket_ownership_controls(Bucket="closed")["OwnershipControls"]
        self.assertEqual(rules["Rules"], [{"ObjectOwnership": "BucketOwnerEnforced"}])
        rule = self.s3.get_bucket_encryption(
            Bucket="closed")["ServerSideEncryptionConfiguration"]["Rules"][0]
        self.assertEqual(rule["ApplyServerSideEncryptionByDefault"], {"SSEAlgorithm": "AES256"})
        self.s3.delete_public_access_block(Bucket="closed")
        self.refused("NoSuchPublicAccessBlockConfiguration", self.s3.get_public_access_block,
                     Bucket="closed")

    def test_encryption(self):
        self.make("encrypted")
        wanted = {"ApplyServerSideEncryptionByDefault":
                  {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:aws:kms:eu-west-1:1:key/a"},
                  "BucketKeyEnabled": True}
        self.s3.put_bucket_encryption(Bucket="encrypted",
                                      ServerSideEncryptionConfiguration={"Rules": [wanted]})
        seen = self.s3.get_bucket_encryption(Bucket="encrypted")
        rule = seen["ServerSideEncryptionConfiguration"]["Rules"][0]
        self.assertEqual({key: rule[key] for key in wanted}, wanted)
        self.s3.delete_bucket_encryption(Bucket="encrypted")
        seen = self.s3.get_bucket_encryption(Bucket="encrypted")
        rule = seen["ServerSideEncryptionConfiguration"]["Rules"][0]
        self.assertEqual(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256")

    def test_object_lock(self):
        self.make("locked", ObjectLockEnabledForBucket=True)
        self.assertEqual(self.s3.get_bucket_versioning(Bucket="locked")["Status"], "Enabled")
        retention = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}}
        self.s3.put_object_lock_configuration(
            Bucket="locked",
            ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": retention})
        lock = self.s3.get_object_lock_configuration(Bucket="locked")["ObjectLockConfiguration"]
        self.assertEqual(lock, {"ObjectLockEnabled": "Enabled", "Rule": retention})
        self.refused("InvalidBucketState", self.s3.put_bucket_versioning, Bucket="locked",
                     VersioningConfiguration={"Status": "Suspended"})
        self.refused("MalformedXML", self.s3.put_object_lock_configuration, Bucket="locked",
                     ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {
                         "DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1, "Years": 1}}})
        self.make("unlocked")
        self.refused("ObjectLockConfigurationNotFoundError",
                     self.s3.get_object_lock_configuration, Bucket="unlocked")
        self.refused("InvalidBucketState", self.s3.put_object_lock_configuration,
                     Bucket="unlocked",
                     ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})

    def test_lifecycle(self):
        self.make("aging")
        rules = [{"ID": "one", "Status": "Enabled", "Filter": {"Prefix": "AWSLogs/"},
                  "Expiration": {"Days": 400},
                  "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"},
                                  {"Days": 90, "StorageClass": "GLACIER"}]},
                 {"ID": "two", "Status": "Disabled", "Filter": {"Prefix": ""},
                  "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]
        self.refused("NoSuchLifecycleConfiguration", self.s3.get_bucket_lifecycle_configuration,
                     Bucket="aging")
        self.s3.put_bucket_lifecycle_configuration(Bucket="aging",
                                                   LifecycleConfiguration={"Rules": rules})
        self.assertEqual(
            self.s3.get_bucket_lifecycle_configuration(Bucket="aging")["Rules"], rules)
        self.refused("InvalidRequest", self.s3.put_bucket_lifecycle_configuration, Bucket="aging",
                     LifecycleConfiguration={"Rules": [{"Status": "Enabled", "Filter": {}}]})
        self.s3.delete_bucket_lifecycle(Bucket="aging")

    def test_tags(self):
        self.here = dict(self.here, Tags=[{"Key": "made", "Value": "at once"}])
        self.make("tagged")
        self.assertEqual(self.s3.get_bucket_tagging(Bucket="tagged")["TagSet"],
                         [{"Key": "made", "Value": "at once"}])
        tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
        self.s3.put_bucket_tagging(Bucket="tagged", Tagging={"TagSet": tags})
        self.assertEqual(self.s3.get_bucket_tagging(Bucket="tagged")["TagSet"], tags)
        self.refused("InvalidTag", self.s3.put_bucket_tagging, Bucket="tagged",
                     Tagging={"TagSet": [tags[0], tags[0]]})
        self.s3.delete_bucket_tagging(Bucket="tagged")
        self.refused("NoSuchTagSet", self.s3.get_bucket_tagging, Bucket="tagged")

    def test_policy(self):
        self.make("ruled")
        arn = "arn:aws:s3:::ruled"
        text = document(allow(SANDBOX.account, "s3:GetObject", Resource=arn + "/*"))
        self.refused("NoSuchBucketPolicy", self.s3.get_bucket_policy, Bucket="ruled")
        self.s3.put_bucket_policy(Bucket="ruled", Policy=text)
        self.assertEqual(self.s3.get_bucket_policy(Bucket="ruled")["Policy"], text)
        for wrong in (allow(SANDBOX.account, "s3:GetObject", Resource="arn:aws:s3:::other/*"),
                      allow(SANDBOX.account, "ec2:*", Resource=arn),
                      allow(SANDBOX.account, "s3:*", Resource=arn, Principal={
                          "AWS": "arn:aws:iam::%s:role/nobody" % SANDBOX.account})):
            self.refused("MalformedPolicy", self.s3.put_bucket_policy, Bucket="ruled",
                         Policy=document(wrong))
        public = allow("", "s3:GetObject", Resource=arn + "/*", Principal="*")
        self.refused("AccessDenied", self.s3.put_bucket_policy, Bucket="ruled",
                     Policy=document(public))
        deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetBucketVersioning",
                "Resource": arn}
        self.s3.put_bucket_policy(Bucket="ruled", Policy=document(deny))
        self.refused("AccessDenied", self.s3.get_bucket_versioning, Bucket="ruled")

    def test_replication(self):
        self.make("from-here")
        self.make("to-there")
        rule = {"ID": "all", "Priority": 1, "Status": "Enabled", "Filter": {"Prefix": ""},
                "DeleteMarkerReplication": {"Status": "Disabled"},
                "Destination": {"Bucket": "arn:aws:s3:::to-there"}}
        SANDBOX.client("iam").create_role(
            RoleName="replicator", AssumeRolePolicyDocument=document(
                {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
                 "Action": "sts:AssumeRole"}))
        arguments = {"Bucket": "from-here", "ReplicationConfiguration": {
            "Role": "arn:aws:iam::%s:role/replicator" % SANDBOX.account, "Rules": [rule]}}
        self.refused("InvalidRequest", self.s3.put_bucket_replication, **arguments)
        for name in ("from-here", "to-there"):
            self.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={
                "Status": "Enabled"})
        self.s3.put_bucket_replication(**arguments)
        seen = self.s3.get_bucket_replication(Bucket="from-here")["ReplicationConfiguration"]
        self.assertEqual(seen["Rules"], [rule])
        self.refused("InvalidBucketState", self.s3.put_bucket_versioning, Bucket="from-here",
                     VersioningConfiguration={"Status": "Suspended"})

    def test_other_accounts(self):
        self.make("not-yours")
        organizations = SANDBOX.client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        made = organizations.create_account(Email="other@example.com", AccountName="other")
        account = organizations.describe_create_account_status(
            CreateAccountRequestId=made["CreateAccountStatus"]["Id"])["CreateAccountStatus"]
        role = "arn:aws:iam::%s:role/OrganizationAccountAccessRole" % account["AccountId"]
        session = session_of(SANDBOX.client("sts").assume_role(
            RoleArn=role, RoleSessionName="me")["Credentials"])
        other = SANDBOX.client("s3", "eu-west-1", session)
        self.refused("BucketAlreadyExists", other.create_bucket, Bucket="not-yours",
                     CreateBucketConfiguration=self.here)
        self.refused("AccessDenied", other.get_bucket_versioning, Bucket="not-yours")
        self.s3.put_bucket_policy(Bucket="not-yours", Policy=document(
            allow(account["AccountId"], "s3:GetBucketVersioning",
                  Resource="arn:aws:s3:::not-yours")))
        self.assertNotIn("Status", other.get_bucket_versioning(Bucket="not-yours"))
        self.assertEqual(other.list_buckets()["Buckets"], [])


class Objects(Case):
    def setUp(self):
        self.s3 = SANDBOX.client("s3", "us-east-1")

    def make(self, name, **arguments):
        self.s3.create_bucket(Bucket=name, **arguments)

    def test_a_body_is_bytes(self):
        self.make("bytes")
        for body in (b"", b"\0\xff<Bucket>other</Bucket>", b"<Bucket>other</Bucket>"):
            put = self.s3.put_object(Bucket="bytes", Key="a/b c\u00e9+", Body=body,
                                     ContentType="text/x", Metadata={"who": "me"})
            got = self.s3.get_object(Bucket="bytes", Key="a/b c\u00e9+")
            self.assertEqual(got["Body"].read(), body)
            self.assertEqual(got["ETag"], put["ETag"])
            self.assertEqual(put["ETag"], '"%s"' % hashlib.md5(body).hexdigest())
            self.assertEqual((got["ContentType"], got["Metadata"]), ("text/x", {"who": "me"}))
        self.assertEqual(self.s3.head_object(Bucket="bytes", Key="a/b c\u00e9+")["ETag"], put["ETag"])
        self.refused("BucketNotEmpty", self.s3.delete_bucket, Bucket="bytes")
        self.s3.delete_object(Bucket="bytes", Key="a/b c\u00e9+")
        self.s3.delete_object(Bucket="bytes", Key="never-there")
        self.refused("NoSuchKey", self.s3.get_object, Bucket="bytes", Key="a/b c\u00e9+")
        self.s3.delete_bucket(Bucket="bytes")

    def test_conditions(self):
        self.make("conditions")
        at = {"Bucket": "conditions", "Key": "lock"}
        first = self.s3.put_object(Body=b"1", IfNoneMatch="*", **at)["ETag"]
        self.refused("PreconditionFailed", self.s3.put_object, Body=b"2", IfNoneMatch="*", **at)
        self.refused("NotImplemented", self.s3.put_object, Body=b"2", IfNoneMatch=first, **at)
        second = self.s3.put_object(Body=b"2", IfMatch=first, **at)["ETag"]
        self.refused("PreconditionFailed", self.s3.put_object, Body=b"3", IfMatch=first, **at)
        self.refused("PreconditionFailed", self.s3.delete_object, IfMatch=first, **at)
        self.refused("PreconditionFailed", self.s3.get_object, IfMatch=first, **at)
        self.refused("304", self.s3.get_object, IfNoneMatch=second, **at)
        self.s3.delete_object(IfMatch=second, **at)
        self.refused("NoSuchKey", self.s3.put_object, Body=b"4", IfMatch=second, **at)
        self.s3.put_object(Body=b"4", IfNoneMatch="*", **at)

    def test_versions(self):
        self.make("versions")
        at = {"Bucket": "versions", "Key": "k"}
        self.s3.put_object(Body=b"0", **at)
        self.s3.put_bucket_versioning(Bucket="versions",
                                      VersioningConfiguration={"Status": "Enabled"})
        first = self.s3.put_object(Body=b"1", **at)["VersionId"]
        second = self.s3.put_object(Body=b"2", **at)["VersionId"]
        for version, body in (("null", b"0"), (first, b"1"), (second, b"2")):
            self.assertEqual(self.s3.get_object(VersionId=version, **at)["Body"].read(), body)
        marker = self.s3.delete_object(**at)
        self.assertTrue(marker["DeleteMarker"])
        self.refused("NoSuchKey", self.s3.get_object, **at)
        self.refused("MethodNotAllowed", self.s3.get_object, VersionId=marker["VersionId"], **at)
        self.s3.put_object(Body=b"3", IfNoneMatch="*", **at)  # a marker is no object
        self.s3.delete_object(VersionId=self.s3.head_object(**at)["VersionId"], **at)
        self.s3.delete_object(VersionId=marker["VersionId"], **at)
        self.assertEqual(self.s3.get_object(**at)["Body"].read(), b"2")
        self.refused("NoSuchVersion", self.s3.get_object, VersionId="x", **at)

    def test_object_lock(self):
        self.make("retained", ObjectLockEnabledForBucket=True)
        self.s3.put_object_lock_configuration(
            Bucket="retained", ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}})
        version = self.s3.put_object(Bucket="retained", Key="k", Body=b"x")["VersionId"]
        self.assertEqual(self.s3.head_object(Bucket="retained", Key="k")["ObjectLockMode"],
                         "GOVERNANCE")
        self.refused("AccessDenied", self.s3.delete_object, Bucket="retained", Key="k",
                     VersionId=version)
        self.s3.delete_object(Bucket="retained", Key="k", VersionId=version,
                              BypassGovernanceRetention=True)
        self.make("unretained")
        self.refused("InvalidRequest", self.s3.put_object, Bucket="unretained", Key="k", Body=b"x",
                     ObjectLockLegalHoldStatus="ON")

    def test_a_list_has_pages_and_folders(self):
        self.make("listed")
        for key in ("a/1", "a/2", "b", "c/1 \u00e9", "c/2"):
            self.s3.put_object(Bucket="listed", Key=key, Body=b"x")
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket="listed", PaginationConfig={"PageSize": 2})
        self.assertEqual([[item["Key"] for item in page["Contents"]] for page in pages],
                         [["a/1", "a/2"], ["b", "c/1 \u00e9"], ["c/2"]])
        pages = list(self.s3.get_paginator("list_objects_v2").paginate(
            Bucket="listed", Delimiter="/", PaginationConfig={"PageSize": 1}))
        self.assertEqual([prefix["Prefix"] for page in pages
                          for prefix in page.get("CommonPrefixes", [])], ["a/", "c/"])
        self.assertEqual(self.s3.list_objects_v2(Bucket="listed", Prefix="c/")["KeyCount"], 2)

    def test_a_policy_speaks_of_objects(self):
        self.make("spoken")
        self.s3.put_object(Bucket="spoken", Key="open", Body=b"x")
        self.s3.put_object(Bucket="spoken", Key="shut/x", Body=b"x")
        self.s3.put_bucket_policy(Bucket="spoken", Policy=document(
            {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
             "Resource": "arn:aws:s3:::spoken/shut/*"}))
        self.s3.get_object(Bucket="spoken", Key="open")
        self.refused("AccessDenied", self.s3.get_object, Bucket="spoken", Key="shut/x")
        self.refused("AccessControlListNotSupported", self.s3.put_object, Bucket="spoken",
                     Key="open", Body=b"x", ACL="public-read")


class Keys(Case):
    def setUp(self):
        self.kms = SANDBOX.client("kms", "eu-west-1")

    def make(self, **arguments):
        return self.kms.create_key(**arguments)["KeyMetadata"]

    def test_key(self):
        key = self.make(Description="logs", Tags=[{"TagKey": "a", "TagValue": "1"}])
        self.assertTrue(key["Arn"].startswith("arn:aws:kms:eu-west-1:%s:key/" % SANDBOX.account))
        self.assertIs(key["Enabled"], True)
        again = self.kms.describe_key(KeyId=key["Arn"])["KeyMetadata"]
        self.assertEqual(again["Description"], "logs")
        self.kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "b", "TagValue": "2"}])
        self.kms.untag_resource(KeyId=key["KeyId"], TagKeys=["a"])
        self.assertEqual(self.kms.list_resource_tags(KeyId=key["KeyId"])["Tags"],
                         [{"TagKey": "b", "TagValue": "2"}])
        self.assertIn(key["KeyId"], [item["KeyId"] for page in
                                     self.kms.get_paginator("list_keys").paginate()
                                     for item in page["Keys"]])
        other = SANDBOX.client("kms", "eu-central-1")
        self.refused("NotFoundException", other.describe_key, KeyId=key["KeyId"])

    def test_policy(self):
        key = self.make()["KeyId"]
        policy = json.loads(self.kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
        self.assertEqual(policy["Statement"][0]["Action"], "kms:*")
        lock_out = document(allow(SANDBOX.account, "kms:Describe*"))
        self.refused("MalformedPolicyDocumentException", self.kms.put_key_policy, KeyId=key,
                     PolicyName="default", Policy=lock_out)
        self.refused("MalformedPolicyDocumentException", self.kms.create_key, Policy=lock_out)
        self.kms.put_key_policy(KeyId=key, PolicyName="default", Policy=lock_out,
                                BypassPolicyLockoutSafetyCheck=True)
        self.kms.describe_key(KeyId=key)
        self.refused("AccessDeniedException", self.kms.get_key_policy, KeyId=key,
                     PolicyName="default")

    def test_aliases(self):
        first, second = self.make()["KeyId"], self.make()["KeyId"]
        self.kms.create_alias(AliasName="alias/mine", TargetKeyId=first)
        self.refused("AlreadyExistsException", self.kms.create_alias, AliasName="alias/mine",
                     TargetKeyId=second)
        self.assertEqual(self.kms.describe_key(KeyId="alias/mine")["KeyMetadata"]["KeyId"], first)
        # Only the key's own name changes a key.
        self.refused("NotFoundException", self.kms.enable_key_rotation, KeyId="alias/mine")
        self.kms.update_alias(AliasName="alias/mine", TargetKeyId=second)
        aliases = self.kms.list_aliases(KeyId=second)["Aliases"]
        self.assertEqual([alias["AliasName"] for alias in aliases], ["alias/mine"])
        self.kms.delete_alias(AliasName="alias/mine")
        self.refused("NotFoundException", self.kms.describe_key, KeyId="alias/mine")
        self.refused("NotAuthorizedException", self.kms.create_alias, AliasName="alias/aws/x",
                     TargetKeyId=first)
        self.refused("ValidationException", self.kms.create_alias, AliasName="mine",
                     TargetKeyId=first)

    def test_rotation(self):
        key = self.make()["KeyId"]
        self.assertIs(self.kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"], False)
        self.kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
        status = self.kms.get_key_rotation_status(KeyId=key)
        self.assertEqual(status["RotationPeriodInDays"], 180)
        self.assertIn("NextRotationDate", status)
        self.kms.disable_key_rotation(KeyId=key)
        self.assertIs(self.kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"], False)

    def test_end(self):
        key = self.make()["KeyId"]
        self.kms.disable_key(KeyId=key)
        self.refused("DisabledException", self.kms.enable_key_rotation, KeyId=key)
        end = self.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        self.assertEqual(end["KeyState"], "PendingDeletion")
        self.refused("KMSInvalidStateException", self.kms.enable_key, KeyId=key)
        self.assertIn("DeletionDate", self.kms.describe_key(KeyId=key)["KeyMetadata"])
        self.kms.cancel_key_deletion(KeyId=key)
        self.assertEqual(self.kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "Disabled")
        self.kms.enable_key(KeyId=key)


if __name__ == "__main__":
    SANDBOX = sim_boto3.SANDBOX = Sandbox(sys.argv[1])
    result = unittest.TextTestRunner(verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    status = SANDBOX.stop()
    if status != 0:
        print("sim_server ended with %d" % status)
    sys.exit(0 if result.wasSuccessful() and status == 0 else 1)
