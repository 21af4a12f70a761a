"""Block public access of an account on the simulator, with boto3.

    sim_boto3_s3control.py SIM_SERVER
"""
import json
import sys
import unittest

import sim_boto3
from sim_boto3 import Case, Sandbox, without_account_host

ALL = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True,
       "RestrictPublicBuckets": True}


def client(region="us-east-1"):
    return without_account_host(SANDBOX.client("s3control", region))


class Block(Case):
    def test_1_own(self):
        control = client()
        whose = {"AccountId": SANDBOX.account}
        response = self.refused("NoSuchPublicAccessBlockConfiguration",
                                control.get_public_access_block, **whose)
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], 404)
        some = dict(ALL, BlockPublicPolicy=False)
        control.put_public_access_block(PublicAccessBlockConfiguration=some, **whose)
        answer = client("eu-west-1").get_public_access_block(**whose)
        self.assertEqual(answer["PublicAccessBlockConfiguration"], some)
        control.delete_public_access_block(**whose)
        self.refused("NoSuchPublicAccessBlockConfiguration", control.get_public_access_block,
                     **whose)
        self.refused("AccessDenied", control.get_public_access_block, AccountId="111122223333")

    def test_2_held(self):
        control = client()
        whose = {"AccountId": SANDBOX.account}
        org = SANDBOX.client("organizations")
        org.create_organization(FeatureSet="ALL")
        root = org.list_roots()["Roots"][0]["Id"]
        org.enable_policy_type(RootId=root, PolicyType="S3_POLICY")
        content = {"s3_attributes": {"public_access_block_configuration": {"@@assign": "all"}}}
        policy = org.create_policy(Name="s3", Description="", Type="S3_POLICY",
                                   Content=json.dumps(content))["Policy"]["PolicySummary"]["Id"]
        org.attach_policy(PolicyId=policy, TargetId=root)
        answer = control.get_public_access_block(**whose)
        self.assertEqual(answer["PublicAccessBlockConfiguration"], ALL)
        response = self.refused("AccessDenied", control.put_public_access_block,
                                PublicAccessBlockConfiguration=ALL, **whose)
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], 403)
        self.refused("AccessDenied", control.delete_public_access_block, **whose)


if __name__ == "__main__":
    SANDBOX = sim_boto3.SANDBOX = Sandbox(sys.argv[1])
    result = unittest.TextTestRunner(verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    status = SANDBOX.stop()
    sys.exit(0 if result.wasSuccessful() and status == 0 else 1)
