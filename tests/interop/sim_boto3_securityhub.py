"""Security Hub under boto3 on the simulator: an administrator and its members.

    sim_boto3_securityhub.py SIM_SERVER
"""
import datetime
import sys
import unittest

from sim_boto3 import Case, Sandbox, session_of


class SecurityHub(Case):
    @classmethod
    def setUpClass(cls):
        cls.org = SANDBOX.client("organizations")
        cls.org.create_organization(FeatureSet="ALL")
        cls.security = cls.make_account("security")
        cls.shop = cls.make_account("shop")

    @classmethod
    def make_account(cls, name):
        status = cls.org.create_account(Email=name + "@example.com",
                                        AccountName=name)["CreateAccountStatus"]
        while status["State"] == "IN_PROGRESS":
            status = cls.org.describe_create_account_status(
                CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
        return status["AccountId"]

    def client(self, account, region="us-east-1"):
        role = "arn:aws:iam::%s:role/OrganizationAccountAccessRole" % account
        answer = SANDBOX.client("sts").assume_role(RoleArn=role, RoleSessionName="test")
        return SANDBOX.client("securityhub", region, session_of(answer["Credentials"]))

    def test_an_organization(self):
        management = SANDBOX.client("securityhub")
        error = self.refused("InvalidAccessException", management.describe_hub)
        self.assertEqual(error["ResponseMetadata"]["HTTPStatusCode"], 401)
        management.enable_security_hub(EnableDefaultStandards=False, Tags={"a": "1"})
        self.assertIn("hub/default", management.describe_hub()["HubArn"])
        management.enable_organization_admin_account(AdminAccountId=self.security)
        self.assertEqual(management.list_organization_admin_accounts()["AdminAccounts"],
                         [{"AccountId": self.security, "Status": "ENABLED"}])
        delegated = self.org.list_delegated_administrators(
            ServicePrincipal="securityhub.amazonaws.com")["DelegatedAdministrators"]
        self.assertEqual([account["Id"] for account in delegated], [self.security])

        administrator = self.client(self.security)
        administrator.update_organization_configuration(AutoEnable=True, AutoEnableStandards="NONE")
        configuration = administrator.describe_organization_configuration()
        self.assertTrue(configuration["AutoEnable"])
        self.assertEqual(configuration["AutoEnableStandards"], "NONE")
        left = administrator.create_members(AccountDetails=[
            {"AccountId": self.shop}, {"AccountId": SANDBOX.account},
            {"AccountId": self.security}])["UnprocessedAccounts"]
        self.assertEqual([account["AccountId"] for account in left], [self.security])
        pages = administrator.get_paginator("list_members").paginate(
            PaginationConfig={"PageSize": 1})
        members = [member for page in pages for member in page["Members"]]
        self.assertEqual({member["AccountId"] for member in members}, {self.shop, SANDBOX.account})
        self.assertIsInstance(members[0]["UpdatedAt"], datetime.datetime)
        self.client(self.shop).describe_hub()
        self.refused("InvalidAccessException", self.client(self.shop, "eu-west-1").describe_hub)
        administrator.disassociate_members(AccountIds=[self.shop])
        self.assertEqual(len(administrator.list_members()["Members"]), 1)
        self.assertEqual(len(administrator.list_members(OnlyAssociated=False)["Members"]), 2)
        management.disable_organization_admin_account(AdminAccountId=self.security)


if __name__ == "__main__":
    SANDBOX = Sandbox(sys.argv[1])
    result = unittest.TextTestRunner(verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    status = SANDBOX.stop()
    if status != 0:
        print("sim_server ended with %d" % status)
    sys.exit(0 if result.wasSuccessful() and status == 0 else 1)
