"""Access Analyzer under boto3 on the simulator, as an administrator would set it up.

    sim_boto3_accessanalyzer.py SIM_SERVER
"""
import datetime
import sys
import unittest

from sim_boto3 import Case, Sandbox, session_of

PRINCIPAL = "access-analyzer.amazonaws.com"


class Analyzers(Case):
    @classmethod
    def setUpClass(cls):
        org = SANDBOX.client("organizations")
        org.create_organization(FeatureSet="ALL")
        org.enable_aws_service_access(ServicePrincipal=PRINCIPAL)
        status = org.create_account(Email="s@example.com", AccountName="s")["CreateAccountStatus"]
        while status["State"] == "IN_PROGRESS":
            status = org.describe_create_account_status(
                CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
        cls.account = status["AccountId"]
        org.register_delegated_administrator(AccountId=cls.account, ServicePrincipal=PRINCIPAL)
        role = "arn:aws:iam::%s:role/OrganizationAccountAccessRole" % cls.account
        answer = SANDBOX.client("sts").assume_role(RoleArn=role, RoleSessionName="test")
        cls.session = session_of(answer["Credentials"])

    def setUp(self):
        self.client = SANDBOX.client("accessanalyzer", session=self.session)

    def tearDown(self):
        for analyzer in self.client.list_analyzers()["analyzers"]:
            self.client.delete_analyzer(analyzerName=analyzer["name"])

    def test_an_analyzer(self):
        arn = self.client.create_analyzer(
            analyzerName="org", type="ORGANIZATION", tags={"a": "1"},
            archiveRules=[{"ruleName": "ours",
                           "filter": {"resourceType": {"eq": ["AWS::S3::Bucket"]}}}])["arn"]
        self.assertEqual(arn, "arn:aws:access-analyzer:us-east-1:%s:analyzer/org" % self.account)
        analyzer = self.client.get_analyzer(analyzerName="org")["analyzer"]
        self.assertEqual(analyzer["status"], "ACTIVE")
        self.assertEqual(analyzer["tags"], {"a": "1"})
        self.assertIsInstance(analyzer["createdAt"], datetime.datetime)
        rules = self.client.list_archive_rules(analyzerName="org")["archiveRules"]
        self.assertEqual([rule["ruleName"] for rule in rules], ["ours"])
        self.assertIsInstance(rules[0]["updatedAt"], datetime.datetime)
        self.refused("ConflictException", self.client.create_analyzer, analyzerName="org",
                     type="ORGANIZATION")
        self.assertEqual(
            SANDBOX.client("accessanalyzer", "eu-west-1", self.session)
            .list_analyzers()["analyzers"], [])

    def test_unused_access(self):
        self.client.create_analyzer(analyzerName="unused", type="ORGANIZATION_UNUSED_ACCESS",
                                    configuration={"unusedAccess": {"unusedAccessAge": 60}})
        analyzer = self.client.get_analyzer(analyzerName="unused")["analyzer"]
        self.assertEqual(analyzer["configuration"], {"unusedAccess": {"unusedAccessAge": 60}})
        answer = self.client.update_analyzer(
            analyzerName="unused", configuration={"unusedAccess": {
                "unusedAccessAge": 30,
                "analysisRule": {"exclusions": [{"accountIds": [SANDBOX.account]}]}}})
        self.assertEqual(answer["configuration"]["unusedAccess"]["unusedAccessAge"], 30)
        self.refused("ValidationException", self.client.create_analyzer, analyzerName="x",
                     type="ORGANIZATION", configuration={"unusedAccess": {"unusedAccessAge": 1}})

    def test_rules(self):
        self.client.create_analyzer(analyzerName="a", type="ACCOUNT")
        self.client.create_archive_rule(
            analyzerName="a", ruleName="r",
            filter={"principal.AWS": {"contains": ["111122223333"]}, "error": {"exists": False}})
        self.client.update_archive_rule(analyzerName="a", ruleName="r",
                                        filter={"isPublic": {"neq": ["true"]}})
        rule = self.client.get_archive_rule(analyzerName="a", ruleName="r")["archiveRule"]
        self.assertEqual(rule["filter"], {"isPublic": {"neq": ["true"]}})
        self.client.delete_archive_rule(analyzerName="a", ruleName="r")
        error = self.refused("ResourceNotFoundException", self.client.get_archive_rule,
                             analyzerName="a", ruleName="r")
        self.assertEqual(error["resourceType"], "ARCHIVE_RULE")

    def test_pages_and_types(self):
        for i in range(5):
            self.client.create_analyzer(analyzerName="o%d" % i, type="ORGANIZATION")
        error = self.refused("ServiceQuotaExceededException", self.client.create_analyzer,
                             analyzerName="o5", type="ORGANIZATION")
        self.assertEqual(error["ResponseMetadata"]["HTTPStatusCode"], 402)
        pages = self.client.get_paginator("list_analyzers").paginate(
            type="ORGANIZATION", PaginationConfig={"PageSize": 2})
        names = [analyzer["name"] for page in pages for analyzer in page["analyzers"]]
        self.assertEqual(names, ["o0", "o1", "o2", "o3", "o4"])

    def test_tags(self):
        arn = self.client.create_analyzer(analyzerName="t", type="ACCOUNT")["arn"]
        self.client.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2", "c": "3"})
        self.client.untag_resource(resourceArn=arn, tagKeys=["a"])
        self.client.untag_resource(resourceArn=arn, tagKeys=["b", "x"])
        self.assertEqual(self.client.list_tags_for_resource(resourceArn=arn)["tags"], {"c": "3"})


if __name__ == "__main__":
    SANDBOX = Sandbox(sys.argv[1])
    result = unittest.TextTestRunner(verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    status = SANDBOX.stop()
    if status != 0:
        print("sim_server ended with %d" % status)
    sys.exit(0 if result.wasSuccessful() and status == 0 else 1)
