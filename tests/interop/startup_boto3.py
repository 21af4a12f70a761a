"""What plinth builds, read and damaged through clients that nobody of us wrote: boto3 and awscli.

    startup_boto3.py PLINTH
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from sim_boto3 import Case, session_of

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import sandbox

import boto3
from botocore.config import Config

BASELINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "baselines",
                        "startup.yaml")
MEMBER_ROLE = "OrganizationAccountAccessRole"
ACCOUNTS = {"Security": "Security", "Log Archive": "Security", "Backup": "Infrastructure",
            "Tools": "Infrastructure", "Prod": "Workloads/Prod", "Dev": "Workloads/Dev"}


class Sandbox(sandbox.Sandbox):
    """With clients of boto3."""

    def __init__(self, plinth, *options):
        super().__init__(plinth, tempfile.mkdtemp(), *(options or ("--time-scale", "0.01")),
                         *self.recording())
        self.session = boto3.Session(aws_access_key_id=self.env["AWS_ACCESS_KEY_ID"],
                                     aws_secret_access_key=self.env["AWS_SECRET_ACCESS_KEY"])

    @staticmethod
    def recording():
        folder = os.environ.get("PLINTH_RECORD")
        return ["--record", "%s/interop-%d.jsonl" % (folder, os.getpid())] if folder else []

    def client(self, service, session=None, region="us-east-1"):
        return (session or self.session).client(service, region_name=region,
                                                endpoint_url=self.url,
                                                config=Config(retries={"total_max_attempts": 3}))

    def stop(self):
        code = super().stop()
        shutil.rmtree(self.folder)
        return code


class Startup(Case):
    """One organization for all; a test that damages something has it mended."""

    @classmethod
    def setUpClass(cls):
        cls.org = SANDBOX.client("organizations")
        cls.plan = SANDBOX.plinth("plan", BASELINE, "--output", "json")
        cls.calls_of_plan = SANDBOX.calls()
        cls.apply = SANDBOX.plinth("apply", BASELINE, "--yes", "--output", "json")
        cls.calls_of_apply = SANDBOX.calls()

    def pages(self, operation, key, **arguments):
        paginator = self.org.get_paginator(operation)
        return [item for page in paginator.paginate(**arguments) for item in page[key]]

    def root(self):
        return self.org.list_roots()["Roots"][0]["Id"]

    def unit(self, path):
        parent = self.root()
        for name in filter(None, path.split("/")):
            units = self.pages("list_organizational_units_for_parent", "OrganizationalUnits",
                               ParentId=parent)
            parent = next(unit["Id"] for unit in units if unit["Name"] == name)
        return parent

    def account(self, name):
        accounts = self.pages("list_accounts", "Accounts")
        found = [account["Id"] for account in accounts if account["Name"] == name]
        self.assertEqual(len(found), 1, name)
        return found[0]

    def policies(self, kind="SERVICE_CONTROL_POLICY"):
        return {policy["Name"]: policy["Id"]
                for policy in self.pages("list_policies", "Policies", Filter=kind)}

    def member(self, name):
        answer = SANDBOX.client("sts").assume_role(
            RoleArn="arn:aws:iam::%s:role/%s" % (self.account(name), MEMBER_ROLE),
            RoleSessionName="test")
        return session_of(answer["Credentials"])

    def json_of(self, done, code):
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        report = json.loads(done.stdout)
        summary = report["summary"]
        outcomes = ("clean", "changed", "drifted", "skipped", "failed", "unknown")
        self.assertEqual(sum(summary[outcome] for outcome in outcomes), summary["targets"])
        return report

    def found_and_mended(self, control, resource):
        """plinth names the damage, and it alone; mends it; then all is clean without a write."""
        report = self.json_of(SANDBOX.plinth("drift", BASELINE, "--output", "json"), 2)
        drifted = [target for target in report["targets"] if target["outcome"] == "drifted"]
        self.assertEqual(len(drifted), 1, report["targets"])
        self.assertEqual(drifted[0]["control"], control)
        resources = [change["resource"] for change in drifted[0]["changes"]]
        self.assertTrue(any(resource in found for found in resources), resources)
        self.json_of(SANDBOX.plinth("apply", BASELINE, "--yes", "--output", "json"), 0)
        before = SANDBOX.calls()["writes"]
        report = self.json_of(SANDBOX.plinth("drift", BASELINE, "--output", "json"), 0)
        self.assertEqual(report["summary"]["clean"], report["summary"]["targets"])
        self.assertEqual(SANDBOX.calls()["writes"], before)
        return drifted[0]

    def test_plan_is_complete_and_wrote_nothing(self):
        plan, apply = self.json_of(self.plan, 2), self.json_of(self.apply, 0)
        self.assertEqual(self.calls_of_plan["writes"], 0)
        self.assertEqual(plan["summary"]["changes"], apply["summary"]["changes"])
        self.assertGreater(apply["summary"]["changes"], 50)

    def test_a_second_apply_writes_nothing(self):
        before = SANDBOX.calls()
        report = self.json_of(SANDBOX.plinth("apply", BASELINE, "--yes", "--output", "json"), 0)
        after = SANDBOX.calls()
        self.assertEqual(after["writes"], before["writes"])
        self.assertEqual(report["summary"]["writes"], 0)
        # Every call is in the report, those that sign in to members as well.
        self.assertEqual(after["reads"] - before["reads"], report["summary"]["reads"])

    def test_organization(self):
        organization = self.org.describe_organization()["Organization"]
        self.assertEqual(organization["FeatureSet"], "ALL")
        trusted = {service["ServicePrincipal"] for service in
                   self.pages("list_aws_service_access_for_organization",
                              "EnabledServicePrincipals")}
        self.assertTrue({"account.amazonaws.com", "cloudtrail.amazonaws.com",
                         "iam.amazonaws.com"} <= trusted, trusted)
        types = {kind["Type"]: kind["Status"]
                 for kind in self.org.list_roots()["Roots"][0]["PolicyTypes"]}
        self.assertEqual(types["SERVICE_CONTROL_POLICY"], "ENABLED")
        admins = self.pages("list_delegated_administrators", "DelegatedAdministrators",
                            ServicePrincipal="access-analyzer.amazonaws.com")
        self.assertEqual([admin["Name"] for admin in admins], ["Security"])

    def test_accounts_are_where_they_belong(self):
        for name, path in ACCOUNTS.items():
            parents = self.org.list_parents(ChildId=self.account(name))["Parents"]
            self.assertEqual(parents[0]["Id"], self.unit(path), name)
        self.assertEqual(len(self.pages("list_accounts", "Accounts")), len(ACCOUNTS) + 1)

    def test_policies_are_attached_and_say_what_they_should(self):
        policies = self.policies()
        content = json.loads(self.org.describe_policy(
            PolicyId=policies["plinth-root-1"])["Policy"]["Content"])
        denied = [action for statement in content["Statement"]
                  for action in ([statement["Action"]] if isinstance(statement.get("Action"), str)
                                 else statement.get("Action", []))]
        self.assertIn("organizations:LeaveOrganization", denied)
        self.assertTrue(all(statement["Effect"] == "Deny" for statement in content["Statement"]))
        at_root = {policy["Name"] for policy in
                   self.pages("list_policies_for_target", "Policies", TargetId=self.root(),
                              Filter="SERVICE_CONTROL_POLICY")}
        self.assertTrue({"FullAWSAccess", "plinth-root-1"} <= at_root, at_root)

    def test_the_security_role(self):
        security = self.account("Security")
        for name in ("Prod", "Security"):
            iam = SANDBOX.client("iam", self.member(name))
            role = iam.get_role(RoleName="SecurityView")["Role"]
            principal = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]
            self.assertEqual(principal, "arn:aws:iam::%s:root" % security)
            arns = {policy["PolicyArn"] for policy in iam.list_attached_role_policies(
                RoleName="SecurityView")["AttachedPolicies"]}
            self.assertIn("arn:aws:iam::aws:policy/SecurityAudit", arns)

    def test_root_access(self):
        features = SANDBOX.client("iam").list_organizations_features()["EnabledFeatures"]
        self.assertEqual(set(features), {"RootCredentialsManagement", "RootSessions"})

    def test_contacts(self):
        contact = SANDBOX.client("account").get_alternate_contact(
            AccountId=self.account("Prod"), AlternateContactType="SECURITY")["AlternateContact"]
        self.assertTrue(contact["EmailAddress"].endswith("@example.com"))

    def log_archive(self):
        """S3 and KMS of the log archive account, and the bucket's name."""
        session = self.member("Log Archive")
        name = "startup-logs-%s-eu-central-1" % self.account("Log Archive")
        return (SANDBOX.client("s3", session, "eu-central-1"),
                SANDBOX.client("kms", session, "eu-central-1"), name)

    def test_the_log_archive(self):
        trails = SANDBOX.client("cloudtrail", region="eu-central-1")
        s3, kms, bucket = self.log_archive()
        key = kms.describe_key(KeyId="alias/startup-logs")["KeyMetadata"]
        trail = trails.get_trail(Name="organization")["Trail"]
        self.assertEqual((trail["S3BucketName"], trail["KmsKeyId"]), (bucket, key["Arn"]))
        for flag in ("IsOrganizationTrail", "IsMultiRegionTrail", "LogFileValidationEnabled"):
            self.assertIs(trail[flag], True)
        status = trails.get_trail_status(Name="organization")
        self.assertIs(status["IsLogging"], True)
        self.assertNotIn("LatestDeliveryError", status)
        self.assertIs(kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"], True)
        rule = s3.get_bucket_encryption(
            Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
        self.assertEqual(rule["ApplyServerSideEncryptionByDefault"],
                         {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]})
        lock = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
        self.assertEqual(lock["Rule"]["DefaultRetention"], {"Mode": "GOVERNANCE", "Days": 90})
        lifecycle = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        self.assertIn(400, [rule.get("Expiration", {}).get("Days") for rule in lifecycle])
        block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        self.assertEqual(set(block.values()), {True})
        # Every account has the trail before it, and cannot touch it.
        prod = SANDBOX.client("cloudtrail", self.member("Prod"), "eu-west-1")
        self.assertEqual([seen["TrailARN"] for seen in prod.describe_trails()["trailList"]],
                         [trail["TrailARN"]])

    def test_damage_to_the_trail(self):
        SANDBOX.client("cloudtrail", region="eu-central-1").stop_logging(Name="organization")
        self.found_and_mended("cloudtrail", "organization trail organization")

    def test_damage_to_the_log_bucket(self):
        s3, _, bucket = self.log_archive()
        s3.delete_bucket_policy(Bucket=bucket)
        s3.delete_bucket_lifecycle(Bucket=bucket)
        target = self.found_and_mended("log_archive", bucket)
        self.assertEqual(len(target["changes"]), 2)

    def test_damage_to_the_log_key(self):
        _, kms, _ = self.log_archive()
        kms.disable_key(KeyId=kms.describe_key(KeyId="alias/startup-logs")["KeyMetadata"]["KeyId"])
        self.found_and_mended("log_key", "alias/startup-logs")

    def test_damage_to_an_attachment(self):
        self.org.detach_policy(PolicyId=self.policies()["plinth-Workloads-1"],
                               TargetId=self.unit("Workloads"))
        self.found_and_mended("policies", "plinth-Workloads-1")

    def test_damage_to_a_policy(self):
        content = json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "Action": "sqs:AddPermission", "Resource": "*"}]})
        self.org.update_policy(PolicyId=self.policies()["plinth-root-1"], Content=content)
        self.found_and_mended("policies", "plinth-root-1")

    def test_damage_to_a_place(self):
        self.org.move_account(AccountId=self.account("Prod"),
                              SourceParentId=self.unit("Workloads/Prod"),
                              DestinationParentId=self.root())
        self.found_and_mended("accounts", "Prod")

    def test_damage_to_the_security_role(self):
        iam = SANDBOX.client("iam", self.member("Dev"))
        for policy in iam.list_attached_role_policies(RoleName="SecurityView")["AttachedPolicies"]:
            iam.detach_role_policy(RoleName="SecurityView", PolicyArn=policy["PolicyArn"])
        iam.delete_role(RoleName="SecurityView")
        target = self.found_and_mended("security_role", "SecurityView")
        self.assertEqual(target["account"], "Dev")

    def test_damage_to_root_sessions(self):
        SANDBOX.client("iam").disable_organizations_root_sessions()
        self.found_and_mended("root_access", "root sessions")

    def test_awscli_reads_the_same(self):
        if shutil.which("aws") is None:
            self.skipTest("no aws on this machine")
        env = dict(SANDBOX.env, AWS_DEFAULT_REGION="us-east-1", AWS_DEFAULT_OUTPUT="json")

        def aws(*words):
            # The Debian package's own Python, whatever this one is.
            done = subprocess.run(["aws", "--endpoint-url", SANDBOX.url, *words], env=env,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(done.stdout)

        names = {account["Name"]
                 for account in aws("organizations", "list-accounts")["Accounts"]}
        self.assertTrue(set(ACCOUNTS) <= names, names)
        self.assertEqual(aws("sts", "get-caller-identity")["Account"],
                         self.org.describe_organization()["Organization"]["MasterAccountId"])
        summary = aws("organizations", "describe-policy", "--policy-id",
                      self.policies()["plinth-root-1"])["Policy"]["PolicySummary"]
        self.assertFalse(summary["AwsManaged"])
        credentials = aws("sts", "assume-role", "--role-session-name", "cli", "--role-arn",
                          "arn:aws:iam::%s:role/%s" % (self.account("Prod"), MEMBER_ROLE))
        env.update(AWS_ACCESS_KEY_ID=credentials["Credentials"]["AccessKeyId"],
                   AWS_SECRET_ACCESS_KEY=credentials["Credentials"]["SecretAccessKey"],
                   AWS_SESSION_TOKEN=credentials["Credentials"]["SessionToken"])
        roles = {role["RoleName"] for role in aws("iam", "list-roles")["Roles"]}
        self.assertTrue({"SecurityView", MEMBER_ROLE} <= roles, roles)


if __name__ == "__main__":
    SANDBOX = Sandbox(os.path.abspath(sys.argv.pop(1)))
    program = unittest.main(exit=False)
    stopped = SANDBOX.stop()
    if stopped not in (0, 130):
        print("the sandbox ended with %d" % stopped)
    sys.exit(0 if program.result.wasSuccessful() and stopped in (0, 130) else 1)
