"""EventBridge, SNS and SQS under boto3 on the simulator: an event from rule to ear.

    sim_boto3_events.py SIM_SERVER
"""
import json
import sys
import unittest

from sim_boto3 import Case, Sandbox

TEST = {"source": ["test"]}


def policy(principal, action, **condition):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Events(Case):
    def setUp(self):
        self.events = SANDBOX.client("events")

    def test_a_bus(self):
        arn = self.events.create_event_bus(
            Name="b", Tags=[{"Key": "k", "Value": "v"}])["EventBusArn"]
        self.events.put_permission(EventBusName="b", Policy=policy(
            "*", "events:PutEvents", StringEquals={"aws:PrincipalOrgID": "o-1"}))
        bus = self.events.describe_event_bus(Name="b")
        self.assertIn("o-1", bus["Policy"])
        self.assertEqual(self.events.list_tags_for_resource(ResourceARN=arn)["Tags"],
                         [{"Key": "k", "Value": "v"}])
        self.assertEqual([bus["Name"] for bus in self.events.list_event_buses()["EventBuses"]],
                         ["default", "b"])
        self.events.remove_permission(EventBusName="b", RemoveAllPermissions=True)
        self.assertNotIn("Policy", self.events.describe_event_bus(Name="b"))
        self.events.delete_event_bus(Name="b")
        self.refused("ResourceNotFoundException", self.events.describe_event_bus, Name="b")

    def test_rules_in_pages(self):
        for number in range(7):
            self.events.put_rule(Name="page-%d" % number, EventPattern=json.dumps(TEST))
        pages = self.events.get_paginator("list_rules").paginate(
            NamePrefix="page-", PaginationConfig={"PageSize": 3})
        names = [rule["Name"] for page in pages for rule in page["Rules"]]
        self.assertEqual(names, ["page-%d" % number for number in range(7)])
        for name in names:
            self.events.delete_rule(Name=name)

    def test_targets(self):
        topic = "arn:aws:sns:us-east-1:%s:t" % SANDBOX.account
        self.events.put_rule(Name="t", EventPattern=json.dumps(TEST),
                             State="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")
        answer = self.events.put_targets(Rule="t", Targets=[
            {"Id": "1", "Arn": topic,
             "InputTransformer": {"InputPathsMap": {"a": "$.source"}, "InputTemplate": '"<a>"'}}])
        self.assertEqual((answer["FailedEntryCount"], answer["FailedEntries"]), (0, []))
        target = self.events.list_targets_by_rule(Rule="t")["Targets"][0]
        self.assertEqual(target["InputTransformer"]["InputPathsMap"], {"a": "$.source"})
        self.refused("ValidationException", self.events.delete_rule, Name="t")
        self.refused("LimitExceededException", self.events.put_targets, Rule="t", Targets=[
            {"Id": str(number), "Arn": topic} for number in range(6)])
        self.events.remove_targets(Rule="t", Ids=["1"])
        self.events.delete_rule(Name="t")

    def test_patterns(self):
        self.refused("InvalidEventPatternException", self.events.put_rule, Name="p",
                     EventPattern='{"source": "text"}')
        for value in ({"prefix": "a"}, {"anything-but": ["a"]}, {"numeric": [">", 1]},
                      {"exists": False}, {"wildcard": "a*b"}, {"cidr": "10.0.0.0/8"}):
            self.events.put_rule(Name="p", EventPattern=json.dumps({"detail": {"k": [value]}}))
        self.events.delete_rule(Name="p")


class Ear(Case):
    def setUp(self):
        self.events = SANDBOX.client("events")
        self.sns = SANDBOX.client("sns")
        self.sqs = SANDBOX.client("sqs")
        self.topic = self.sns.create_topic(Name="t", Attributes={
            "Policy": policy({"Service": "events.amazonaws.com"}, "sns:Publish")})["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="q", Attributes={
            "Policy": policy({"Service": "sns.amazonaws.com"}, "sqs:SendMessage",
                             ArnEquals={"aws:SourceArn": self.topic})})["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["All"])
        self.subscription = self.sns.subscribe(
            TopicArn=self.topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"],
            ReturnSubscriptionArn=True)["SubscriptionArn"]

    def tearDown(self):
        self.sns.unsubscribe(SubscriptionArn=self.subscription)
        self.sns.delete_topic(TopicArn=self.topic)
        self.sqs.delete_queue(QueueUrl=self.queue)

    def heard(self):
        messages = self.sqs.receive_message(QueueUrl=self.queue).get("Messages", [])
        for message in messages:
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"])["Message"] for message in messages]

    def test_an_event(self):
        self.events.put_rule(Name="r", EventPattern=json.dumps(TEST))
        self.events.put_targets(Rule="r", Targets=[
            {"Id": "1", "Arn": self.topic,
             "InputTransformer": {"InputPathsMap": {"w": "$.detail.word"},
                                  "InputTemplate": '"the word is <w>"'}}])
        answer = self.events.put_events(Entries=[
            {"Source": "test", "DetailType": "T", "Detail": '{"word": "plinth"}'},
            {"Source": "aws.test", "DetailType": "T", "Detail": "{}"}])
        self.assertEqual(answer["FailedEntryCount"], 1)
        self.assertEqual(self.heard(), ['"the word is plinth"'])
        self.assertEqual(self.heard(), [])
        self.events.remove_targets(Rule="r", Ids=["1"])
        self.events.delete_rule(Name="r")

    def test_a_topic(self):
        self.sns.set_topic_attributes(TopicArn=self.topic, AttributeName="DisplayName",
                                      AttributeValue="x")
        attributes = self.sns.get_topic_attributes(TopicArn=self.topic)["Attributes"]
        self.assertEqual((attributes["DisplayName"], attributes["SubscriptionsConfirmed"]),
                         ("x", "1"))
        self.sns.subscribe(TopicArn=self.topic, Protocol="email", Endpoint="a@example.com")
        pages = self.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=self.topic)
        arns = [item["SubscriptionArn"] for page in pages for item in page["Subscriptions"]]
        self.assertEqual(arns, [self.subscription, "PendingConfirmation"])
        self.refused("InvalidParameter", self.sns.subscribe, TopicArn=self.topic,
                     Protocol="email", Endpoint="nobody")
        self.refused("NotFound", self.sns.get_topic_attributes, TopicArn=self.topic + "x")

    def test_a_message(self):
        self.assertTrue(self.sns.publish(TopicArn=self.topic, Message="m")["MessageId"])
        self.assertEqual(self.heard(), ["m"])
        self.refused("AWS.SimpleQueueService.NonExistentQueue", self.sqs.receive_message,
                     QueueUrl=self.queue + "x")


if __name__ == "__main__":
    SANDBOX = Sandbox(sys.argv[1])
    result = unittest.TextTestRunner(verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    status = SANDBOX.stop()
    if status != 0:
        print("sim_server ended with %d" % status)
    sys.exit(0 if result.wasSuccessful() and status == 0 else 1)
