"""The reads of one `plinth drift`, as a program with boto3 and a pool of threads would do them.

    scale_boto3.py WORLD.json

WORLD holds "calls" (how often each operation is called), the ids to call them with, and the URL.
Clients are made once and shared by all threads; a member account's are made from the credentials
that AssumeRole gives, as everywhere.  scale.py measures it and checks what the sandbox counted.
"""
import itertools
import json
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

THREADS = 32


def method_of(operation):
    """GetRole -> get_role, ListAWSServiceAccessFor... -> list_aws_service_access_for_..."""
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", operation)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words).lower()


class World:
    def __init__(self, world):
        self.world = world
        self.session = boto3.Session()
        self.lock = threading.Lock()  # boto3 makes clients in one thread at a time
        config = Config(max_pool_connections=THREADS, retries={"total_max_attempts": 1})
        self.clients = {service: self.session.client(service, config=config)
                        for service in {name.split(":")[0] for name in world["calls"]}}

    def arguments(self, name):
        """What to call an operation of the management account with, as often as is wanted."""
        world = self.world
        rows = {
            "organizations:ListAccountsForParent": [{"ParentId": id} for id in world["parents"]],
            "organizations:ListOrganizationalUnitsForParent":
                [{"ParentId": id} for id in world["parents"]],
            "organizations:ListTagsForResource": [{"ResourceId": id} for id in world["accounts"]],
            "organizations:ListPolicies": [{"Filter": "SERVICE_CONTROL_POLICY"}],
            "organizations:DescribePolicy": [{"PolicyId": id} for id in world["policies"]],
            "organizations:ListTargetsForPolicy": [
                {"PolicyId": id} for id in list(world["policies"]) + ["p-FullAWSAccess"]],
            "organizations:ListDelegatedAdministrators":
                [{"ServicePrincipal": "access-analyzer.amazonaws.com"}],
            # The management account names no account when it asks for its own contact.
            "account:GetAlternateContact":
                [dict({} if id == world["management"] else {"AccountId": id},
                      AlternateContactType=kind)
                 for id in world["accounts"] for kind in ("SECURITY", "OPERATIONS")],
        }
        return itertools.cycle(rows.get(name, [{}]))

    def member(self, account, calls):
        """Enter an account and read there; the management account is entered already."""
        clients = self.clients
        if account != self.world["management"]:
            credentials = self.clients["sts"].assume_role(
                RoleArn="arn:aws:iam::%s:role/OrganizationAccountAccessRole" % account,
                RoleSessionName="scale")["Credentials"]
            with self.lock:
                clients = {"iam": self.session.client(
                    "iam", aws_access_key_id=credentials["AccessKeyId"],
                    aws_secret_access_key=credentials["SecretAccessKey"],
                    aws_session_token=credentials["SessionToken"],
                    config=Config(retries={"total_max_attempts": 1}))}
        for service, operation in calls:
            getattr(clients[service], method_of(operation))(RoleName="SecurityView")

    def is_about_a_role(self, name):
        service, operation = name.split(":")
        shape = self.clients[service].meta.service_model.operation_model(operation).input_shape
        return service == "iam" and shape is not None and "RoleName" in shape.required_members

    def jobs(self):
        calls = self.world["calls"]
        of_members = [name for name in calls if self.is_about_a_role(name)]
        for name, count in calls.items():
            if name in of_members or name == "sts:AssumeRole":
                continue
            service, operation = name.split(":")
            method = getattr(self.clients[service], method_of(operation))
            for arguments in itertools.islice(self.arguments(name), count):
                yield method, arguments
        if of_members:
            pairs = [name.split(":") for name in of_members]
            for account in self.world["accounts"]:
                yield self.member, {"account": account, "calls": pairs}


def main():
    with open(sys.argv[1]) as file:
        world = World(json.load(file))
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(method, **arguments) for method, arguments in world.jobs()]:
            done.result()


main()
