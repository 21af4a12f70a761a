"""AWS Backup, its policies and the tagging API under boto3 on the simulator.

    sim_boto3_backup.py SIM_SERVER
"""
import datetime
import json
import sys
import unittest

from sim_boto3 import Case, Sandbox, session_of


def assign(value):
    return {"@@assign": value}


class Backup(Case):
    @classmethod
    def setUpClass(cls):
        cls.org = SANDBOX.client("organizations")
        cls.organization = cls.org.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        cls.root = cls.org.list_roots()["Roots"][0]["Id"]
        cls.shop = cls.make_account("shop")

    @classmethod
    def make_account(cls, name):
        status = cls.org.create_account(Email=name + "@example.com",
                                        AccountName=name)["CreateAccountStatus"]
        while status["State"] == "IN_PROGRESS":
            status = cls.org.describe_create_account_status(
                CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
        return status["AccountId"]

    def member(self, service, region="us-east-1"):
        role = "arn:aws:iam::%s:role/OrganizationAccountAccessRole" % self.shop
        answer = SANDBOX.client("sts").assume_role(RoleArn=role, RoleSessionName="test")
        return SANDBOX.client(service, region, session_of(answer["Credentials"]))

    def test_vaults(self):
        backup = SANDBOX.client("backup")
        made = backup.create_backup_vault(BackupVaultName="one", BackupVaultTags={"a": "1"})
        self.refused("AlreadyExistsException", backup.create_backup_vault, BackupVaultName="one")
        backup.create_backup_vault(BackupVaultName="two")
        self.refused("AccessDeniedException", backup.describe_backup_vault, BackupVaultName="none")
        seen = backup.describe_backup_vault(BackupVaultName="one")
        self.assertIsInstance(seen["CreationDate"], datetime.datetime)
        self.assertEqual(seen["NumberOfRecoveryPoints"], 0)
        pages = backup.get_paginator("list_backup_vaults").paginate(
            PaginationConfig={"PageSize": 1})
        names = [vault["BackupVaultName"] for page in pages for vault in page["BackupVaultList"]]
        self.assertEqual(names, ["one", "two"])
        arn = made["BackupVaultArn"]
        backup.tag_resource(ResourceArn=arn, Tags={"b": "2"})
        backup.untag_resource(ResourceArn=arn, TagKeyList=["a"])
        self.assertEqual(backup.list_tags(ResourceArn=arn)["Tags"], {"b": "2"})
        found = SANDBOX.client("resourcegroupstaggingapi").get_resources(
            TagFilters=[{"Key": "b", "Values": ["2"]}])["ResourceTagMappingList"]
        self.assertEqual(found, [{"ResourceARN": arn, "Tags": [{"Key": "b", "Value": "2"}]}])
        for name in names:
            backup.delete_backup_vault(BackupVaultName=name)
        self.refused("ResourceNotFoundException", backup.delete_backup_vault, BackupVaultName="one")

    def test_locks(self):
        backup = SANDBOX.client("backup", "eu-west-1")
        backup.create_backup_vault(BackupVaultName="locked")
        put = backup.put_backup_vault_lock_configuration
        self.refused("InvalidParameterValueException", put, BackupVaultName="locked",
                     ChangeableForDays=2)
        put(BackupVaultName="locked", MinRetentionDays=7, MaxRetentionDays=70, ChangeableForDays=3)
        seen = backup.describe_backup_vault(BackupVaultName="locked")
        self.assertTrue(seen["Locked"])
        self.assertEqual((seen["LockDate"] - datetime.datetime.now(datetime.timezone.utc)).days, 2)
        backup.delete_backup_vault_lock_configuration(BackupVaultName="locked")
        self.assertNotIn("LockDate", backup.describe_backup_vault(BackupVaultName="locked"))
        backup.create_logically_air_gapped_backup_vault(
            BackupVaultName="gap", MinRetentionDays=7, MaxRetentionDays=30)
        seen = backup.describe_backup_vault(BackupVaultName="gap")
        self.assertEqual(seen["VaultType"], "LOGICALLY_AIR_GAPPED_BACKUP_VAULT")
        self.refused("InvalidRequestException", backup.delete_backup_vault_lock_configuration,
                     BackupVaultName="gap")

    def test_settings(self):
        management, member = SANDBOX.client("backup"), self.member("backup")
        self.refused("InvalidRequestException", member.update_global_settings,
                     GlobalSettings={"isCrossAccountBackupEnabled": "true"})
        management.update_global_settings(GlobalSettings={"isCrossAccountBackupEnabled": "true"})
        seen = member.describe_global_settings()
        self.assertEqual(seen["GlobalSettings"]["isCrossAccountBackupEnabled"], "true")
        self.assertIsInstance(seen["LastUpdateTime"], datetime.datetime)
        member.update_region_settings(ResourceTypeOptInPreference={"S3": True})
        self.assertTrue(member.describe_region_settings()["ResourceTypeOptInPreference"]["S3"])

    def test_restore_testing(self):
        backup = SANDBOX.client("backup")
        plan = {"RestoreTestingPlanName": "weekly", "ScheduleExpression": "cron(0 5 ? * SUN *)",
                "RecoveryPointSelection": {"Algorithm": "LATEST_WITHIN_WINDOW",
                                           "IncludeVaults": ["*"],
                                           "RecoveryPointTypes": ["SNAPSHOT"]}}
        made = backup.create_restore_testing_plan(RestoreTestingPlan=plan, Tags={"a": "1"})
        self.assertEqual(made["ResponseMetadata"]["HTTPStatusCode"], 201)
        backup.create_restore_testing_selection(
            RestoreTestingPlanName="weekly", RestoreTestingSelection={
                "RestoreTestingSelectionName": "buckets", "ProtectedResourceType": "S3",
                "ProtectedResourceArns": ["*"],
                "IamRoleArn": "arn:aws:iam::%s:role/restore" % SANDBOX.account})
        seen = backup.get_restore_testing_plan(RestoreTestingPlanName="weekly")
        self.assertEqual(seen["RestoreTestingPlan"]["StartWindowHours"], 24)
        self.assertEqual(len(backup.list_restore_testing_selections(
            RestoreTestingPlanName="weekly")["RestoreTestingSelections"]), 1)
        self.refused("InvalidRequestException", backup.delete_restore_testing_plan,
                     RestoreTestingPlanName="weekly")
        backup.delete_restore_testing_selection(RestoreTestingPlanName="weekly",
                                                RestoreTestingSelectionName="buckets")
        backup.delete_restore_testing_plan(RestoreTestingPlanName="weekly")
        self.assertEqual(backup.list_restore_testing_plans()["RestoreTestingPlans"], [])

    def test_a_policy_and_a_backup(self):
        plans = {"plans": {"daily": {
            "regions": assign(["us-east-1"]),
            "rules": {"nightly": {"schedule_expression": assign("cron(0 5 ? * * *)"),
                                  "target_backup_vault_name": assign("main"),
                                  "lifecycle": {"delete_after_days": assign("35")}}},
            "selections": {"tags": {"tagged": {
                "iam_role_arn": assign("arn:aws:iam::$account:role/backup"),
                "tag_key": assign("backup"), "tag_value": assign(["yes"])}}}}}}
        policy = {"Name": "backups", "Description": "", "Type": "BACKUP_POLICY"}
        self.org.enable_policy_type(RootId=self.root, PolicyType="BACKUP_POLICY")
        wrong = {"plans": {"daily": {"regions": ["us-east-1"]}}}
        self.refused("MalformedPolicyDocumentException", self.org.create_policy,
                     Content=json.dumps(wrong), **policy)
        made = self.org.create_policy(Content=json.dumps(plans), **policy)
        self.org.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=self.root)
        seen = self.org.describe_effective_policy(PolicyType="BACKUP_POLICY", TargetId=self.shop)
        content = json.loads(seen["EffectivePolicy"]["PolicyContent"])
        self.assertEqual(content["plans"]["daily"]["regions"], ["us-east-1"])

        backup = self.member("backup")
        plan = backup.list_backup_plans()["BackupPlansList"][0]
        self.assertEqual(plan["BackupPlanName"], "daily")
        rules = backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]["Rules"]
        self.assertEqual(rules[0]["Lifecycle"]["DeleteAfterDays"], 35)
        selections = backup.list_backup_selections(BackupPlanId=plan["BackupPlanId"])
        role = "arn:aws:iam::%s:role/backup" % self.shop
        self.assertEqual(selections["BackupSelectionsList"][0]["IamRoleArn"], role)

        self.member("iam").create_role(RoleName="backup", AssumeRolePolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"},
                "Action": "sts:AssumeRole"}]}))
        self.member("dynamodb").create_table(
            TableName="orders", BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
        backup.create_backup_vault(BackupVaultName="main")
        table = "arn:aws:dynamodb:us-east-1:%s:table/orders" % self.shop
        job = backup.start_backup_job(BackupVaultName="main", ResourceArn=table, IamRoleArn=role,
                                      Lifecycle={"DeleteAfterDays": 7})
        seen = backup.describe_backup_job(BackupJobId=job["BackupJobId"])
        self.assertEqual((seen["State"], seen["ResourceType"]), ("COMPLETED", "DynamoDB"))
        jobs = backup.list_backup_jobs(
            ByState="COMPLETED", ByCreatedAfter=seen["CreationDate"] - datetime.timedelta(hours=1))
        self.assertEqual(len(jobs["BackupJobs"]), 1)
        protected = backup.list_protected_resources()["Results"]
        self.assertEqual([entry["ResourceArn"] for entry in protected], [table])
        points = backup.list_recovery_points_by_backup_vault(BackupVaultName="main")
        point = points["RecoveryPoints"][0]
        self.assertEqual(point["RecoveryPointArn"], job["RecoveryPointArn"])
        self.assertEqual((point["CalculatedLifecycle"]["DeleteAt"] - point["CreationDate"]).days, 7)
        self.assertEqual(len(backup.list_recovery_points_by_resource(
            ResourceArn=table)["RecoveryPoints"]), 1)
        backup.put_backup_vault_lock_configuration(BackupVaultName="main")
        self.refused("InvalidRequestException", backup.delete_recovery_point,
                     BackupVaultName="main", RecoveryPointArn=point["RecoveryPointArn"])
        self.refused("InvalidRequestException", backup.delete_backup_vault, BackupVaultName="main")


if __name__ == "__main__":
    SANDBOX = Sandbox(sys.argv[1])
    result = unittest.TextTestRunner(verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    status = SANDBOX.stop()
    if status != 0:
        print("sim_server ended with %d" % status)
    sys.exit(0 if result.wasSuccessful() and status == 0 else 1)
