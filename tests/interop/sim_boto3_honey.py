"""What honey tokens need of the simulator, under boto3: places to plant, and three ways to hear.

    sim_boto3_honey.py SIM_SERVER
"""
import json
import sys
import unittest

import boto3

import sim_boto3
from sim_boto3 import Case, Sandbox


def document(principal, action, resource="*", **condition):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    if principal is not None:
        statement["Principal"] = principal
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class SecretsManager(Case):
    def setUp(self):
        self.secrets = SANDBOX.client("secretsmanager")

    def test_a_secret(self):
        made = self.secrets.create_secret(Name="prod/db", SecretString="one",
                                          Tags=[{"Key": "k", "Value": "v"}])
        self.addCleanup(self.secrets.delete_secret, SecretId="prod/db",
                        ForceDeleteWithoutRecovery=True)
        self.assertRegex(made["ARN"], r":secret:prod/db-[A-Za-z0-9]{6}$")
        self.refused("ResourceExistsException", self.secrets.create_secret, Name="prod/db",
                     SecretString="two")
        self.secrets.put_secret_value(SecretId=made["ARN"], SecretString="two")
        self.assertEqual(self.secrets.get_secret_value(SecretId="prod/db")["SecretString"], "two")
        self.assertEqual(self.secrets.get_secret_value(
            SecretId=made["ARN"][:-7], VersionStage="AWSPREVIOUS")["SecretString"], "one")
        about = self.secrets.describe_secret(SecretId="prod/db")
        self.assertEqual(about["Tags"], [{"Key": "k", "Value": "v"}])
        self.assertEqual(sorted(about["VersionIdsToStages"].values()),
                         [["AWSCURRENT"], ["AWSPREVIOUS"]])
        self.assertNotIn("two", json.dumps(about, default=str))

    def test_the_same_request_again(self):
        token = "a" * 32
        first = self.secrets.create_secret(Name="again", SecretString="x", ClientRequestToken=token)
        second = self.secrets.create_secret(Name="again", SecretString="x",
                                            ClientRequestToken=token)
        self.assertEqual(first["ARN"], second["ARN"])
        self.refused("ResourceExistsException", self.secrets.create_secret, Name="again",
                     SecretString="y", ClientRequestToken=token)
        self.secrets.delete_secret(SecretId="again", ForceDeleteWithoutRecovery=True)
        self.refused("ResourceNotFoundException", self.secrets.describe_secret, SecretId="again")
        self.secrets.delete_secret(SecretId="again", ForceDeleteWithoutRecovery=True)

    def test_the_recovery_window(self):
        self.secrets.create_secret(Name="gone", SecretString="x")
        self.refused("InvalidParameterException", self.secrets.delete_secret, SecretId="gone",
                     RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True)
        self.secrets.delete_secret(SecretId="gone", RecoveryWindowInDays=7)
        self.refused("InvalidRequestException", self.secrets.get_secret_value, SecretId="gone")
        self.refused("InvalidRequestException", self.secrets.create_secret, Name="gone",
                     SecretString="x")
        self.assertIn("DeletedDate", self.secrets.describe_secret(SecretId="gone"))
        self.assertNotIn("gone", [s["Name"] for s in self.secrets.list_secrets()["SecretList"]])
        self.secrets.restore_secret(SecretId="gone")
        self.assertEqual(self.secrets.get_secret_value(SecretId="gone")["SecretString"], "x")
        self.secrets.delete_secret(SecretId="gone", ForceDeleteWithoutRecovery=True)

    def test_pages_and_policies(self):
        for number in range(5):
            self.secrets.create_secret(Name="page/%d" % number)
        pages = self.secrets.get_paginator("list_secrets").paginate(
            Filters=[{"Key": "name", "Values": ["page/"]}], PaginationConfig={"PageSize": 2})
        self.assertEqual([s["Name"] for page in pages for s in page["SecretList"]],
                         ["page/%d" % number for number in range(5)])
        self.refused("ResourceNotFoundException", self.secrets.get_secret_value,
                     SecretId="page/0")
        self.refused("MalformedPolicyDocumentException", self.secrets.put_resource_policy,
                     SecretId="page/0", ResourcePolicy="{}")
        self.refused("PublicPolicyException", self.secrets.put_resource_policy, SecretId="page/0",
                     ResourcePolicy=document("*", "secretsmanager:*"), BlockPublicPolicy=True)
        self.secrets.put_resource_policy(SecretId="page/0", ResourcePolicy=document(
            {"AWS": SANDBOX.account}, "secretsmanager:*"))
        self.assertIn("ResourcePolicy", self.secrets.get_resource_policy(SecretId="page/0"))
        self.secrets.delete_resource_policy(SecretId="page/0")
        self.assertNotIn("ResourcePolicy", self.secrets.get_resource_policy(SecretId="page/0"))


class Parameters(Case):
    def setUp(self):
        self.ssm = SANDBOX.client("ssm")

    def test_a_secure_string(self):
        self.ssm.put_parameter(Name="/prod/key", Value="hush", Type="SecureString",
                               Tags=[{"Key": "k", "Value": "v"}])
        self.addCleanup(self.ssm.delete_parameter, Name="/prod/key")
        sealed = self.ssm.get_parameter(Name="/prod/key")["Parameter"]
        self.assertNotIn("hush", json.dumps(sealed, default=str))
        self.assertEqual(self.ssm.get_parameter(
            Name="/prod/key", WithDecryption=True)["Parameter"]["Value"], "hush")
        self.refused("ParameterAlreadyExists", self.ssm.put_parameter, Name="/prod/key",
                     Value="x", Type="SecureString")
        self.assertEqual(self.ssm.put_parameter(Name="/prod/key", Value="two",
                                                Overwrite=True)["Version"], 2)
        old = self.ssm.get_parameter(Name="/prod/key:1", WithDecryption=True)["Parameter"]
        self.assertEqual((old["Value"], old["Version"]), ("hush", 1))
        about = self.ssm.describe_parameters(ParameterFilters=[
            {"Key": "Name", "Option": "Equals", "Values": ["/prod/key"]}])["Parameters"]
        self.assertEqual([(p["Name"], p["Type"], p["Version"]) for p in about],
                         [("/prod/key", "SecureString", 2)])
        tags = dict(ResourceType="Parameter", ResourceId="/prod/key")
        self.ssm.add_tags_to_resource(Tags=[{"Key": "a", "Value": "b"}], **tags)
        self.assertEqual(len(self.ssm.list_tags_for_resource(**tags)["TagList"]), 2)

    def test_names(self):
        for name in ("/aws/x", "ssmthing", "a/b", "/" + "/".join("a" * 20)):
            with self.subTest(name):
                with self.assertRaises(self.ssm.exceptions.ClientError):
                    self.ssm.put_parameter(Name=name, Value="v", Type="String")
        self.refused("ParameterNotFound", self.ssm.get_parameter, Name="/none")
        self.refused("ValidationException", self.ssm.put_parameter, Name="/no/type", Value="v")

    def test_by_path(self):
        names = ["/tree/%d" % number for number in range(12)] + ["/tree/deep/x"]
        for name in names:
            self.ssm.put_parameter(Name=name, Value="v", Type="String")
        pages = self.ssm.get_paginator("get_parameters_by_path").paginate(
            Path="/tree", Recursive=True)
        self.assertEqual([p["Name"] for page in pages for p in page["Parameters"]], names)
        some = self.ssm.get_parameters(Names=["/tree/1", "/tree/none"])
        self.assertEqual(([p["Name"] for p in some["Parameters"]], some["InvalidParameters"]),
                         (["/tree/1"], ["/tree/none"]))


class Tables(Case):
    def setUp(self):
        self.db = SANDBOX.client("dynamodb")
        self.arn = self.db.create_table(
            TableName="customers", BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            Tags=[{"Key": "k", "Value": "v"}])["TableDescription"]["TableArn"]

    def tearDown(self):
        self.db.update_table(TableName="customers", DeletionProtectionEnabled=False)
        self.db.delete_table(TableName="customers")
        self.refused("ResourceNotFoundException", self.db.describe_table, TableName="customers")

    def test_a_table(self):
        self.refused("ResourceInUseException", self.db.create_table, TableName="customers",
                     BillingMode="PAY_PER_REQUEST",
                     AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                     KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
        self.db.get_waiter("table_exists").wait(TableName="customers")
        self.assertEqual(self.db.list_tables()["TableNames"], ["customers"])
        self.assertEqual(self.db.list_tags_of_resource(ResourceArn=self.arn)["Tags"],
                         [{"Key": "k", "Value": "v"}])
        self.db.update_continuous_backups(TableName="customers", PointInTimeRecoverySpecification={
            "PointInTimeRecoveryEnabled": True})
        backups = self.db.describe_continuous_backups(TableName="customers")
        self.assertEqual(backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
                         ["PointInTimeRecoveryStatus"], "ENABLED")
        self.db.update_table(TableName="customers", DeletionProtectionEnabled=True)
        self.refused("ValidationException", self.db.delete_table, TableName="customers")

    def test_items(self):
        for number in range(5):
            self.db.put_item(TableName="customers", Item={
                "id": {"S": str(number)}, "n": {"N": "1"}})
        self.refused("ConditionalCheckFailedException", self.db.put_item, TableName="customers",
                     Item={"id": {"S": "1"}}, ConditionExpression="attribute_not_exists(id)")
        self.refused("ValidationException", self.db.put_item, TableName="customers",
                     Item={"other": {"S": "1"}})
        self.db.update_item(TableName="customers", Key={"id": {"S": "1"}},
                            UpdateExpression="SET #n = :v", ExpressionAttributeNames={"#n": "n"},
                            ExpressionAttributeValues={":v": {"N": "7"}})
        self.assertEqual(self.db.get_item(TableName="customers", Key={"id": {"S": "1"}})["Item"],
                         {"id": {"S": "1"}, "n": {"N": "7"}})
        pages = self.db.get_paginator("scan").paginate(TableName="customers",
                                                       PaginationConfig={"PageSize": 2})
        self.assertEqual(sum(page["Count"] for page in pages), 5)
        self.assertEqual(self.db.query(
            TableName="customers", KeyConditionExpression="id = :i",
            ExpressionAttributeValues={":i": {"S": "2"}})["Count"], 1)
        self.db.delete_item(TableName="customers", Key={"id": {"S": "2"}})
        self.assertNotIn("Item", self.db.get_item(TableName="customers", Key={"id": {"S": "2"}}))
        self.refused("ValidationException", self.db.scan, TableName="customers",
                     FilterExpression="size(id) > :n")


class Heard(Case):
    """A key of a user who may do nothing, and who hears of its use."""

    @classmethod
    def setUpClass(cls):
        cls.account = SANDBOX.account
        cls.iam = SANDBOX.client("iam")
        cls.s3 = SANDBOX.client("s3")
        cls.logs = SANDBOX.client("logs")
        cls.trails = SANDBOX.client("cloudtrail")
        cls.sqs = SANDBOX.client("sqs")
        cls.sns = SANDBOX.client("sns")
        cls.watch = SANDBOX.client("cloudwatch")
        cls.events = SANDBOX.client("events")
        cls.iam.create_user(UserName="svc-backup")
        cls.iam.put_user_policy(UserName="svc-backup", PolicyName="no", PolicyDocument=json.dumps(
            {"Version": "2012-10-17",
             "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}))
        made = cls.iam.create_access_key(UserName="svc-backup")["AccessKey"]
        cls.key = made["AccessKeyId"]
        cls.thief = boto3.Session(aws_access_key_id=cls.key,
                                  aws_secret_access_key=made["SecretAccessKey"])
        cls.topic = cls.sns.create_topic(Name="alarm", Attributes={"Policy": document(
            {"Service": ["events.amazonaws.com", "cloudwatch.amazonaws.com"]},
            "sns:Publish")})["TopicArn"]
        cls.queue = cls.sqs.create_queue(QueueName="ear", Attributes={"Policy": document(
            {"Service": "sns.amazonaws.com"}, "sqs:SendMessage")})["QueueUrl"]
        arn = cls.sqs.get_queue_attributes(QueueUrl=cls.queue, AttributeNames=["All"])
        cls.sns.subscribe(TopicArn=cls.topic, Protocol="sqs",
                          Endpoint=arn["Attributes"]["QueueArn"])
        cls.make_trail()

    @classmethod
    def make_trail(cls):
        cls.s3.create_bucket(Bucket="the-honey-logs")
        bucket = "arn:aws:s3:::the-honey-logs"
        service = {"Service": "cloudtrail.amazonaws.com"}
        cls.s3.put_bucket_policy(Bucket="the-honey-logs", Policy=json.dumps({
            "Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": service, "Action": "s3:*",
                 "Resource": [bucket, bucket + "/*"]}]}))
        cls.logs.create_log_group(logGroupName="trail", tags={"a": "b"})
        group = cls.logs.describe_log_groups(logGroupNamePrefix="trail")["logGroups"][0]["arn"]
        cls.iam.create_role(RoleName="to-logs", AssumeRolePolicyDocument=document(
            service, "sts:AssumeRole").replace(', "Resource": "*"', ""))
        role = "arn:aws:iam::%s:role/to-logs" % cls.account
        wanted = dict(Name="all", S3BucketName="the-honey-logs", IsMultiRegionTrail=True,
                      CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=role)
        try:
            cls.trails.create_trail(**wanted)
            raise AssertionError("a role that may write nothing is taken")
        except cls.trails.exceptions.InvalidCloudWatchLogsRoleArnException:
            pass
        cls.iam.put_role_policy(RoleName="to-logs", PolicyName="p", PolicyDocument=document(
            None, ["logs:CreateLogStream", "logs:PutLogEvents"], group))
        cls.trails.create_trail(**wanted)
        cls.trails.start_logging(Name="all")

    def heard(self):
        out = []
        while True:
            messages = self.sqs.receive_message(QueueUrl=self.queue).get("Messages", [])
            if not messages:
                return out
            for message in messages:
                self.sqs.delete_message(QueueUrl=self.queue,
                                        ReceiptHandle=message["ReceiptHandle"])
                out.append(json.loads(json.loads(message["Body"])["Message"]))

    def use(self, service="sts", region="us-east-1"):
        return SANDBOX.client(service, region, self.thief)

    def test_eventbridge(self):
        pattern = json.dumps({"detail": {"userIdentity": {"accessKeyId": [self.key]}}})
        self.events.put_rule(Name="honey", EventPattern=pattern)
        self.events.put_targets(Rule="honey", Targets=[{"Id": "1", "Arn": self.topic}])
        self.use().get_caller_identity()
        self.assertEqual(self.heard(), [])  # a read, and the rule hears of writes alone
        self.events.put_rule(Name="honey", EventPattern=pattern,
                             State="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")
        self.use().get_caller_identity()
        event, = self.heard()
        self.assertEqual((event["detail"]["eventName"], event["detail"]["sourceIPAddress"]),
                         ("GetCallerIdentity", "127.0.0.1"))
        self.assertEqual(event["detail"]["userIdentity"]["userName"], "svc-backup")
        self.assertIn("Boto3", event["detail"]["userAgent"])
        self.refused("AccessDenied", self.use("iam", "eu-west-1").list_users)
        event, = self.heard()
        self.assertEqual((event["region"], event["detail"]["errorCode"]),
                         ("us-east-1", "AccessDenied"))
        self.refused("AccessDeniedException",
                     self.use("secretsmanager").get_secret_value, SecretId="prod/db")
        event, = self.heard()
        self.assertEqual((event["detail"]["eventSource"], event["detail"]["readOnly"],
                          event["detail"]["requestParameters"]),
                         ("secretsmanager.amazonaws.com", True, {"secretId": "prod/db"}))
        self.refused("AccessDeniedException", self.use("dynamodb").get_item, TableName="t",
                     Key={"id": {"S": "1"}})
        self.assertEqual(self.heard(), [])  # data
        self.trails.put_event_selectors(TrailName="all", AdvancedEventSelectors=[
            {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
            {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]},
                                {"Field": "resources.type", "Equals": ["AWS::DynamoDB::Table"]}]}])
        self.refused("AccessDeniedException", self.use("dynamodb").get_item, TableName="t",
                     Key={"id": {"S": "1"}})
        event, = self.heard()
        self.assertEqual(event["detail"]["eventCategory"], "Data")
        self.events.remove_targets(Rule="honey", Ids=["1"])
        self.events.delete_rule(Name="honey")

    def test_the_log_and_its_alarm(self):
        self.logs.put_metric_filter(
            logGroupName="trail", filterName="honey",
            filterPattern='{ ($.userIdentity.accessKeyId = "%s") || '
                          '($.requestParameters.secretId = "none*") }' % self.key,
            metricTransformations=[{"metricName": "Uses", "metricNamespace": "M",
                                    "metricValue": "1"}])
        self.watch.put_metric_alarm(
            AlarmName="honey", Namespace="M", MetricName="Uses", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=1, TreatMissingData="notBreaching",
            ComparisonOperator="GreaterThanOrEqualToThreshold", AlarmActions=[self.topic])
        self.assertEqual(self.heard(), [])
        self.use("sts", "eu-west-1").get_caller_identity()
        message, = self.heard()
        self.assertEqual((message["AlarmName"], message["NewStateValue"]), ("honey", "ALARM"))
        self.use().get_caller_identity()
        self.assertEqual(self.heard(), [])  # it rings once
        alarm, = self.watch.describe_alarms(AlarmNames=["honey"])["MetricAlarms"]
        self.assertEqual(alarm["StateValue"], "ALARM")
        self.watch.set_alarm_state(AlarmName="honey", StateValue="OK", StateReason="test")
        found = self.logs.filter_log_events(logGroupName="trail", filterPattern=(
            '{ $.eventName = "GetCallerIdentity" && $.awsRegion = "eu-*" && '
            '$.errorCode NOT EXISTS }'))["events"]
        self.assertEqual(json.loads(found[0]["message"])["userIdentity"]["accessKeyId"], self.key)
        self.assertEqual(found[0]["logStreamName"],
                         "%s_CloudTrail_eu-west-1" % self.account)
        self.watch.delete_alarms(AlarmNames=["honey"])
        self.refused("ResourceNotFound", self.watch.delete_alarms, AlarmNames=["honey"])
        self.logs.delete_metric_filter(logGroupName="trail", filterName="honey")
        self.refused("InvalidParameterException", self.logs.put_metric_filter,
                     logGroupName="trail", filterName="f", filterPattern="{ $.a = }",
                     metricTransformations=[{"metricName": "U", "metricNamespace": "M",
                                             "metricValue": "1"}])

    def test_the_last_use_of_what_no_event_shows(self):
        quiet = self.use("sns", "eu-west-3")
        before = self.logs.filter_log_events(logGroupName="trail")["events"]
        answer = self.refused("AuthorizationError", quiet.publish, PhoneNumber="1", Message="x")
        self.assertIn("user/svc-backup", answer["Error"]["Message"])
        after = self.logs.filter_log_events(logGroupName="trail")["events"]
        self.assertNotIn("Publish", [json.loads(e["message"])["eventName"]
                                     for e in after[len(before):]])
        used = self.iam.get_access_key_last_used(AccessKeyId=self.key)
        self.assertEqual((used["UserName"], used["AccessKeyLastUsed"]["ServiceName"],
                          used["AccessKeyLastUsed"]["Region"]), ("svc-backup", "sns", "eu-west-3"))

    def test_the_history(self):
        self.use().get_caller_identity()
        found = self.trails.lookup_events(LookupAttributes=[
            {"AttributeKey": "AccessKeyId", "AttributeValue": self.key}], MaxResults=1)
        event = found["Events"][0]
        self.assertEqual((event["EventName"], event["Username"], event["ReadOnly"]),
                         ("GetCallerIdentity", "svc-backup", "true"))
        self.assertEqual(json.loads(event["CloudTrailEvent"])["eventID"], event["EventId"])
        by_name = self.trails.lookup_events(LookupAttributes=[
            {"AttributeKey": "EventName", "AttributeValue": "CreateUser"}])["Events"]
        self.assertEqual([e["EventName"] for e in by_name], ["CreateUser"])
        self.refused("InvalidLookupAttributesException", self.trails.lookup_events,
                     LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "x"}] * 2)
        self.refused("InvalidMaxResultsException", self.trails.lookup_events, MaxResults=51)

    def test_secrets_stay_where_they_are_put(self):
        SANDBOX.client("secretsmanager").create_secret(Name="place", SecretString="s3cr3t-bait")
        SANDBOX.client("ssm").put_parameter(Name="/place", Value="s3cr3t-bait",
                                            Type="SecureString")
        for page in self.trails.get_paginator("lookup_events").paginate():
            self.assertNotIn("s3cr3t-bait", json.dumps(page, default=str))
        for event in self.logs.filter_log_events(logGroupName="trail")["events"]:
            self.assertNotIn("s3cr3t-bait", event["message"])


if __name__ == "__main__":
    SANDBOX = sim_boto3.SANDBOX = Sandbox(sys.argv[1])
    result = unittest.TextTestRunner(verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    status = SANDBOX.stop()
    if status != 0:
        print("sim_server ended with %d" % status)
    sys.exit(0 if result.wasSuccessful() and status == 0 else 1)
