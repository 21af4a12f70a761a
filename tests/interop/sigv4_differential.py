#!/usr/bin/env python3
"""sigv4_differential.py DRIVER [SEED]: plinth's signatures against botocore's.

Generated requests at fixed times: awkward paths, ARNs in paths, empty and repeated query
parameters, UTF-8, blanks in headers, session tokens, S3 and all other services.
"""
import datetime
import random
import sys
from urllib.parse import quote

from interop import ask, finish

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

COUNT = 4000
SEGMENTS = ["a", "detector", "..", ".", "", "with space", "ünïcode", "日本", "100%", "a+b", "a=b&c",
            "arn:aws:guardduty:eu-west-1:111122223333:detector/12abc", "~tilde", "-_.", "%41", "*",
            "(x)", "x;y", "A", "q?z", "$@!,'"]
NAMES = ["a", "b", "A", "prefix", "max-keys", "tagKeys", "list-type", "marker", "x y", "é", "policy"]
VALUES = ["", "1", "2", "a b", "a/b", "ü", "a=b", "a&b", "~", "*", "+", "%", "10", "1-1"]
HOSTS = ["iam.amazonaws.com", "sts.eu-west-1.amazonaws.com", "EXAMPLE.amazonaws.com:443",
         "localhost:4566", "127.0.0.1:80", "[::1]:8080", "bucket.s3.amazonaws.com"]
HEADERS = [("Content-Type", "application/json"), ("X-Amz-Target", "Service.Operation"),
           ("x-amz-meta-blanks", "  a   b \t c  "), ("X-Amz-Meta-A", "1"), ("x-amz-meta-a", "2"),
           ("User-Agent", "plinth/1"), ("Connection", "close"), ("x-amz-empty", ""),
           ("Expect", "100-continue"), ("X-Amzn-Trace-Id", "Root=1"), ("Accept", "a, b"),
           ("x-amz-utf8", "grün"), ("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")]
SERVICES = ["iam", "sts", "guardduty", "organizations", "s3", "ec2", "execute-api"]
REGIONS = ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"]
BODIES = ["", "{}", '{"Name": "grün"}', "Action=ListUsers&Version=2010-05-08", "x" * 5000]


def a_path(rng):
    keep = rng.choice(["", "/", "/:", "-_.~"])
    segments = [quote(rng.choice(SEGMENTS), safe=keep) for _ in range(rng.randrange(5))]
    return "/" + "/".join(segments) + rng.choice(["", "", "/"])


def a_query(rng):
    pairs = []
    for _ in range(rng.randrange(6)):
        name = quote(rng.choice(NAMES), safe="-_.~")
        bare = rng.random() < 0.2
        pairs.append(name if bare else name + "=" + quote(rng.choice(VALUES), safe="-_.~"))
    return "?" + "&".join(pairs) if pairs else ""


def a_question(rng):
    service = rng.choice(SERVICES)
    scheme = rng.choice(["https", "http"])
    headers = rng.sample(HEADERS, rng.randrange(6))
    if rng.random() < 0.05:
        headers.append(("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"))
    if rng.random() < 0.1:
        headers.append(("Host", "given.example.com"))
    return {
        "method": rng.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"]),
        "url": "%s://%s%s%s" % (scheme, rng.choice(HOSTS), a_path(rng), a_query(rng)),
        "headers": [list(header) for header in headers],
        "body": rng.choice(BODIES),
        "region": rng.choice(REGIONS),
        "service": service,
        "s3": service == "s3",
        "access": "AKIDEXAMPLE%d" % rng.randrange(5),
        "secret": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY%d" % rng.randrange(5),
        "token": rng.choice([None, "IQoJb3JpZ2luX2VjE//+token==", "short"]),
        "time": rng.choice([0, 1440938160, 1735689599, 1735689600, 1777777777, 4102444799]),
    }


def expected(question):
    """What botocore signs; S3's body is signed too, as plinth always does."""
    moment = datetime.datetime.fromtimestamp(question["time"], datetime.timezone.utc)
    botocore.auth.get_current_datetime = lambda *_, **__: moment
    credentials = Credentials(question["access"], question["secret"], question["token"])
    signer = botocore.auth.S3SigV4Auth if question["s3"] else botocore.auth.SigV4Auth
    request = AWSRequest(method=question["method"], url=question["url"],
                         data=question["body"].encode())
    request.context["payload_signing_enabled"] = True
    request.context["client_config"] = None
    for name, value in question["headers"]:
        request.headers.add_header(name, value)
    auth = signer(credentials, question["service"], question["region"])
    auth._should_sha256_sign_payload = lambda _: True
    auth.add_auth(request)
    return {"authorization": request.headers["Authorization"],
            "sha256": request.headers["X-Amz-Content-SHA256"]}


def main(arguments):
    rng = random.Random(arguments[1] if len(arguments) > 1 else "plinth")
    questions = [a_question(rng) for _ in range(COUNT)]
    failures = []
    for question, answer in zip(questions, ask(arguments[0], questions)):
        wanted = expected(question)
        if {**{"sha256": None}, **answer} != wanted:
            failures.append("%s\n  plinth   %s\n  botocore %s" % (question, answer, wanted))
    finish("sigv4", COUNT, failures)


if __name__ == "__main__":
    main(sys.argv[1:])
