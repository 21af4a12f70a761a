"""Objects that arrive in the backup account by what plinth set up, put and read with boto3.

    s3_replication_boto3.py PLINTH

What one right too few does is proved by taking it away: the object then stays where it was put.
"""
import json
import os
import sys
import unittest

from sim_boto3 import Case, session_of, without_account_host
from startup_boto3 import MEMBER_ROLE, Sandbox

BASELINE = """\
apiVersion: plinth/v1
name: copies
home_region: eu-central-1
regions: [eu-central-1, eu-west-1, us-east-1]
organization:
  trusted_access: [cloudtrail.amazonaws.com]
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
  - {name: Logs, email: aws+logs@example.com, roles: [log_archive]}
  - {name: Backup, email: aws+backup@example.com, roles: [backup]}
  - {name: Prod, email: aws+prod@example.com}
policies:
  - {name: replication, template: scp/protect-s3-replication, attach: [root]}
controls:
  log_archive: {security_reads: false, object_lock: {mode: governance, days: 3}}
  s3_replication:
    region: eu-west-1
    logs: true
    tag: replicate
    object_lock: {mode: governance, days: 7}
    buckets:
      - {account: Prod, bucket: copies-orders}
"""
HOME, AWAY = "eu-central-1", "eu-west-1"


class Replication(Case):
    @classmethod
    def setUpClass(cls):
        cls.baseline = os.path.join(SANDBOX.folder, "copies.yaml")
        with open(cls.baseline, "w") as file:
            file.write(BASELINE)
        cls.first = SANDBOX.plinth("apply", cls.baseline, "--yes", "--quiet")
        cls.accounts = {account["Name"]: account["Id"] for page in
                        SANDBOX.client("organizations").get_paginator("list_accounts").paginate()
                        for account in page["Accounts"]}
        cls.prod = cls.client("s3", "Prod", HOME)
        cls.backup = cls.client("s3", "Backup", AWAY)
        for bucket in ("copies-orders", "copies.bills", "copies-mail"):
            cls.prod.create_bucket(Bucket=bucket, CreateBucketConfiguration={
                "LocationConstraint": HOME})
        cls.prod.put_bucket_tagging(Bucket="copies.bills", Tagging={
            "TagSet": [{"Key": "replicate", "Value": "yes"}]})
        key = cls.client("kms", "Prod", HOME).create_key()["KeyMetadata"]["Arn"]
        cls.prod.put_bucket_encryption(Bucket="copies.bills", ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, "BucketKeyEnabled": True}]})
        cls.second = SANDBOX.plinth("apply", cls.baseline, "--yes", "--quiet")

    @classmethod
    def client(cls, service, account, region):
        answer = SANDBOX.client("sts").assume_role(
            RoleArn="arn:aws:iam::%s:role/%s" % (cls.accounts[account], MEMBER_ROLE),
            RoleSessionName="test")
        return without_account_host(session_of(answer["Credentials"]).client(
            service, region_name=region, endpoint_url=SANDBOX.url))

    def replica_of(self, source):
        names = [bucket["Name"] for bucket in self.backup.list_buckets()["Buckets"]]
        word = source.replace(".", "-")
        found = [name for name in names if name.startswith(word) and
                 name.endswith("-replica-" + self.accounts["Backup"])]
        self.assertEqual(len(found), 1, names)
        return found[0]

    def arrived(self, s3, source, key):
        """How the copy of a new object fared: COMPLETED or FAILED."""
        s3.put_object(Bucket=source, Key=key, Body=b"as it was")
        for _ in range(1000):
            status = s3.head_object(Bucket=source, Key=key).get("ReplicationStatus")
            if status != "PENDING":
                return status
        return "PENDING"

    def mended(self):
        done = SANDBOX.plinth("apply", self.baseline, "--yes", "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_second_apply_writes_nothing(self):
        self.assertEqual(self.first.returncode, 4, self.first.stderr)
        self.assertIn("bucket copies-orders is not there", self.first.stdout)
        self.assertEqual(self.second.returncode, 0, self.second.stderr)
        before = SANDBOX.calls()["writes"]
        self.mended()
        self.assertEqual(SANDBOX.calls()["writes"], before)

    def test_objects_of_both_sources_arrive(self):
        key = self.client("kms", "Backup", AWAY).describe_key(
            KeyId="alias/copies-replicas")["KeyMetadata"]["Arn"]
        for source in ("copies-orders", "copies.bills"):
            self.assertEqual(self.arrived(self.prod, source, "a/b"), "COMPLETED")
            copy = self.backup.get_object(Bucket=self.replica_of(source), Key="a/b")
            self.assertEqual(copy["Body"].read(), b"as it was")
            self.assertEqual(copy["ReplicationStatus"], "REPLICA")
            self.assertEqual(copy["ObjectLockMode"], "GOVERNANCE")
            if source == "copies.bills":
                self.assertEqual(copy["SSEKMSKeyId"], key)
        self.prod.put_object(Bucket="copies-mail", Key="a", Body=b"not this")
        self.assertNotIn("ReplicationStatus", self.prod.head_object(Bucket="copies-mail", Key="a"))

    def test_logs_arrive_under_their_own_lock(self):
        logs = self.client("s3", "Logs", HOME)
        bucket = logs.list_buckets()["Buckets"][0]["Name"]
        self.assertEqual(self.arrived(logs, bucket, "AWSLogs/x"), "COMPLETED")
        there = logs.head_object(Bucket=bucket, Key="AWSLogs/x")
        copy = self.backup.head_object(Bucket=self.replica_of(bucket), Key="AWSLogs/x")
        self.assertEqual(copy["ObjectLockRetainUntilDate"], there["ObjectLockRetainUntilDate"])

    def test_what_is_deleted_stays_in_the_replica(self):
        self.assertEqual(self.arrived(self.prod, "copies-orders", "gone"), "COMPLETED")
        self.prod.delete_object(Bucket="copies-orders", Key="gone")
        self.backup.get_object(Bucket=self.replica_of("copies-orders"), Key="gone")

    def test_nobody_else_of_the_account_writes_there(self):
        replica = self.replica_of("copies-orders")
        prod = self.client("s3", "Prod", AWAY)
        self.refused("AccessDenied", prod.put_object, Bucket=replica, Key="x", Body=b"x")
        self.refused("AccessDenied", prod.get_object, Bucket=replica, Key="x")

    def test_each_part_is_needed(self):
        replica = self.replica_of("copies-orders")
        iam = self.client("iam", "Prod", "us-east-1")
        kms = self.client("kms", "Backup", AWAY)
        parts = {
            "role": lambda: iam.delete_role_policy(RoleName="plinth-s3-replication",
                                                   PolicyName="replicate"),
            "trust": lambda: iam.update_assume_role_policy(
                RoleName="plinth-s3-replication", PolicyDocument=json.dumps({
                    "Version": "2012-10-17", "Statement": [{
                        "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
                        "Action": "sts:AssumeRole"}]})),
            "policy": lambda: self.backup.delete_bucket_policy(Bucket=replica),
            "key": lambda: kms.disable_key(KeyId=kms.describe_key(
                KeyId="alias/copies-replicas")["KeyMetadata"]["KeyId"]),
        }
        for part, damage in parts.items():
            source = "copies.bills" if part == "key" else "copies-orders"
            with self.subTest(part):
                damage()
                self.assertEqual(self.arrived(self.prod, source, part), "FAILED")
                self.mended()
                self.assertEqual(self.arrived(self.prod, source, part), "COMPLETED")

    def administrator(self, account, region):
        """S3 and IAM as somebody who may do everything in the account, but is not plinth."""
        iam = self.client("iam", account, "us-east-1")
        if "Admin" not in [role["RoleName"] for role in iam.list_roles()["Roles"]]:
            iam.create_role(RoleName="Admin", AssumeRolePolicyDocument=json.dumps({
                "Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow", "Action": "sts:AssumeRole",
                    "Principal": {"AWS": self.accounts[account]}}]}))
            iam.attach_role_policy(RoleName="Admin",
                                   PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        session = session_of(self.client("sts", account, "us-east-1").assume_role(
            RoleArn="arn:aws:iam::%s:role/Admin" % self.accounts[account],
            RoleSessionName="test")["Credentials"])
        return [without_account_host(session.client(service, region_name=region,
                                                    endpoint_url=SANDBOX.url))
                for service in ("s3", "iam")]

    def test_administrators_cannot_stop_it(self):
        s3, iam = self.administrator("Prod", HOME)
        s3.put_object(Bucket="copies-orders", Key="mine", Body=b"allowed")
        self.refused("AccessDenied", s3.delete_bucket_replication, Bucket="copies-orders")
        self.refused("AccessDenied", iam.delete_role_policy, RoleName="plinth-s3-replication",
                     PolicyName="replicate")
        s3, _ = self.administrator("Backup", AWAY)
        replica = self.replica_of("copies-orders")
        s3.list_objects_v2(Bucket=replica)
        for call in (s3.delete_bucket_policy, s3.delete_bucket, s3.delete_bucket_lifecycle):
            self.refused("AccessDenied", call, Bucket=replica)
        self.refused("AccessDenied", s3.delete_object, Bucket=replica, Key="a")

    def test_a_rule_of_somebody_else_is_kept_or_told(self):
        self.prod.create_bucket(Bucket="copies-theirs", CreateBucketConfiguration={
            "LocationConstraint": HOME})
        self.prod.put_bucket_versioning(Bucket="copies-theirs",
                                        VersioningConfiguration={"Status": "Enabled"})
        there = self.prod.get_bucket_replication(Bucket="copies-orders")["ReplicationConfiguration"]
        theirs = {"ID": "theirs", "Priority": 1, "Filter": {"Prefix": "a/"}, "Status": "Enabled",
                  "DeleteMarkerReplication": {"Status": "Disabled"},
                  "Destination": {"Bucket": "arn:aws:s3:::copies-theirs"}}
        self.prod.put_bucket_replication(Bucket="copies-orders", ReplicationConfiguration={
            "Role": there["Role"], "Rules": [theirs]})
        self.mended()
        rules = self.prod.get_bucket_replication(
            Bucket="copies-orders")["ReplicationConfiguration"]["Rules"]
        self.assertEqual({rule["ID"]: rule["Priority"] for rule in rules},
                         {"theirs": 1, "plinth-replica": 2})
        iam = self.client("iam", "Prod", "us-east-1")
        role = iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
        self.prod.put_bucket_replication(Bucket="copies-orders", ReplicationConfiguration={
            "Role": role, "Rules": [theirs]})
        done = SANDBOX.plinth("plan", self.baseline)
        self.assertEqual(done.returncode, 4, done.stdout)
        self.assertIn("bucket copies-orders: it replicates with role %s by 1 rules" % role,
                      done.stdout)
        self.prod.delete_bucket_replication(Bucket="copies-orders")
        self.mended()


if __name__ == "__main__":
    SANDBOX = Sandbox(os.path.abspath(sys.argv.pop(1)))
    program = unittest.main(exit=False)
    SANDBOX.stop()
    sys.exit(0 if program.result.wasSuccessful() else 1)
