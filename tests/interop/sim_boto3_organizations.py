"""An organization as an operator builds it, with boto3 on the simulator.

    sim_boto3_organizations.py SIM_SERVER
"""
import json
import sys
import unittest

from sim_boto3 import Case, Sandbox, session_of

DENY = {"Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "organizations:LeaveOrganization",
                       "Resource": "*"}]}
MEMBER_ROLE = "OrganizationAccountAccessRole"


class Base(Case):
    """One organization for all; each test has its own OU and names."""

    @classmethod
    def setUpClass(cls):
        cls.org = SANDBOX.client("organizations")
        cls.root = cls.org.list_roots()["Roots"][0]["Id"]
        cls.ou = cls.make_ou(cls.root, cls.__name__)

    @classmethod
    def make_ou(cls, parent, name):
        answer = cls.org.create_organizational_unit(ParentId=parent, Name=name)
        return answer["OrganizationalUnit"]["Id"]

    @classmethod
    def start_account(cls, name, **more):
        answer = cls.org.create_account(Email=name + "@example.com", AccountName=name, **more)
        return answer["CreateAccountStatus"]

    @classmethod
    def finish(cls, status):
        while status["State"] == "IN_PROGRESS":
            status = cls.org.describe_create_account_status(
                CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
        return status

    @classmethod
    def make_account(cls, name, **more):
        status = cls.finish(cls.start_account(name, **more))
        assert status["State"] == "SUCCEEDED", status
        return status["AccountId"]

    @classmethod
    def make_policy(cls, name, kind="SERVICE_CONTROL_POLICY", content=None):
        answer = cls.org.create_policy(Name=name, Description="", Type=kind,
                                       Content=json.dumps(content or DENY))
        return answer["Policy"]["PolicySummary"]["Id"]

    @classmethod
    def pages(cls, operation, key, **arguments):
        paginator = cls.org.get_paginator(operation)
        return [item for page in paginator.paginate(**arguments) for item in page[key]]

    @classmethod
    def as_member(cls, account, service):
        answer = SANDBOX.client("sts").assume_role(
            RoleArn="arn:aws:iam::%s:role/%s" % (account, MEMBER_ROLE), RoleSessionName="test")
        return SANDBOX.client(service, session=session_of(answer["Credentials"]))

    def refused_for(self, code, reason, call, **arguments):
        response = self.refused(code, call, **arguments)
        self.assertEqual(response["Reason"], reason)


class Organization(Base):
    def test_describe(self):
        organization = self.org.describe_organization()["Organization"]
        self.assertEqual(organization["FeatureSet"], "ALL")
        self.assertEqual(organization["MasterAccountId"], SANDBOX.account)
        self.assertRegex(organization["Id"], r"^o-[a-z0-9]{10,32}$")
        self.assertRegex(organization["Arn"],
                         r"^arn:aws:organizations::\d{12}:organization/o-[a-z0-9]{10,32}$")
        self.refused("AlreadyInOrganizationException", self.org.create_organization)

    def test_root(self):
        root = self.org.list_roots()["Roots"][0]
        self.assertRegex(root["Id"], r"^r-[0-9a-z]{4,32}$")
        self.assertIn({"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"},
                      root["PolicyTypes"])

    def test_not_empty(self):
        self.make_account("keeps-it-alive")
        self.refused("OrganizationNotEmptyException", self.org.delete_organization)


class Tree(Base):
    def test_units(self):
        child = self.make_ou(self.ou, "Child")
        self.assertRegex(child, r"^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$")
        unit = self.org.describe_organizational_unit(OrganizationalUnitId=child)
        self.assertTrue(unit["OrganizationalUnit"]["Path"].endswith(
            "/%s/%s/%s/" % (self.root, self.ou, child)))
        self.refused("DuplicateOrganizationalUnitException", self.org.create_organizational_unit,
                     ParentId=self.ou, Name="Child")
        self.org.update_organizational_unit(OrganizationalUnitId=child, Name="Renamed")
        self.assertEqual(self.org.list_parents(ChildId=child)["Parents"],
                         [{"Id": self.ou, "Type": "ORGANIZATIONAL_UNIT"}])
        self.refused("OrganizationalUnitNotEmptyException", self.org.delete_organizational_unit,
                     OrganizationalUnitId=self.ou)
        self.org.delete_organizational_unit(OrganizationalUnitId=child)
        self.refused("OrganizationalUnitNotFoundException",
                     self.org.describe_organizational_unit, OrganizationalUnitId=child)

    def test_pages(self):
        parent = self.make_ou(self.ou, "Many")
        made = [self.make_ou(parent, "Unit %02d" % i) for i in range(23)]
        found = self.pages("list_organizational_units_for_parent", "OrganizationalUnits",
                           ParentId=parent)
        self.assertEqual([unit["Id"] for unit in found], made)
        children = self.pages("list_children", "Children", ParentId=parent,
                              ChildType="ORGANIZATIONAL_UNIT")
        self.assertEqual([child["Id"] for child in children], made)


class Accounts(Base):
    def test_create_and_move(self):
        account = self.make_account("workload", Tags=[{"Key": "team", "Value": "a"}])
        shown = self.org.describe_account(AccountId=account)["Account"]
        self.assertEqual((shown["Name"], shown["Status"], shown["State"], shown["JoinedMethod"]),
                         ("workload", "ACTIVE", "ACTIVE", "CREATED"))
        self.assertEqual(self.org.list_tags_for_resource(ResourceId=account)["Tags"],
                         [{"Key": "team", "Value": "a"}])
        self.org.move_account(AccountId=account, SourceParentId=self.root,
                              DestinationParentId=self.ou)
        self.assertIn(account, [item["Id"] for item in self.pages(
            "list_accounts_for_parent", "Accounts", ParentId=self.ou)])
        self.refused("DuplicateAccountException", self.org.move_account, AccountId=account,
                     SourceParentId=self.root, DestinationParentId=self.ou)
        self.refused("SourceParentNotFoundException", self.org.move_account, AccountId=account,
                     SourceParentId=self.make_ou(self.ou, "Elsewhere"),
                     DestinationParentId=self.root)

    def test_failures(self):
        status = self.finish(self.start_account("aws"))
        self.assertEqual((status["State"], status["FailureReason"]),
                         ("FAILED", "EMAIL_ALREADY_EXISTS"))
        self.refused("InvalidInputException", self.org.create_account,
                     Email="a@-bad.example.com", AccountName="x")
        self.refused("CreateAccountStatusNotFoundException",
                     self.org.describe_create_account_status, CreateAccountRequestId="car-00000000")

    def test_statuses(self):
        account = self.make_account("listed")
        done = self.pages("list_create_account_status", "CreateAccountStatuses",
                          States=["SUCCEEDED"])
        self.assertIn(account, [status["AccountId"] for status in done])
        status = [status for status in done if status["AccountId"] == account][0]
        self.assertGreaterEqual(status["CompletedTimestamp"], status["RequestedTimestamp"])
        self.assertEqual(self.pages("list_create_account_status", "CreateAccountStatuses",
                                    States=["IN_PROGRESS"]), [])

    def test_member_role(self):
        account = self.make_account("member")
        identity = self.as_member(account, "sts").get_caller_identity()
        self.assertEqual(identity["Account"], account)
        member = self.as_member(account, "organizations")
        self.assertEqual(member.describe_organization()["Organization"]["MasterAccountId"],
                         SANDBOX.account)
        self.refused("AccessDeniedException", member.list_accounts)

    def test_pages(self):
        made = {self.make_account("paged-%02d" % i) for i in range(25)}
        found = [account["Id"] for account in self.pages("list_accounts", "Accounts")]
        self.assertEqual(len(found), len(set(found)))
        self.assertLessEqual(made, set(found))
        self.assertEqual(len(self.org.list_accounts(MaxResults=7)["Accounts"]), 7)

    def test_close_and_leave(self):
        account = self.make_account("closed")
        self.org.close_account(AccountId=account)
        self.assertEqual(self.org.describe_account(AccountId=account)["Account"]["State"],
                         "CLOSED")
        self.refused("AccountAlreadyClosedException", self.org.close_account, AccountId=account)
        self.refused_for("ConstraintViolationException", "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
                         self.org.close_account, AccountId=SANDBOX.account)
        account = self.make_account("leaves")
        self.as_member(account, "organizations").leave_organization()
        self.refused("AccountNotFoundException", self.org.describe_account, AccountId=account)

    def test_invite(self):
        account = self.make_account("comes-back")
        member = self.as_member(account, "organizations")
        self.org.remove_account_from_organization(AccountId=account)
        handshake = self.org.invite_account_to_organization(
            Target={"Type": "ACCOUNT", "Id": account}, Notes="back")["Handshake"]
        self.assertIn(handshake["Id"], [
            item["Id"] for item in member.list_handshakes_for_account()["Handshakes"]])
        member.accept_handshake(HandshakeId=handshake["Id"])
        shown = self.org.describe_account(AccountId=account)["Account"]
        self.assertEqual(shown["JoinedMethod"], "INVITED")


class Policies(Base):
    def test_scp(self):
        policy = self.make_policy("scp")
        self.refused("DuplicatePolicyException", self.org.create_policy, Name="scp",
                     Description="", Type="SERVICE_CONTROL_POLICY", Content=json.dumps(DENY))
        self.org.attach_policy(PolicyId=policy, TargetId=self.ou)
        self.refused("DuplicatePolicyAttachmentException", self.org.attach_policy,
                     PolicyId=policy, TargetId=self.ou)
        self.assertEqual(self.pages("list_targets_for_policy", "Targets", PolicyId=policy)[0]
                         ["Type"], "ORGANIZATIONAL_UNIT")
        attached = self.pages("list_policies_for_target", "Policies", TargetId=self.ou,
                              Filter="SERVICE_CONTROL_POLICY")
        self.assertEqual([item["Id"] for item in attached], ["p-FullAWSAccess", policy])
        self.refused("PolicyInUseException", self.org.delete_policy, PolicyId=policy)
        self.org.detach_policy(PolicyId=policy, TargetId=self.ou)
        self.refused_for("ConstraintViolationException",
                         "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", self.org.detach_policy,
                         PolicyId="p-FullAWSAccess", TargetId=self.ou)
        self.org.update_policy(PolicyId=policy, Description="changed")
        shown = self.org.describe_policy(PolicyId=policy)["Policy"]
        self.assertEqual(shown["PolicySummary"]["Description"], "changed")
        self.assertEqual(json.loads(shown["Content"]), DENY)
        self.org.delete_policy(PolicyId=policy)
        self.refused("PolicyNotFoundException", self.org.describe_policy, PolicyId=policy)

    def test_quotas(self):
        target = self.make_ou(self.ou, "Full")
        for i in range(9):
            self.org.attach_policy(PolicyId=self.make_policy("scp %d" % i), TargetId=target)
        self.refused_for("ConstraintViolationException",
                         "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", self.org.attach_policy,
                         PolicyId=self.make_policy("tenth"), TargetId=target)
        large = dict(DENY, Statement=[dict(DENY["Statement"][0], Sid="x" * 10240)])
        self.refused_for("ConstraintViolationException", "POLICY_CONTENT_LIMIT_EXCEEDED",
                         self.org.create_policy, Name="large", Description="",
                         Type="SERVICE_CONTROL_POLICY", Content=json.dumps(large))

    def test_malformed(self):
        self.refused("MalformedPolicyDocumentException", self.org.create_policy, Name="bad",
                     Description="", Type="SERVICE_CONTROL_POLICY", Content="{}")
        self.refused_for("InvalidInputException", "IMMUTABLE_POLICY", self.org.update_policy,
                         PolicyId="p-FullAWSAccess", Name="mine")

    def test_other_types(self):
        tags = {"tags": {"team": {"tag_key": {"@@assign": "Team"}}}}
        policy = self.make_policy("tags", "TAG_POLICY", tags)
        self.refused("PolicyTypeNotEnabledException", self.org.attach_policy, PolicyId=policy,
                     TargetId=self.root)
        self.org.enable_policy_type(RootId=self.root, PolicyType="TAG_POLICY")
        self.refused("PolicyTypeAlreadyEnabledException", self.org.enable_policy_type,
                     RootId=self.root, PolicyType="TAG_POLICY")
        self.org.attach_policy(PolicyId=policy, TargetId=self.root)
        effective = self.org.describe_effective_policy(PolicyType="TAG_POLICY")["EffectivePolicy"]
        self.assertEqual(json.loads(effective["PolicyContent"]),
                         {"tags": {"team": {"tag_key": "Team"}}})
        root = self.org.disable_policy_type(RootId=self.root, PolicyType="TAG_POLICY")["Root"]
        self.assertNotIn("TAG_POLICY", [item["Type"] for item in root["PolicyTypes"]])
        self.assertEqual(self.pages("list_targets_for_policy", "Targets", PolicyId=policy), [])

    def test_rcp(self):
        self.org.enable_policy_type(RootId=self.root, PolicyType="RESOURCE_CONTROL_POLICY")
        attached = self.pages("list_policies_for_target", "Policies", TargetId=self.ou,
                              Filter="RESOURCE_CONTROL_POLICY")
        self.assertEqual([item["Name"] for item in attached], ["RCPFullAWSAccess"])
        self.assertIs(attached[0]["AwsManaged"], True)
        self.refused_for("InvalidInputException", "NON_DETACHABLE_POLICY",
                         self.org.detach_policy, PolicyId=attached[0]["Id"], TargetId=self.ou)

    def test_resource_policy(self):
        account = self.make_account("policy-admin")
        self.org.put_resource_policy(Content=json.dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": account},
                           "Action": "organizations:ListPolicies", "Resource": "*"}]}))
        member = self.as_member(account, "organizations")
        member.list_policies(Filter="SERVICE_CONTROL_POLICY")
        self.org.delete_resource_policy()
        self.refused("AccessDeniedException", member.list_policies,
                     Filter="SERVICE_CONTROL_POLICY")


class Tags(Base):
    def test_tags(self):
        self.org.tag_resource(ResourceId=self.ou, Tags=[{"Key": "a", "Value": "1"},
                                                        {"Key": "b", "Value": ""}])
        self.org.untag_resource(ResourceId=self.ou, TagKeys=["a"])
        self.assertEqual(self.pages("list_tags_for_resource", "Tags", ResourceId=self.ou),
                         [{"Key": "b", "Value": ""}])
        self.refused_for("InvalidInputException", "DUPLICATE_TAG_KEY", self.org.tag_resource,
                         ResourceId=self.ou, Tags=[{"Key": "c", "Value": "1"},
                                                   {"Key": "c", "Value": "2"}])
        self.refused("TargetNotFoundException", self.org.list_tags_for_resource,
                     ResourceId="000000000000")


class Services(Base):
    def test_delegation(self):
        service = "guardduty.amazonaws.com"
        account = self.make_account("security")
        self.refused_for("ConstraintViolationException", "SERVICE_ACCESS_NOT_ENABLED",
                         self.org.register_delegated_administrator, AccountId=account,
                         ServicePrincipal=service)
        self.org.enable_aws_service_access(ServicePrincipal=service)
        self.assertIn(service, [item["ServicePrincipal"] for item in self.pages(
            "list_aws_service_access_for_organization", "EnabledServicePrincipals")])
        self.org.register_delegated_administrator(AccountId=account, ServicePrincipal=service)
        self.refused("AccountAlreadyRegisteredException",
                     self.org.register_delegated_administrator, AccountId=account,
                     ServicePrincipal=service)
        self.refused_for("ConstraintViolationException",
                         "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
                         self.org.register_delegated_administrator, AccountId=SANDBOX.account,
                         ServicePrincipal=service)
        self.refused_for("ConstraintViolationException",
                         "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
                         self.org.register_delegated_administrator,
                         AccountId=self.make_account("second"), ServicePrincipal=service)
        shown = self.pages("list_delegated_administrators", "DelegatedAdministrators",
                           ServicePrincipal=service)
        self.assertEqual([item["Id"] for item in shown], [account])
        services = self.pages("list_delegated_services_for_account", "DelegatedServices",
                              AccountId=account)
        self.assertEqual([item["ServicePrincipal"] for item in services], [service])
        self.as_member(account, "organizations").list_accounts()
        self.org.deregister_delegated_administrator(AccountId=account, ServicePrincipal=service)
        self.refused("AccountNotRegisteredException",
                     self.org.list_delegated_services_for_account, AccountId=account)
        self.refused_for("InvalidInputException", "UNRECOGNIZED_SERVICE_PRINCIPAL",
                         self.org.enable_aws_service_access, ServicePrincipal="x.amazonaws.com")


class AccountManagement(Base):
    def setUp(self):
        self.account = SANDBOX.client("account")
        self.contact = {"AlternateContactType": "SECURITY", "Name": "Ann", "Title": "CISO",
                        "EmailAddress": "security@example.com", "PhoneNumber": "+1 555 0100"}

    def test_alternate_contacts(self):
        member = self.make_account("contacts")
        self.org.disable_aws_service_access(ServicePrincipal="account.amazonaws.com")
        self.refused("AccessDeniedException", self.account.put_alternate_contact,
                     AccountId=member, **self.contact)
        self.org.enable_aws_service_access(ServicePrincipal="account.amazonaws.com")
        self.refused("ResourceNotFoundException", self.account.get_alternate_contact,
                     AccountId=member, AlternateContactType="SECURITY")
        self.account.put_alternate_contact(AccountId=member, **self.contact)
        self.assertEqual(self.account.get_alternate_contact(
            AccountId=member, AlternateContactType="SECURITY")["AlternateContact"], self.contact)
        self.account.delete_alternate_contact(AccountId=member, AlternateContactType="SECURITY")
        self.refused("AccessDeniedException", self.account.get_alternate_contact,
                     AccountId=SANDBOX.account, AlternateContactType="SECURITY")
        self.account.put_alternate_contact(**self.contact)
        self.assertEqual(self.account.get_primary_email(AccountId=member)["PrimaryEmail"],
                         "contacts@example.com")
        information = self.account.get_account_information(AccountId=member)
        self.assertEqual(information["AccountName"], "contacts")
        self.assertIsNotNone(information["AccountCreatedDate"].tzinfo)

    def test_regions(self):
        pages = self.account.get_paginator("list_regions").paginate(
            PaginationConfig={"PageSize": 10})
        regions = {item["RegionName"]: item["RegionOptStatus"]
                   for page in pages for item in page["Regions"]}
        self.assertEqual(regions["us-east-1"], "ENABLED_BY_DEFAULT")
        self.assertEqual(regions["af-south-1"], "DISABLED")
        self.account.enable_region(RegionName="af-south-1")
        self.assertEqual(self.account.get_region_opt_status(RegionName="af-south-1")
                         ["RegionOptStatus"], "ENABLED")
        response = self.refused("ValidationException", self.account.enable_region,
                                RegionName="mars-north-1")
        self.assertEqual(response["reason"], "invalidRegionOptTarget")
        self.account.disable_region(RegionName="af-south-1")


def setUpModule():
    org = SANDBOX.client("organizations")
    try:
        org.describe_organization()
        raise AssertionError("there is an organization already")
    except org.exceptions.AWSOrganizationsNotInUseException:
        org.create_organization(FeatureSet="ALL")


if __name__ == "__main__":
    SANDBOX = Sandbox(sys.argv[1])
    result = unittest.TextTestRunner(verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    status = SANDBOX.stop()
    if status != 0:
        print("sim_server ended with %d" % status)
    sys.exit(0 if result.wasSuccessful() and status == 0 else 1)
