#!/usr/bin/env python3
"""moto_apply.py PLINTH: the shipped baseline on moto, an AWS emulator that nobody of us wrote.

baselines/startup.yaml is applied over HTTP, an operator tags what moto left untagged, and it is
applied until nothing changes: the last run writes nothing.  What moto lacks shows as a failure of
its control and stops nothing that does not need it: UNSUPPORTED says which, and why.  Where moto and
AWS differ, DISAGREE names the one that is wrong and the source that decides.
"""
import contextlib
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile

from interop import SOURCE

try:
    import boto3
    import moto
    from moto.server import ThreadedMotoServer
except ImportError as error:
    print("skipped: no moto (%s)" % error)
    sys.exit(77)

REGION = "us-east-1"
RUNS_MOST = 4
TARGETS_LEAST = 50 # what the last run must have found clean

# Controls that work region by region: in one region here, as moto serves one call at a time.
REGIONAL = ["access_analyzer", "alarm_rules", "ebs_encryption", "ebs_snapshot_public_access",
            "guardduty", "guardduty_administrator", "guardduty_export", "honey_rules",
            "image_public_access", "imds_defaults", "serial_console"]

# Control -> what its targets end with (outcome, a pattern of the reason), and what moto lacks.
UNSUPPORTED = {
    "access_analyzer": ("unknown", "ListAnalyzers", "Access Analyzer is not there"),
    "ebs_snapshot_public_access": ("unknown", "GetSnapshotBlockPublicAccessState", "operation"),
    "guardduty": ("failed|unknown", "OrganizationConfiguration", "operations of an organization"),
    "guardduty_export": ("skipped|unknown", "it needs guardduty|ListPublishingDestinations", "as guardduty"),
    "image_public_access": ("unknown", "GetImageBlockPublicAccessState", "operation"),
    "imds_defaults": ("unknown", "GetInstanceMetadataDefaults", "operation"),
    "serial_console": ("unknown", "GetSerialConsoleAccessStatus", "operation"),
    "backup": ("failed", "PutBackupVaultAccessPolicy", "access policies of vaults"),
    "backup_central": ("failed", "PutBackupVaultAccessPolicy", "as backup"),
    "backup_opt_in": ("unknown", "DescribeRegionSettings", "operation"),
    "backup_organization": ("unknown", "DescribeGlobalSettings", "operation"),
    "backup_restore": ("unknown", "ListRestoreTestingPlans", "operation"),
    "cloudtrail": ("unknown", "no home region", "GetTrail's HomeRegion"),
    "delegated_administrators": ("unknown", "unrecognized service principal",
                                 "AWS Backup's delegated administrator"),
    "trusted_access": ("failed", "^create trusted access for (iam|malware-protection.guardduty).amazonaws.com: "
                       "[^;]*unrecognized service principal.*; create trusted access for ", "two services"),
    "root_access": ("unknown", "ListOrganizationsFeatures", "operation"),
    "honey_filters": ("skipped", "it needs cloudtrail", "as cloudtrail"),
    "honey_tokens": ("failed", "PutUserPermissionsBoundary", "boundaries of users"),
    "s3_public_access_block": ("unknown", "DescribeEffectivePolicy",
                               "S3 policies of an organization"),
}

DISAGREE = """\
what moto does                                   who is wrong, and the source
CreateOrganization leaves SCPs switched off      moto: Organizations API, CreateOrganization: "ALL ...
                                                 service control policies automatically enabled"
CreateBucket drops Tags                          moto: S3 API, CreateBucketConfiguration, Tags
GetTrail has no HomeRegion                       moto: CloudTrail API, Trail
CreateUser drops PermissionsBoundary             moto: IAM API, CreateUser
"""


class Moto:
    def __init__(self, plinth):
        os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
        logging.getLogger("werkzeug").disabled = True
        self.plinth = plinth
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.server.start()
        self.url = "http://%s:%d" % self.server.get_host_and_port()
        self.home = tempfile.mkdtemp()
        self.env = {"PATH": os.environ["PATH"], "HOME": self.home, "NO_COLOR": "1",
                    "AWS_ENDPOINT_URL": self.url, "AWS_REGION": REGION,
                    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
                    "AWS_EC2_METADATA_DISABLED": "true"}

    def close(self):
        self.server.stop()
        shutil.rmtree(self.home)

    def apply(self, *words):
        with contextlib.redirect_stdout(io.StringIO()): # moto tells what it lacks call by call
            done = subprocess.run([self.plinth, "apply", "--yes", "--output", "json", "baseline.yaml", *words],
                                  env=self.env, cwd=self.home, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
        try:
            report = json.loads(done.stdout)
        except ValueError:
            sys.exit("apply ends with %d and no report:\n%s" % (done.returncode, done.stderr[-2000:]))
        if "targets" not in report:
            sys.exit("apply ends with %d: %s" % (done.returncode, report))
        return report

    def apply_all(self, left_out=()):
        """Everything once: (targets, writes, how many are as wanted)."""
        excluded = [word for control in {*REGIONAL, *left_out} for word in ("--exclude", control)]
        only = [word for control in REGIONAL if control not in left_out for word in ("--only", control)]
        reports = [self.apply(*excluded), self.apply("--region", REGION, *only)]
        return ([target for report in reports for target in report["targets"]],
                sum(report["summary"]["writes"] for report in reports),
                sum(report["summary"]["clean"] + report["summary"]["changed"] for report in reports))

    def client(self, service, account=None):
        keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret"}
        if account:
            role = self.client("sts").assume_role(
                RoleArn="arn:aws:iam::%s:role/OrganizationAccountAccessRole" % account,
                RoleSessionName="operator")["Credentials"]
            keys = {"aws_access_key_id": role["AccessKeyId"],
                    "aws_secret_access_key": role["SecretAccessKey"],
                    "aws_session_token": role["SessionToken"]}
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, **keys)


def adapt(text):
    """The shipped baseline, with moto's management account and without what moto refuses outright."""
    text = text.replace("name: Management", "name: master")
    text = text.replace("email: ${var.email_prefix}@${var.email_domain}", "email: master@example.com")
    return re.sub(r"\n    plans:\n(      .*\n)+", "\n", text) # it has no backup policies


def tag_by_hand(moto, targets):
    """What a person does who reads 'exists and is not this baseline's; tag it'."""
    accounts = {account["Name"]: account["Id"]
                for account in moto.client("organizations").list_accounts()["Accounts"]}
    for target in targets:
        found = re.search(r"bucket (\S+) exists and is not this baseline's", target.get("reason") or "")
        if found:
            moto.client("s3", accounts["Log Archive"]).put_bucket_tagging(
                Bucket=found.group(1),
                Tagging={"TagSet": [{"Key": "plinth:baseline", "Value": "startup"}]})


def is_good(target):
    return target["outcome"] in ("clean", "changed")


def judge(targets):
    """Lines about targets that ended otherwise than they should."""
    wrong = []
    for target in targets:
        if is_good(target):
            continue
        outcome, pattern, _ = UNSUPPORTED.get(target["control"], ("", "", ""))
        if not re.fullmatch(outcome, target["outcome"]) or \
                not re.search(pattern, target.get("reason") or ""):
            wrong.append("%s %s %s: %s: %s" % (
                target["control"], target.get("account") or "organization",
                target.get("region") or "", target["outcome"], target.get("reason")))
    return wrong


def main(plinth):
    emulator = Moto(plinth)
    with open(os.path.join(SOURCE, "baselines", "startup.yaml")) as shipped:
        text = adapt(shipped.read())
    with open(os.path.join(emulator.home, "baseline.yaml"), "w") as out:
        out.write(text)
    ended, lacking = {}, set()
    for run in range(1, RUNS_MOST + 1):
        targets, writes, good = emulator.apply_all(lacking)
        changed = [target for target in targets if target["outcome"] == "changed"]
        print("run %d: %d targets done, %d of them changed, %d not; %d writes" % (
            run, good, len(changed), sum(not is_good(target) for target in targets), writes))
        # A report lists what is not clean: what was asked again and is not there any more is well.
        ended = {name: of_it for name, of_it in ended.items() if name in lacking}
        for target in targets:
            ended.setdefault(target["control"], []).append(target)
        if not changed:
            break
        tag_by_hand(emulator, targets)
        # What moto cannot even be asked stays as it is, and each question is repeated for seconds.
        lacking = {name for name, of_it in ended.items()
                   if all(target["outcome"] == "unknown" for target in of_it)}
    targets = [target for of_it in ended.values() for target in of_it]
    wrong = judge(targets)
    lacking = sorted({target["control"] for target in targets if not is_good(target)})
    _, writes, good = emulator.apply_all(lacking)
    print("what moto has, once more: %d targets clean, %d writes" % (good, writes))
    emulator.close()
    print("moto %s lacks: %s" % (moto.__version__, "; ".join(
        "%s (%s)" % (name, UNSUPPORTED.get(name, ("", "", "?"))[2]) for name in lacking)))
    print(DISAGREE, end="")
    for line in wrong:
        print(line)
    if writes != 0:
        print("the last run still made %d writes" % writes)
    return 1 if wrong or writes != 0 or good < TARGETS_LEAST else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
