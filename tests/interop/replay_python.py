#!/usr/bin/env python3
"""replay_python.py - plinth policy replay beside a naive reader of the same logs.

    replay_python.py PLINTH [SEED]

Makes CloudTrail logs in every form that plinth reads, some of their records damaged, with a seed.
What each record must come to is computed here: Python's json reads the files, and the three policies
of the baseline are written down a second time as plain conditions.
"""
import gzip
import io
import ipaddress
import json
import os
import random
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import Counter, defaultdict

MANAGEMENT, SHOP, LAB, STRANGER = "111111111111", "222222222222", "333333333333", "999999999999"

BASELINE = f"""
apiVersion: plinth/v1
name: replayed
home_region: eu-central-1
organizational_units: {{Work: }}
accounts:
  - {{name: Management, email: aws@example.com, roles: [management], id: "{MANAGEMENT}"}}
  - {{name: Shop, email: aws+shop@example.com, ou: Work, id: "{SHOP}"}}
  - {{name: Lab, email: aws+lab@example.com, id: "{LAB}"}}
policies:
  - name: regions
    type: service_control_policy
    attach: [Work]
    document:
      Version: "2012-10-17"
      Statement:
        - Sid: Regions
          Effect: Deny
          NotAction: ["iam:*", "sts:*", "s3:ListAllMyBuckets"]
          Resource: "*"
          Condition: {{StringNotEquals: {{"aws:RequestedRegion": [eu-central-1, us-east-1]}}}}
        - Sid: Networks
          Effect: Deny
          Action: ["s3:GetObject", "s3:ListBucket"]
          Resource: "arn:aws:s3:::vault*"
          Condition: {{NotIpAddress: {{"aws:SourceIp": "10.0.0.0/8"}}}}
  - name: roles
    type: service_control_policy
    attach: [{{account: Lab}}]
    document:
      Version: "2012-10-17"
      Statement:
        - Sid: Roles
          Effect: Deny
          Action: ["iam:Delete*", "iam:Update*"]
          Resource: "arn:aws:iam::*:role/guard"
        - Sid: Teams
          Effect: Deny
          Action: "cloudwatch:*"
          Resource: "*"
          Condition: {{StringEquals: {{"aws:PrincipalTag/team": guests}}}}
"""

# eventSource, eventName, the action, and how often.
CALLS = [
    ("s3", "GetObject", "s3:GetObject"), ("s3", "HeadObject", "s3:GetObject"),
    ("s3", "ListObjects", "s3:ListBucket"), ("s3", "ListBuckets", "s3:ListAllMyBuckets"),
    ("ec2", "DescribeInstances", "ec2:DescribeInstances"), ("ec2", "RunInstances", "ec2:RunInstances"),
    ("monitoring", "PutMetricData", "cloudwatch:PutMetricData"),
    ("lambda", "Invoke20150331", "lambda:InvokeFunction"),
    ("lambda", "GetFunction20150331v2", "lambda:GetFunction"),
    ("email", "SendEmail", "ses:SendEmail"),
    ("iam", "DeleteRole", "iam:DeleteRole"), ("iam", "UpdateRole", "iam:UpdateRole"),
    ("iam", "GetRole", "iam:GetRole"), ("sts", "AssumeRole", "sts:AssumeRole"),
    ("sts", "GetCallerIdentity", None), ("notthere", "DoThings", "notthere:DoThings"),
]
REGIONS = ["eu-central-1", "us-east-1", "ap-south-1"]
ADDRESSES = ["10.1.2.3", "203.0.113.9", "cloudformation.amazonaws.com"]


def identity(rng):
    account = rng.choice([MANAGEMENT, SHOP, SHOP, LAB, LAB, STRANGER])
    kind = rng.choice(["role"] * 8 + ["user", "root", "linked", "service", "account", "saml", "center"])
    if kind in ("role", "linked"):
        path = "aws-service-role/x.amazonaws.com/" if kind == "linked" else rng.choice(["", "team/"])
        name = "AWSServiceRoleForX" if kind == "linked" else rng.choice(["dev", "ops"])
        arn = f"arn:aws:iam::{account}:role/{path}{name}"
        return kind, account, arn, {
            "type": "AssumedRole", "principalId": f"AROA:{rng.random()}",
            "arn": f"arn:aws:sts::{account}:assumed-role/{name}/session-{rng.randrange(9999)}",
            "accountId": account, "sessionContext": {
                "sessionIssuer": {"type": "Role", "arn": arn, "accountId": account, "userName": name},
                "attributes": {"mfaAuthenticated": "false", "creationDate": "2026-11-01T00:00:00Z"}}}
    if kind == "user":
        arn = f"arn:aws:iam::{account}:user/joe"
        return kind, account, arn, {"type": "IAMUser", "arn": arn, "accountId": account, "userName": "joe"}
    if kind == "root":
        arn = f"arn:aws:iam::{account}:root"
        return kind, account, arn, {"type": "Root", "accountId": account}
    kinds = {"service": {"type": "AWSService", "invokedBy": "x.amazonaws.com"},
             "account": {"type": "AWSAccount", "accountId": account, "principalId": "AIDA:x"},
             "saml": {"type": "SAMLUser", "identityProvider": "x"},
             "center": {"type": "IdentityCenterUser", "accountId": account}}
    return kind, account, None, kinds[kind]


def expected(kind, account, action, region, address, resource, error, event_type):
    """The name of the count, and the Sid that decides."""
    if event_type != "AwsApiCall":
        return "no_call", None
    if error in ("AccessDenied", "Client.UnauthorizedOperation"):
        return "already_denied", None
    if action is None:
        return "free_actions", None
    alone = {"account": "other_accounts", "center": "no_principal", "service": "services",
             "saml": "services", "linked": "service_linked"}
    if kind in alone:
        return alone[kind], None
    if account == STRANGER:
        return "foreign", None
    if account == MANAGEMENT:
        return "management", None
    unknown = None
    if account == SHOP:
        # Of two statements that deny, the first decides; packing sorts them by their Sids.
        if action in ("s3:GetObject", "s3:ListBucket") and resource.startswith("arn:aws:s3:::vault"):
            try:
                if ipaddress.ip_address(address) not in ipaddress.ip_network("10.0.0.0/8"):
                    return "denied", "Networks"
            except ValueError:
                unknown = "Networks"
        free = action.split(":")[0] in ("iam", "sts") or action == "s3:ListAllMyBuckets"
        if not free and region not in ("eu-central-1", "us-east-1"):
            return "denied", "Regions"
    if account == LAB:
        if action in ("iam:DeleteRole", "iam:UpdateRole") and resource.endswith(":role/guard"):
            return "denied", "Roles"
        if action.startswith("cloudwatch:"):
            unknown = "Teams"
    return ("unknown", unknown) if unknown else ("allowed", None)


def record(rng, world):
    kind, account, arn, who = identity(rng)
    source, event, action = rng.choice(CALLS)
    region, address = rng.choice(REGIONS), rng.choice(ADDRESSES)
    error = rng.choice([None] * 8 + ["AccessDenied", "Client.UnauthorizedOperation", "NoSuchBucket"])
    event_type = rng.choice(["AwsApiCall"] * 15 + ["AwsServiceEvent"])
    resource, parameters, resources = "", None, None
    if event in ("GetObject", "HeadObject", "ListObjects"):
        bucket = rng.choice(["vault-1", "shop"])
        resource = f"arn:aws:s3:::{bucket}"
        parameters = {"bucketName": bucket, "Host": f"{bucket}.s3.amazonaws.com"}
        resources = [{"accountId": account, "type": "AWS::S3::Bucket", "ARN": resource}]
        if event != "ListObjects":
            parameters["key"] = "a \"b\"\\ü/" + str(rng.randrange(50))
            resource += "/" + parameters["key"]
            resources.insert(0, {"type": "AWS::S3::Object", "ARN": resource})
        if rng.random() < 0.5:
            resources = None
    elif source == "iam":
        name = rng.choice(["guard", "other"])
        resource, parameters = f"arn:aws:iam::{account}:role/{name}", {"roleName": name}
    when = f"2026-11-{rng.randrange(1, 29):02}T{rng.randrange(24):02}:{rng.randrange(60):02}:00Z"
    made = {"eventVersion": "1.11", "userIdentity": who, "eventTime": when,
            "eventSource": f"{source}.amazonaws.com", "eventName": event, "awsRegion": region,
            "sourceIPAddress": address, "userAgent": "[\"quoted\" \\ agent]", "errorCode": error,
            "requestParameters": parameters, "responseElements": {"n": [1, -2.5e3, {"deep": [[], {}]}, None]},
            "resources": resources, "eventType": event_type, "recipientAccountId": account}
    if error is None:
        del made["errorCode"]
    count, sid = expected(kind, account, action, region, address, resource, error, event_type)
    return json.dumps(made, ensure_ascii=rng.random() < 0.5, separators=rng.choice([(",", ":"), (", ", ": ")])), {
        "count": count, "assumed": source == "notthere" and count not in ("no_call", "already_denied"),
        "row": (count, arn, action, region, account, sid) if count in ("denied", "unknown") else None,
        "when": when}


def damage(rng, text):
    """A record that is none, in a list: what is wrong is found, and the next record is found again."""
    which = rng.randrange(5)
    if which == 0:
        return text[:-1] + ",}"  # a comma too many
    if which == 1:
        return text.replace('"eventTime"', '"eventtime"', 1)
    if which == 2:
        return text.replace('"awsRegion":', '"awsRegion"', 1)  # no colon
    if which == 3:
        return "17"
    return text.replace('"eventVersion"', '"event\tVersion"', 1)


def check_damage(text):
    """Whether Python's json, or the lack of a member, tells the same."""
    try:
        read = json.loads(text)
    except ValueError:
        return True
    return not isinstance(read, dict) or "eventTime" not in read


def make_text(rng, world, count, lines):
    texts, damaged = [], False
    for _ in range(count):
        text, facts = record(rng, world)
        # Never two in a row: in a list, one that does not begin as records do is not found again.
        damaged = not damaged and rng.random() < 0.02
        if damaged:
            text = damage(rng, text)
            assert check_damage(text), text
            world["malformed"] += 1
        else:
            world["facts"].append(facts)
        texts.append(text)
    if lines:
        return ("\n".join(texts) + "\n").encode()
    return ('{"Records":[' + ",".join(texts) + "]}").encode()


def make_logs(rng, folder, world):
    os.makedirs(f"{folder}/logs/a/CloudTrail-Digest")
    with open(f"{folder}/logs/a/CloudTrail-Digest/d.json", "w", encoding="utf-8") as out:
        out.write('{"digestS3Object": "x"}')
    for i in range(4):
        with gzip.open(f"{folder}/logs/a/{i}.json.gz", "wb") as out:
            out.write(make_text(rng, world, 500, False))
    with open(f"{folder}/logs/lines.json", "wb") as out:
        out.write(make_text(rng, world, 700, True))
    with open(f"{folder}/logs/cut.json", "wb") as out:  # ends in the middle of its last record
        whole = make_text(rng, world, 50, False)
        last, _ = record(rng, world)
        out.write(whole[:-2] + b"," + last.encode()[:-20])
        world["malformed"] += 1
    with open(f"{folder}/logs/cut.json.gz", "wb") as out:  # nothing can be read of it
        out.write(gzip.compress(b'{"Records":[]}')[:12])
        world["malformed"] += 1
    with tarfile.open(f"{folder}/logs.tar.gz", "w:gz") as tar:
        for i in range(3):
            packed = gzip.compress(make_text(rng, world, 400, False))
            about = tarfile.TarInfo(f"x/{i}.json.gz")
            about.size = len(packed)
            tar.addfile(about, io.BytesIO(packed))
    with zipfile.ZipFile(f"{folder}/logs.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/a.json", make_text(rng, world, 400, False))
    return make_text(rng, world, 300, True)


def summarize(world):
    counts, rows, times = Counter(), Counter(), defaultdict(list)
    for facts in world["facts"]:
        counts[facts["count"]] += 1
        counts["assumed"] += facts["assumed"]
        if facts["row"]:
            rows[facts["row"]] += 1
            times[facts["row"]].append(facts["when"])
    return counts, {row: (count, min(times[row]), max(times[row])) for row, count in rows.items()}


def run(plinth, folder, stdin, *options):
    done = subprocess.run(
        [plinth, "policy", "replay", "logs", "logs.tar.gz", "logs.zip", "-", "--baseline",
         "./plinth.yaml", "--output", "json", *options],
        cwd=folder, input=stdin, stdout=subprocess.PIPE, check=False)
    return done.returncode, json.loads(done.stdout)


def main():
    plinth, seed = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 7
    rng, world = random.Random(seed), {"malformed": 0, "facts": []}
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/plinth.yaml", "w", encoding="utf-8") as out:
            out.write(BASELINE)
        stdin = make_logs(rng, folder, world)
        code, document = run(plinth, folder, stdin)
    counts, rows = summarize(world)
    counts["records"], counts["malformed"] = len(world["facts"]), world["malformed"]
    counts["files"] = 4 + 2 + 3 + 1 + 1 + 1
    for name, value in document["counts"].items():
        if name not in ("bytes",) and value != counts[name]:
            wrong.append(f"{name}: plinth {value}, Python {counts[name]}")
    told = {}
    for outcome in ("denied", "unknown"):
        for row in document[outcome]:
            told[(outcome, row["principal"], row["action"], row["region"], row["account"], row["sid"])] = (
                row["count"], row["first"], row["last"])
    for row in sorted(set(told) | set(rows), key=str):
        if told.get(row) != rows.get(row):
            wrong.append(f"{row}: plinth {told.get(row)}, Python {rows.get(row)}")
    if code != 2:
        wrong.append(f"exit code {code}")
    for line in wrong[:30]:
        print(line)
    for item in document["malformed"][:5] if wrong else []:
        print(item)
    print(f"seed {seed}: {len(world['facts'])} records, {world['malformed']} damaged, {len(rows)} kinds, "
          f"{len(wrong)} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
