#!/usr/bin/env python3
"""credentials_differential.py DRIVER [SEED]: which credentials and settings botocore finds.

Made-up homes and environments: keys, roles on top of roles (and in circles), web identities,
credential_process, credential_source, services sections.  botocore's calls to STS are answered here
as the driver answers ours, and compared: which roles, in what order, signed with which keys.
"""
import os
import random
import sys
import tempfile
from urllib.parse import parse_qsl

import botocore.configprovider
import botocore.credentials
import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.exceptions import BotoCoreError

from interop import ask, finish

HOMES = 400
PROFILES = ["default", "a", "b", "c"]
HELPER = """#!/bin/sh
echo '{"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "p"}'
"""


def keys(rng, where, profile):
    lines = ["aws_access_key_id = AKIA%s%s" % (where, profile.upper()),
             "aws_secret_access_key = s"]
    if rng.random() < 0.1:
        del lines[rng.randrange(2)]
    if rng.random() < 0.3:
        lines.append("aws_session_token = token")
    return lines


def role(rng, profile):
    lines = ["role_arn = arn:aws:iam::111122223333:role/%s" % profile]
    if rng.random() < 0.9:
        lines.append("source_profile = %s" % rng.choice(
            PROFILES + ["absent"] * (rng.random() < 0.1)))
    if rng.random() < 0.1:
        lines.append("credential_source = %s" % rng.choice(
            ["Environment", "EcsContainer", "Ec2InstanceMetadata", "environment"]))
    for line in ("external_id = ext", "duration_seconds = 900", "duration_seconds = x",
                 "role_session_name = name"):
        if rng.random() < 0.2 and line.split()[0] not in str(lines):
            lines.append(line)
    return lines


def settings(rng):
    lines = []
    for line in ("region = eu-west-3", "use_fips_endpoint = true", "ca_bundle = /ca.pem",
                 "max_attempts = 4", "endpoint_url = http://profile", "services = v",
                 "ignore_configured_endpoint_urls = true"):
        if rng.random() < 0.15:
            lines.append(line)
    if rng.random() < 0.02:
        lines.append("services = absent" if "services = v" not in lines else "output = json")
    return lines


def profile_lines(rng, profile, home):
    lines = settings(rng)
    if rng.random() < 0.45:
        lines += role(rng, profile)
    if rng.random() < 0.3:
        lines += keys(rng, "CONFIG", profile)
    if rng.random() < 0.15:
        lines.append("web_identity_token_file = %s/token" % home)
    if rng.random() < 0.15:
        lines.append("credential_process = %s/helper" % home)
    if rng.random() < 0.03:
        lines.append("sso_role_name = r")
    return lines


def make_home(rng, home):
    os.makedirs(os.path.join(home, ".aws"))
    config, credentials = [], []
    for profile in PROFILES:
        if rng.random() < 0.9:
            config.append("[default]" if profile == "default" else "[profile %s]" % profile)
            config += profile_lines(rng, profile, home)
        if rng.random() < 0.4:
            credentials.append("[%s]" % profile)
            credentials += keys(rng, "SHARED", profile)
            if rng.random() < 0.1:
                credentials += role(rng, profile)
    config += ["[services v]", "sts =", "  endpoint_url = http://v-sts", "service_quotas =",
               "  endpoint_url = http://v-quotas"]
    # A line break behind the token is sent by botocore, and refused by STS; plinth leaves it out.
    files = {".aws/config": "\n".join(config) + "\n",
             ".aws/credentials": "\n".join(credentials) + "\n",
             "token": "header.body.signature", "helper": HELPER}
    for name, text in files.items():
        with open(os.path.join(home, name), "w", encoding="utf-8") as out:
            out.write(text)
    os.chmod(os.path.join(home, "helper"), 0o700)


def make_variables(rng, home):
    out = {"HOME": home, "PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true",
           "AWS_DEFAULT_REGION": "eu-west-1"}
    choices = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_PROFILE": rng.choice(PROFILES),
               "AWS_DEFAULT_PROFILE": rng.choice(PROFILES + ["absent"]),
               "AWS_ENDPOINT_URL": "http://variable", "AWS_ENDPOINT_URL_STS": "http://variable-sts",
               "AWS_USE_FIPS_ENDPOINT": rng.choice(["true", "false", "1"]),
               "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": rng.choice(["TRUE", "no"]),
               "AWS_MAX_ATTEMPTS": rng.choice(["7", "x"]), "AWS_CA_BUNDLE": "/variable.pem",
               "AWS_WEB_IDENTITY_TOKEN_FILE": home + "/token",
               "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/variable",
               "AWS_ROLE_SESSION_NAME": "named", "AWS_SECURITY_TOKEN": "older",
               "AWS_SESSION_TOKEN": "newer"}
    for name, value in choices.items():
        if rng.random() < 0.12:
            out[name] = value
    if "AWS_ACCESS_KEY_ID" in out and rng.random() < 0.9:
        out["AWS_SECRET_ACCESS_KEY"] = "s"
    return out


def request_seen(body, authorization):
    fields = dict(parse_qsl(body))
    if fields.get("RoleSessionName", "").startswith(("botocore-session-", "plinth-")):
        del fields["RoleSessionName"]
    key_id = authorization.split("Credential=")[1].split("/")[0] if authorization else None
    return fields, key_id


class Answered:
    """Stands where botocore's connection stands."""
    def __init__(self, text):
        self.text = text.encode()

    def stream(self, *_args, **_kwargs):
        yield self.text


def with_sts(session, requests):
    def answer(request, **_kwargs):
        body = request.body if isinstance(request.body, str) else request.body.decode()
        authorization = request.headers.get("Authorization")
        if isinstance(authorization, bytes):
            authorization = authorization.decode()
        requests.append(request_seen(body, authorization))
        action = dict(parse_qsl(body))["Action"]
        text = ("<%sResponse><%sResult><Credentials><AccessKeyId>ASIA%d</AccessKeyId>"
                "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
                "<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></%sResult>"
                "</%sResponse>" % (action, action, len(requests), action, action))
        return AWSResponse(request.url, 200, {}, Answered(text))
    session.register("before-send.sts", answer)


def botocore_settings(session, services):
    try:
        urls = {}
        if not session.get_config_variable("ignore_configured_endpoint_urls"):
            for service in services:
                url = botocore.configprovider.ConfiguredEndpointProvider(
                    session.full_config, session.get_scoped_config(), service).provide()
                if url is not None:
                    urls[service] = url
        out = {"profile": session.get_config_variable("profile") or "default",
               "region": session.get_config_variable("region"),
               "fips": bool(session.get_config_variable("use_fips_endpoint")),
               "attempts": session.get_config_variable("max_attempts") or 0, "urls": urls}
        bundle = session.get_config_variable("ca_bundle")
        if bundle is not None:
            out["ca_bundle"] = bundle
        return out
    except (BotoCoreError, ValueError):
        return "error"


def botocore_credentials(session):
    requests = []
    with_sts(session, requests)
    try:
        resolver = botocore.credentials.create_credential_resolver(session, region_name="eu-west-1")
        found = resolver.load_credentials()
        if found is None:
            return "none", []
        frozen = found.get_frozen_credentials()
        return (frozen.access_key, frozen.secret_key, frozen.token or ""), requests
    except (BotoCoreError, ValueError):
        return "error", None


def plinth_credentials(answer):
    found = answer["credentials"]
    if "error" in found:
        return ("none", []) if found["error"] == "none" else ("error", None)
    return ((found["key_id"], found["secret"], found["token"]),
            [request_seen(each["body"], each.get("authorization"))
             for each in answer["requests"]])


def main(arguments):
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    rng = random.Random(seed)
    questions, failures, found = [], [], 0
    outside = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(HOMES):
            home = os.path.join(folder, str(number))
            make_home(rng, home)
            question = {"variables": make_variables(rng, home)}
            if rng.random() < 0.3:
                question["profile"] = rng.choice(PROFILES)
            questions.append(question)
        for question, answer in zip(questions, ask(arguments[0], questions)):
            os.environ.clear()
            os.environ.update(question["variables"])
            got_settings = "error" if "error" in answer["settings"] else answer["settings"]
            services = ["sts", "iam", "service-quotas", "organizations"]
            if got_settings != "error":
                got_settings["urls"] = {name: url for name, url in got_settings["urls"].items()
                                        if name in services}
            session = botocore.session.Session(profile=question.get("profile"))
            want = botocore_settings(session, services), botocore_credentials(session)
            got = got_settings, plinth_credentials(answer)
            found += len(want[1][1] or []) > 0
            if got != want:
                with open(question["variables"]["HOME"] + "/.aws/config", encoding="utf-8") as file:
                    failures.append("%r\n%s\n  plinth   %r %r\n  botocore %r" % (
                        question, file.read(), got, answer["credentials"], want))
        os.environ.clear()
        os.environ.update(outside)
    print("credentials: seed %d, %d with roles" % (seed, found))
    # Were nearly all of them mistakes, agreement would mean little.
    if found < HOMES / 10:
        failures.append("too few assume a role")
    finish("credentials", HOMES, failures)


if __name__ == "__main__":
    main(sys.argv[1:])
