#!/usr/bin/env python3
"""prowler_scan.py PLINTH: Prowler, a scanner that nobody of us wrote, before and after an apply.

Starts a sandbox, scans its management account, applies baselines/startup.yaml, and scans that
account, the security account and a workload account again, with the checks that match the baseline.
Every check that still fails afterwards must stand in EXPECTED, with why; one there that passes is
named as well, so that the table stays true.
"""
import importlib
import json
import logging
import os
import socket
import subprocess
import sys

import interop # skips without botocore

try:
    from prowler.providers.aws.aws_provider import AwsProvider
    from prowler.providers.common.models import Audit_Metadata
    from prowler.providers.common.provider import Provider
except ImportError as error:
    print("skipped: no Prowler (%s)" % error)
    sys.exit(77)

from startup_boto3 import Sandbox

REGIONS = {"eu-central-1", "us-east-1"}

CHECKS = """
accessanalyzer_enabled
account_maintain_different_contact_details_to_security_billing_and_operations
backup_plans_exist backup_vaults_exist backup_vaults_encrypted
cloudtrail_cloudwatch_logging_enabled cloudtrail_kms_encryption_enabled
cloudtrail_log_file_validation_enabled cloudtrail_multi_region_enabled
cloudtrail_multi_region_enabled_logging_management_events
ec2_ami_account_block_public_access ec2_ebs_default_encryption
ec2_ebs_snapshot_account_block_public_access ec2_instance_account_imdsv2_enabled
guardduty_centrally_managed guardduty_delegated_admin_enabled_all_regions guardduty_is_enabled
iam_no_root_access_key
iam_password_policy_lowercase iam_password_policy_minimum_length_14 iam_password_policy_number
iam_password_policy_reuse_24 iam_password_policy_symbol iam_password_policy_uppercase
iam_root_credentials_management_enabled
kms_cmk_rotation_enabled
organizations_account_part_of_organizations organizations_delegated_administrators
organizations_scp_check_deny_regions
s3_account_level_public_access_blocks
s3_bucket_default_encryption s3_bucket_level_public_access_block s3_bucket_public_access
""".split()

# Check -> {account: why it fails, or finds nothing to check, all the same}; "*" is every account.
MANAGEMENT_ONLY = "only the management account can ask"
NO_BACKUPS = "the baseline says backup: false there: nothing in it needs a vault"
NO_BUCKETS = "the account has no bucket"
EXPECTED = {
    "accessanalyzer_enabled": {
        account: "the organization's analyzer in the security account covers it; Prowler wants one "
                 "in each" for account in ("Management", "Log Archive", "Prod")},
    "account_maintain_different_contact_details_to_security_billing_and_operations": {
        "*": "it compares with the primary contact, which accounts of the sandbox do not have"},
    "backup_plans_exist": {
        account: NO_BACKUPS for account in ("Management", "Security", "Log Archive")},
    "backup_vaults_exist": {
        account: NO_BACKUPS for account in ("Management", "Security", "Log Archive")},
    "backup_vaults_encrypted": {
        account: NO_BACKUPS for account in ("Management", "Security", "Log Archive")},
    "cloudtrail_cloudwatch_logging_enabled": {
        "*": "CloudTrail delivers after minutes, and the sandbox is seconds old"},
    "guardduty_delegated_admin_enabled_all_regions": {
        account: MANAGEMENT_ONLY for account in ("Security", "Log Archive", "Prod")},
    "iam_no_root_access_key": {"*": "no root user has a password or a key: nothing to report"},
    "iam_root_credentials_management_enabled": {
        account: MANAGEMENT_ONLY for account in ("Security", "Log Archive", "Prod")},
    "kms_cmk_rotation_enabled": {
        account: "the account has no key" for account in ("Management", "Security")},
    "organizations_delegated_administrators": {
        account: MANAGEMENT_ONLY for account in ("Log Archive", "Prod")},
    "organizations_scp_check_deny_regions": {
        account: MANAGEMENT_ONLY for account in ("Log Archive", "Prod")},
    "s3_bucket_default_encryption": {
        account: NO_BUCKETS for account in ("Management", "Security", "Prod")},
    "s3_bucket_level_public_access_block": {
        account: NO_BUCKETS for account in ("Management", "Security", "Prod")},
}


def child(role, trusted):
    """Scan one account (`trusted`: its delegated administrators, which Prowler is told by its user): Prowler keeps its clients for the life of the process."""
    logging.disable(logging.CRITICAL)
    # S3 Control's host begins with the account: 111122223333.localhost.
    resolve = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *words, **named: resolve(
        "127.0.0.1" if str(host).endswith("localhost") else host, *words, **named)
    with open(os.devnull, "w") as nowhere:
        stdout, sys.stdout = sys.stdout, nowhere
        provider = AwsProvider(regions=REGIONS, scan_unused_services=True, **({"role_arn": role} if role else {}))
        provider.audit_metadata = Audit_Metadata(
            services_scanned=0, expected_checks=CHECKS, completed_checks=0, audit_progress=0)
        provider.audit_config["organizations_trusted_delegated_administrators"] = trusted
        Provider.set_global_provider(provider)
        found = {}
        for check in CHECKS:
            service = check.split("_")[0]
            module = importlib.import_module(
                "prowler.providers.aws.services.%s.%s.%s" % (service, check, check))
            results = getattr(module, check)().execute()
            found[check] = [(result.status, result.region, result.status_extended)
                            for result in results]
        sys.stdout = stdout
    json.dump(found, sys.stdout)


class Scanned(Sandbox):
    """A sandbox that Prowler looks at, which wants a name for a host."""

    def __init__(self, plinth):
        super().__init__(os.path.abspath(plinth), "--no-delays")
        for name, value in self.env.items():
            self.env[name] = value.replace("127.0.0.1", "localhost")

    def scan(self, role="", trusted=()):
        done = subprocess.run([sys.executable, "-B", os.path.abspath(__file__), "--child", role, *trusted],
                              env=self.env, cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit("Prowler ends with %d:\n%s" % (done.returncode, done.stderr[-3000:]))
        return json.loads(done.stdout)


def failing(found):
    return {check: [result for result in results if result[0] != "PASS"]
            for check, results in found.items() if not results or
            any(result[0] != "PASS" for result in results)}


def tell(when, account, found):
    print("%s %s: %d of %d checks pass" % (when, account, len(found) - len(failing(found)), len(found)))


def main(plinth):
    sandbox = Scanned(plinth)
    before = sandbox.scan()
    tell("before,", "Management", before)
    done = sandbox.plinth("apply", "--yes", "startup", "--output", "json")
    report = json.loads(done.stdout)
    if done.returncode != 0:
        sys.exit("apply ends with %d: %s" % (done.returncode, report["summary"]))
    accounts = {target["account"]: target["account_id"]
                for target in report["targets"] if target.get("account")}
    wrong, used = [], set()
    trusted = [accounts["Security"], accounts["Backup"]]
    for account in ("Management", "Security", "Log Archive", "Prod"):
        role = "" if account == "Management" else \
            "arn:aws:iam::%s:role/OrganizationAccountAccessRole" % accounts[account]
        found = sandbox.scan(role, trusted)
        tell("after,", account, found)
        for check, results in failing(found).items():
            reasons = EXPECTED.get(check, {})
            key = account if account in reasons else "*"
            used.add((check, key))
            if key not in reasons:
                wrong.append("%s %s: %s" % (account, check, results[:2] or "nothing was found to check"))
            else:
                print("  %s: %s" % (check, reasons[key]))
    listed = {(check, account) for check, reasons in EXPECTED.items() for account in reasons}
    wrong += ["%s is expected to fail in %s, and passes" % pair for pair in sorted(listed - used)]
    sandbox.stop()
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(child(sys.argv[2], sys.argv[3:]) if sys.argv[1] == "--child" else main(sys.argv[1]))
