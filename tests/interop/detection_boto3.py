"""Damage to detection and guardrails in an organization of many accounts, made with boto3.

    detection_boto3.py PLINTH [ACCOUNTS]        8 accounts if not given

Everything is done at once, in different accounts and regions; plinth must name exactly that, with
account and region, mend it, and then find nothing.
"""
import json
import os
import sys
import unittest

from sim_boto3 import Case, session_of, without_account_host
from startup_boto3 import BASELINE, MEMBER_ROLE, Sandbox


def many_accounts(folder, count):
    with open(BASELINE) as file:
        text = file.read()
    more = "".join("\n  - name: App %02d\n    email: app%02d@example.com\n    ou: Workloads/Dev\n"
                   % (n, n) for n in range(count - 6))
    path = os.path.join(folder, "many.yaml")
    with open(path, "w") as file:
        file.write(text.replace("\naccounts:\n", "\naccounts:\n" + more, 1))
    return path


class Detection(Case):
    @classmethod
    def setUpClass(cls):
        cls.baseline = many_accounts(SANDBOX.folder, COUNT)
        cls.apply = SANDBOX.plinth("apply", cls.baseline, "--yes", "--quiet", "--output", "json")
        cls.accounts = {account["Name"]: account["Id"] for page in
                        SANDBOX.client("organizations").get_paginator("list_accounts").paginate()
                        for account in page["Accounts"]}

    def client(self, service, account, region):
        answer = SANDBOX.client("sts").assume_role(
            RoleArn="arn:aws:iam::%s:role/%s" % (self.accounts[account], MEMBER_ROLE),
            RoleSessionName="test")
        session = session_of(answer["Credentials"])
        return without_account_host(
            session.client(service, region_name=region, endpoint_url=SANDBOX.url))

    def report(self, code, *words):
        done = SANDBOX.plinth(*words, self.baseline, "--output", "json")
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout)

    def damage(self):
        """What plinth must find: control, account, region."""
        guardduty = self.client("guardduty", "Security", "eu-west-2")
        detector = guardduty.list_detectors()["DetectorIds"][0]
        guardduty.update_detector(DetectorId=detector, Enable=False)
        cloudtrail = SANDBOX.session.client("cloudtrail", region_name="eu-central-1",
                                            endpoint_url=SANDBOX.url)
        cloudtrail.stop_logging(Name=cloudtrail.describe_trails()["trailList"][0]["TrailARN"])
        analyzer = self.client("accessanalyzer", "Security", "ap-south-1")
        name = analyzer.list_analyzers(type="ORGANIZATION")["analyzers"][0]["name"]
        analyzer.delete_analyzer(analyzerName=name)
        s3control = self.client("s3control", "Prod", "us-east-1")
        s3control.delete_public_access_block(AccountId=self.accounts["Prod"])
        events = self.client("events", "Dev", "sa-east-1")
        rule = events.list_rules(NamePrefix="plinth-")["Rules"][0]["Name"]
        targets = events.list_targets_by_rule(Rule=rule)["Targets"]
        events.remove_targets(Rule=rule, Ids=[target["Id"] for target in targets])
        events.delete_rule(Name=rule)
        self.client("ec2", "App 00", "eu-north-1").disable_ebs_encryption_by_default()
        return {("guardduty", None, "eu-west-2"), ("cloudtrail", None, None),
                ("access_analyzer", None, "ap-south-1"), ("s3_public_access_block", "Prod", None),
                ("alarm_rules", "Dev", "sa-east-1"), ("ebs_encryption", "App 00", "eu-north-1")}

    def test_damage_is_found_named_and_mended(self):
        self.assertEqual(self.apply.returncode, 0, self.apply.stderr)
        before = SANDBOX.calls()["writes"]
        again = self.report(0, "apply", "--yes", "--quiet")
        self.assertEqual(SANDBOX.calls()["writes"], before)
        self.assertGreater(again["summary"]["targets"], 100 * COUNT)
        wanted = self.damage()
        drift = self.report(2, "drift")
        found = {(target["control"], target.get("account"), target.get("region"))
                 for target in drift["targets"] if target["outcome"] == "drifted"}
        self.assertEqual(found, wanted)
        self.report(0, "apply", "--yes", "--quiet")
        after = self.report(0, "drift")["summary"]
        self.assertEqual(after["clean"], after["targets"])


if __name__ == "__main__":
    COUNT = int(sys.argv.pop(2)) if len(sys.argv) > 2 else 8
    SANDBOX = Sandbox(os.path.abspath(sys.argv.pop(1)))
    program = unittest.main(exit=False)
    SANDBOX.stop()
    sys.exit(0 if program.result.wasSuccessful() else 1)
