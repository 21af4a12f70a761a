"""The simulator under boto3, a client that nobody of us wrote: protocols, signatures, errors.

    sim_boto3.py SIM_SERVER
"""
import datetime
import json
import re
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError
except ImportError:
    print("skipped: %s has no boto3 (set PLINTH_PYTHON)" % sys.executable)
    sys.exit(77)

TRUST = {"Version": "2012-10-17",
         "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
ALLOW = {"Version": "2012-10-17",
         "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


class Sandbox:
    """A running simulator."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        login = json.loads(self.process.stdout.readline())
        self.url = "http://127.0.0.1:%d" % login["port"]
        self.account = login["account_id"]
        self.session = boto3.Session(aws_access_key_id=login["access_key_id"],
                                     aws_secret_access_key=login["secret_access_key"])

    def client(self, service, region="us-east-1", session=None):
        config = Config(retries={"total_max_attempts": 1})
        return (session or self.session).client(service, region_name=region,
                                                endpoint_url=self.url, config=config)

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(30)


def session_of(credentials):
    return boto3.Session(aws_access_key_id=credentials["AccessKeyId"],
                         aws_secret_access_key=credentials["SecretAccessKey"],
                         aws_session_token=credentials["SessionToken"])


def without_account_host(client):
    """boto3 puts the account before the host of S3 Control, which no loopback address can have."""
    def cut(request, **_):
        request.url = re.sub(r"//\d{12}\.", "//", request.url)

    client.meta.events.register("before-sign.s3-control", cut)
    return client


class Case(unittest.TestCase):
    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception.response


class Sts(Case):
    def setUp(self):
        self.sts = SANDBOX.client("sts")
        self.iam = SANDBOX.client("iam")

    def test_identity(self):
        answer = self.sts.get_caller_identity()
        self.assertEqual(answer["Account"], SANDBOX.account)
        self.assertEqual(answer["Arn"], "arn:aws:iam::%s:user/administrator" % SANDBOX.account)
        self.assertTrue(answer["ResponseMetadata"]["RequestId"])

    def test_any_region(self):
        answer = SANDBOX.client("sts", "eu-west-1").get_caller_identity()
        self.assertEqual(answer["Account"], SANDBOX.account)

    def test_wrong_secret(self):
        session = boto3.Session(aws_access_key_id=SANDBOX.session.get_credentials().access_key,
                                aws_secret_access_key="wrong")
        response = self.refused("SignatureDoesNotMatch",
                                SANDBOX.client("sts", session=session).get_caller_identity)
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], 403)

    def test_unknown_key(self):
        session = boto3.Session(aws_access_key_id="AKIAAAAAAAAAAAAAAAAA",
                                aws_secret_access_key="x")
        self.refused("InvalidClientTokenId",
                     SANDBOX.client("sts", session=session).get_caller_identity)

    def test_assume_role(self):
        role = self.iam.create_role(RoleName="boto", AssumeRolePolicyDocument=json.dumps(TRUST))
        answer = self.sts.assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="me",
                                      DurationSeconds=900)
        expires = answer["Credentials"]["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
        self.assertLess(expires, datetime.timedelta(seconds=901))
        session = session_of(answer["Credentials"])
        identity = SANDBOX.client("sts", session=session).get_caller_identity()
        self.assertEqual(identity["Arn"],
                         "arn:aws:sts::%s:assumed-role/boto/me" % SANDBOX.account)
        self.refused("AccessDenied", SANDBOX.client("iam", session=session).list_users)
        self.iam.delete_role(RoleName="boto")

    def test_no_such_role(self):
        self.refused("AccessDenied", self.sts.assume_role, RoleSessionName="me",
                     RoleArn="arn:aws:iam::%s:role/missing" % SANDBOX.account)

    def test_access_key_info(self):
        key = SANDBOX.session.get_credentials().access_key
        self.assertEqual(self.sts.get_access_key_info(AccessKeyId=key)["Account"],
                         SANDBOX.account)


class Iam(Case):
    def setUp(self):
        self.iam = SANDBOX.client("iam")

    def test_role(self):
        created = self.iam.create_role(
            RoleName="Reader", Path="/x/", AssumeRolePolicyDocument=json.dumps(TRUST),
            Description="a <b> & c", MaxSessionDuration=7200,
            Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])["Role"]
        self.assertEqual(created["Arn"], "arn:aws:iam::%s:role/x/Reader" % SANDBOX.account)
        role = self.iam.get_role(RoleName="Reader")["Role"]
        self.assertEqual(role["AssumeRolePolicyDocument"], TRUST)
        self.assertEqual(role["Description"], "a <b> & c")
        self.assertEqual(role["MaxSessionDuration"], 7200)
        self.assertEqual(role["Tags"], [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
        self.assertIsInstance(role["CreateDate"], datetime.datetime)
        self.refused("EntityAlreadyExists", self.iam.create_role, RoleName="reader",
                     AssumeRolePolicyDocument=json.dumps(TRUST))
        self.iam.untag_role(RoleName="Reader", TagKeys=["a"])
        self.assertEqual(self.iam.list_role_tags(RoleName="Reader")["Tags"],
                         [{"Key": "b", "Value": ""}])
        self.iam.put_role_policy(RoleName="Reader", PolicyName="p",
                                 PolicyDocument=json.dumps(ALLOW))
        inline = self.iam.get_role_policy(RoleName="Reader", PolicyName="p")
        self.assertEqual(inline["PolicyDocument"], ALLOW)
        self.iam.attach_role_policy(RoleName="Reader",
                                    PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")
        self.assertEqual(self.iam.list_attached_role_policies(RoleName="Reader")
                         ["AttachedPolicies"][0]["PolicyName"], "SecurityAudit")
        self.refused("DeleteConflict", self.iam.delete_role, RoleName="Reader")
        self.iam.detach_role_policy(RoleName="Reader",
                                    PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")
        self.iam.delete_role_policy(RoleName="Reader", PolicyName="p")
        self.iam.delete_role(RoleName="Reader")
        self.refused("NoSuchEntity", self.iam.get_role, RoleName="Reader")

    def test_pages(self):
        names = ["page%02d" % i for i in range(7)]
        for name in names:
            self.iam.create_role(RoleName=name, Path="/pages/",
                                 AssumeRolePolicyDocument=json.dumps(TRUST))
        pages = list(self.iam.get_paginator("list_roles").paginate(
            PathPrefix="/pages/", PaginationConfig={"PageSize": 3}))
        self.assertGreater(len(pages), 2)
        self.assertEqual([role["RoleName"] for page in pages for role in page["Roles"]], names)
        for name in names:
            self.iam.delete_role(RoleName=name)

    def test_policy_versions(self):
        arn = self.iam.create_policy(PolicyName="mine",
                                     PolicyDocument=json.dumps(ALLOW))["Policy"]["Arn"]
        self.iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(ALLOW),
                                       SetAsDefault=True)
        self.assertEqual(self.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"], "v2")
        version = self.iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
        self.assertEqual(version["Document"], ALLOW)
        self.assertFalse(version["IsDefaultVersion"])
        self.refused("DeleteConflict", self.iam.delete_policy, PolicyArn=arn)
        self.iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
        self.iam.delete_policy(PolicyArn=arn)
        self.refused("NoSuchEntity", self.iam.get_policy, PolicyArn=arn)
        self.refused("MalformedPolicyDocument", self.iam.create_policy, PolicyName="bad",
                     PolicyDocument="{}")

    def test_user_keys(self):
        self.iam.create_user(UserName="honey")
        key = self.iam.create_access_key(UserName="honey")["AccessKey"]
        self.iam.create_access_key(UserName="honey")
        self.refused("LimitExceeded", self.iam.create_access_key, UserName="honey")
        used = self.iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
        self.assertNotIn("LastUsedDate", used["AccessKeyLastUsed"])
        session = boto3.Session(aws_access_key_id=key["AccessKeyId"],
                                aws_secret_access_key=key["SecretAccessKey"])
        identity = SANDBOX.client("sts", session=session).get_caller_identity()
        self.assertTrue(identity["Arn"].endswith(":user/honey"))
        used = self.iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
        self.assertEqual(used["AccessKeyLastUsed"]["ServiceName"], "sts")
        self.iam.update_access_key(UserName="honey", AccessKeyId=key["AccessKeyId"],
                                   Status="Inactive")
        self.refused("InvalidClientTokenId",
                     SANDBOX.client("sts", session=session).get_caller_identity)
        for item in self.iam.list_access_keys(UserName="honey")["AccessKeyMetadata"]:
            self.iam.delete_access_key(UserName="honey", AccessKeyId=item["AccessKeyId"])
        self.iam.delete_user(UserName="honey")

    def test_account(self):
        self.iam.create_account_alias(AccountAlias="plinth-test")
        self.assertEqual(self.iam.list_account_aliases()["AccountAliases"], ["plinth-test"])
        self.refused("NoSuchEntity", self.iam.get_account_password_policy)
        self.iam.update_account_password_policy(MinimumPasswordLength=14, RequireSymbols=True,
                                                MaxPasswordAge=90)
        policy = self.iam.get_account_password_policy()["PasswordPolicy"]
        self.assertEqual(policy["MinimumPasswordLength"], 14)
        self.assertIs(policy["RequireSymbols"], True)
        self.assertIs(policy["RequireNumbers"], False)
        self.assertIs(policy["ExpirePasswords"], True)
        self.assertEqual(self.iam.get_account_summary()["SummaryMap"]["RolesQuota"], 1000)

    def test_bad_input(self):
        response = self.refused("ValidationError", self.iam.create_role, RoleName="a b",
                                AssumeRolePolicyDocument=json.dumps(TRUST))
        self.assertIn("roleName", response["Error"]["Message"])


class Ec2(Case):
    def test_regions(self):
        ec2 = SANDBOX.client("ec2", "eu-central-1")
        names = [region["RegionName"] for region in ec2.describe_regions()["Regions"]]
        self.assertIn("eu-west-1", names)
        self.assertNotIn("af-south-1", names)
        every = ec2.describe_regions(AllRegions=True)["Regions"]
        status = {region["RegionName"]: region["OptInStatus"] for region in every}
        self.assertEqual(status["af-south-1"], "not-opted-in")
        some = ec2.describe_regions(AllRegions=True, Filters=[
            {"Name": "opt-in-status", "Values": ["not-opted-in"]}])["Regions"]
        self.assertEqual({region["OptInStatus"] for region in some}, {"not-opted-in"})


class OwnPaths(Case):
    def get(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(SANDBOX.url + path, data) as answer:
            return json.load(answer)

    def test_login_and_calls(self):
        self.assertEqual(self.get("/_sandbox/login")["account_id"], SANDBOX.account)
        before = self.get("/_sandbox/calls")
        SANDBOX.client("sts").get_caller_identity()
        after = self.get("/_sandbox/calls")
        self.assertEqual(after["reads"], before["reads"] + 1)
        self.assertEqual(after["writes"], before["writes"])
        self.assertGreater(after["operations"]["sts:GetCallerIdentity"], 0)

    def test_inject(self):
        iam = SANDBOX.client("iam")
        self.get("/_sandbox/inject", {"fault": "refuse_one", "nth_write": 1})
        self.refused("AccessDenied", iam.create_user, UserName="x")
        self.get("/_sandbox/inject", {"fault": "lose_one"})
        with self.assertRaises(Exception) as lost:
            iam.create_user(UserName="x")
        self.assertNotIsInstance(lost.exception, ClientError)
        self.refused("EntityAlreadyExists", iam.create_user, UserName="x")
        iam.delete_user(UserName="x")
        with self.assertRaises(urllib.error.HTTPError) as refused:
            self.get("/_sandbox/inject", {"fault": "nonsense"})
        refused.exception.close()


if __name__ == "__main__":
    SANDBOX = Sandbox(sys.argv[1])
    result = unittest.TextTestRunner(verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    status = SANDBOX.stop()
    if status != 0:
        print("sim_server ended with %d" % status)
    sys.exit(0 if result.wasSuccessful() and status == 0 else 1)
