"""plinth on a simulated organization of many accounts: is it right, and what does it cost?

    scale.py BUILD_DIRECTORY ACCOUNTS     (sh tests/bench/scale.sh [ACCOUNTS] builds and calls it)

Applies a baseline to an empty sandbox, reads it back, damages it with boto3, mends it; then does
the reads of one drift with boto3 and as many calls with a bare loop in C, the drift and the loop
over TLS as well.  Ends with 1 where plinth is wrong.  Times are printed and never judged.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import boto3
import botocore
from botocore.config import Config

HERE = os.path.dirname(os.path.abspath(__file__))
ACCOUNTS_LEAST = 10
ACCOUNTS_OF_A_LINE = 100
ONE_OPERATION = "organizations:ListTagsForResource"
ROUNDS, ROUNDS_BOTO3 = 5, 3  # boto3 takes twenty times as long
SERVICES = ("ORGANIZATIONS", "IAM", "STS", "ACCOUNT", "ACCESSANALYZER")  # that a drift here asks


def check(ok, *what):
    if not ok:
        sys.exit("scale.py: WRONG: %s" % " ".join(str(part) for part in what))


# --- The baseline ---------------------------------------------------------------------------------

HEAD = """\
apiVersion: plinth/v1
name: scale
home_region: eu-central-1
regions: [eu-central-1, eu-west-1, us-east-1]
organization:
  trusted_access: [account.amazonaws.com, iam.amazonaws.com, access-analyzer.amazonaws.com]
  delegated_administrators: {access-analyzer.amazonaws.com: security}
  contacts:
    security: {name: Security, title: On call, email: security@example.com, phone: "+1 555 0100"}
    operations: {name: Operations, title: On call, email: ops@example.com, phone: "+1 555 0101"}
controls:
  security_role: {}
  root_access: {}
policies:
  - {name: stay, template: scp/deny-leave-organization, attach: [root]}
  - {name: regions, template: scp/region-limits, attach: [root]}
  - {name: root-users, template: scp/root-deny, attach: [root]}
  - {name: security-role, template: scp/protect-security-role, attach: [root]}
  - {name: trails, template: scp/protect-cloudtrail, attach: [root]}
  - {name: iam-users, template: scp/deny-iam-users-and-keys, attach: [Workloads]}
organizational_units:
  Security:
  Workloads:
    units:
"""


def baseline_of(count):
    lines = -(-count // ACCOUNTS_OF_A_LINE)
    text = [HEAD]
    text += ["      Line%d: {units: {Prod: {}, Dev: {}}}\n" % line for line in range(lines)]
    text.append("accounts:\n"
                "  - {name: Management, email: aws@example.com, roles: [management]}\n"
                "  - {name: Security, email: aws+security@example.com, ou: Security,"
                " roles: [security]}\n")
    text += ["  - {name: %s, email: aws+%d@example.com, ou: Workloads/Line%d/%s,"
             " tags: {owner: team-%d, cost-center: \"%d\"}}\n"
             % (workload(i), i, i % lines, "Prod" if i // lines % 2 == 0 else "Dev", i % 17,
                1000 + i)
             for i in range(count - 2)]
    return "".join(text)


def workload(i):
    return "Workload %d" % i


# --- The sandbox ----------------------------------------------------------------------------------

class Sandbox:
    """A sandbox of our own, and an environment that points every client at it."""

    def __init__(self, plinth, work):
        self.plinth = plinth
        self.env = {"PATH": os.environ["PATH"], "HOME": work, "NO_COLOR": "1",
                    "AWS_EC2_METADATA_DISABLED": "true"}
        # An account is there after a hundredth of the time that AWS takes.
        self.process = subprocess.Popen(
            [plinth, "sandbox", "--listen", "127.0.0.1:0", "--seed", "7", "--time-scale", "0.01",
             "--quiet"], stdout=subprocess.PIPE, env=self.env, text=True)
        self.url = self.process.stdout.readline().split()[-1]
        self.listen = self.url.split("//")[1]
        for line in self.ask("env").splitlines():
            if line.startswith("export "):
                name, value = line[len("export "):].split("=", 1)
                self.env[name] = value.strip("'")
        self.env["AWS_DEFAULT_REGION"] = self.env["AWS_REGION"]
        self.session = boto3.Session(aws_access_key_id=self.env["AWS_ACCESS_KEY_ID"],
                                     aws_secret_access_key=self.env["AWS_SECRET_ACCESS_KEY"],
                                     region_name=self.env["AWS_REGION"])

    def ask(self, what):
        return subprocess.run([self.plinth, "sandbox", what, "--listen", self.listen],
                              stdout=subprocess.PIPE, env=self.env, text=True, check=True).stdout

    def calls(self):
        return json.loads(self.ask("calls"))

    def cpu_us(self):
        """Of all its threads; it starts them at the beginning and keeps them."""
        tasks, total_ns = "/proc/%d/task" % self.process.pid, 0
        for task in os.listdir(tasks):
            with open(os.path.join(tasks, task, "schedstat")) as file:
                total_ns += int(file.read().split()[0])
        return total_ns // 1000

    def rss_kb(self):
        with open("/proc/%d/status" % self.process.pid) as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))

    def client(self, service, credentials=None):
        session = self.session
        if credentials is not None:
            session = boto3.Session(aws_access_key_id=credentials["AccessKeyId"],
                                    aws_secret_access_key=credentials["SecretAccessKey"],
                                    aws_session_token=credentials["SessionToken"],
                                    region_name=self.env["AWS_REGION"])
        return session.client(service, endpoint_url=self.url,
                              config=Config(retries={"total_max_attempts": 1}))

    def stop(self):
        self.process.terminate()
        self.process.stdout.close()
        return self.process.wait(60)


# --- TLS ------------------------------------------------------------------------------------------

class Front:
    """TLS before the sandbox (tests/support/tls_front.c), and an environment that leads there."""

    def __init__(self, bench, named):
        self.bundle = os.path.join(bench.work, "bundle.pem")
        root = os.path.join(bench.work, "root.pem")
        self.process = subprocess.Popen(
            [bench.program("tls_front"), bench.sandbox.listen.split(":")[1], root],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = self.process.stdout.readline().strip().split(":")[1]
        with open(self.bundle, "w") as file:  # as large as a system's
            for path in (os.path.join(os.path.dirname(botocore.__file__), "cacert.pem"), root):
                with open(path) as part:
                    file.write(part.read())
        self.url = "https://127.0.0.1:" + self.port
        self.env = dict(bench.sandbox.env, AWS_CA_BUNDLE=self.bundle, AWS_ENDPOINT_URL=self.url)
        if named:  # each service under a name of its own, as AWS has them
            for service in SERVICES:
                self.env["AWS_ENDPOINT_URL_" + service] = (
                    "https://%s.localhost:%s" % (service.lower(), self.port))

    def stop(self):
        """What it saw."""
        seen, _ = self.process.communicate(timeout=60)
        return json.loads(seen)


# --- Measuring ------------------------------------------------------------------------------------

class Bench:
    def __init__(self, build, work):
        self.build = build
        self.work = work
        self.sandbox = Sandbox(os.path.join(build, "plinth"), work)
        self.baseline = os.path.join(work, "baseline.yaml")
        self.env = self.sandbox.env

    def program(self, name):
        return os.path.join(self.build, "tests", name)

    def measure(self, what, *command):
        """Run it; its exit code, what it printed, and a row of the table."""
        cost_file = os.path.join(self.work, "cost.json")
        before, cpu_us = self.sandbox.calls(), self.sandbox.cpu_us()
        done = subprocess.run([self.program("bench_base_cost"), cost_file, *command],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=self.env, text=True)
        cpu_us, after = self.sandbox.cpu_us() - cpu_us, self.sandbox.calls()
        with open(cost_file) as file:
            cost = json.load(file)
        operations = {name: count - before["operations"].get(name, 0)
                      for name, count in after["operations"].items()
                      if count > before["operations"].get(name, 0)}
        return done, dict(cost, what=what, operations=operations, calls=sum(operations.values()),
                          writes=after["writes"] - before["writes"], sandbox_us=cpu_us)

    def over_tls(self, named, measure):
        """The row that `measure` returns, having been called with the URL of a front."""
        front = Front(self, named)
        try:
            self.env = front.env
            row = measure(front.url)
        finally:
            self.env = self.sandbox.env
            seen = front.stop()
        check(seen["refused"] == 0, "a handshake failed", seen)
        return dict(row, handshakes="%(connections)d connections to %(names)d names: %(full)d full "
                                    "handshakes, %(resumed)d resumed" % seen)

    def plinth(self, what, code, *arguments):
        done, row = self.measure(what, self.sandbox.plinth, *arguments, "--quiet", "--output",
                                 "json")
        check(done.returncode == code, what, "ended with", done.returncode, done.stdout[:2000],
              done.stderr[-2000:])
        report = json.loads(done.stdout)
        outcomes = ("clean", "changed", "drifted", "skipped", "failed", "unknown")
        check(sum(report["summary"][outcome] for outcome in outcomes) ==
              report["summary"]["targets"], what, "lost a target", report["summary"])
        # Its own count of calls is the sandbox's.  An apply reports what followed its plan.
        if arguments[0] == "drift":
            check(report["summary"]["reads"] == row["calls"], what, "counts", report["summary"])
        return report, row


COLUMNS = "%-34s %7s %7s %8s %8s %8s %8s %9s %6s"


def print_head():
    print(COLUMNS % ("", "", "", "wall", "calls", "CPU us", "peak", "sandbox:", "CPU"))
    print(COLUMNS % ("", "calls", "writes", "s", "per s", "a call", "RSS MB", "us a call",
                     "of wall"))


def cpu_a_call(row):
    return (row["user_us"] + row["system_us"]) / row["calls"]


def print_row(row):
    print(COLUMNS % (row["what"], row["calls"], row["writes"], "%.2f" % (row["wall_us"] / 1e6),
                     "%.0f" % (row["calls"] * 1e6 / row["wall_us"]), "%.1f" % cpu_a_call(row),
                     "%.1f" % (row["rss_kb"] / 1024), "%.1f" % (row["sandbox_us"] / row["calls"]),
                     "%.0f%%" % (100 * row["sandbox_us"] / row["wall_us"])), flush=True)
    if "handshakes" in row:
        print("    " + row["handshakes"], flush=True)


# --- Damage ---------------------------------------------------------------------------------------

class Organization:
    """What boto3 sees."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.org = sandbox.client("organizations")
        self.root = self.org.list_roots()["Roots"][0]["Id"]
        self.parents, self.units = [], {}
        self.walk(self.root, "")
        self.accounts = {account["Name"]: account["Id"]
                         for account in self.pages("list_accounts", "Accounts")}
        self.management = self.org.describe_organization()["Organization"]["MasterAccountId"]
        self.policies = {policy["Name"]: policy["Id"]
                         for policy in self.pages("list_policies", "Policies",
                                                  Filter="SERVICE_CONTROL_POLICY")
                         if not policy["AwsManaged"]}

    def pages(self, operation, key, **arguments):
        return [item for page in self.org.get_paginator(operation).paginate(**arguments)
                for item in page[key]]

    def walk(self, parent, path):
        self.parents.append(parent)
        for unit in self.pages("list_organizational_units_for_parent", "OrganizationalUnits",
                               ParentId=parent):
            self.units[path + unit["Name"]] = unit["Id"]
            self.walk(unit["Id"], path + unit["Name"] + "/")

    def member(self, name, service):
        role = "arn:aws:iam::%s:role/OrganizationAccountAccessRole" % self.accounts[name]
        answer = self.sandbox.client("sts").assume_role(RoleArn=role, RoleSessionName="damage")
        return self.sandbox.client(service, answer["Credentials"])

    def damage(self):
        """Five kinds of it.  Returns what plinth must name: (control, account, resource, field)."""
        moved, tagged, bare, silent = (workload(i) for i in (1, 3, 5, 7))
        self.org.detach_policy(PolicyId=self.policies["plinth-Workloads-1"],
                               TargetId=self.units["Workloads"])
        parent = self.org.list_parents(ChildId=self.accounts[moved])["Parents"][0]["Id"]
        self.org.move_account(AccountId=self.accounts[moved], SourceParentId=parent,
                              DestinationParentId=self.root)
        self.org.tag_resource(ResourceId=self.accounts[tagged],
                              Tags=[{"Key": "owner", "Value": "nobody"}])
        iam = self.member(bare, "iam")
        attached = iam.list_attached_role_policies(RoleName="SecurityView")["AttachedPolicies"]
        for policy in attached:
            iam.detach_role_policy(RoleName="SecurityView", PolicyArn=policy["PolicyArn"])
        iam.delete_role(RoleName="SecurityView")
        self.sandbox.client("account").delete_alternate_contact(
            AccountId=self.accounts[silent], AlternateContactType="SECURITY")
        named = [("policies", None, "SCP plinth-Workloads-1", "attached to"),
                 ("accounts", moved, 'account "%s"' % moved, "organizational unit"),
                 ("accounts", tagged, 'account "%s"' % tagged, "tag owner"),
                 ("security_role", bare, "role SecurityView", "trust policy"),
                 ("security_role", bare, "role SecurityView", "managed policy")]
        named += [("alternate_contacts", silent, 'SECURITY contact of account "%s"' % silent, field)
                  for field in ("name", "title", "email", "phone")]
        return set(named)


def found(report):
    return {(target["control"], target.get("account"), change["resource"], field["name"])
            for target in report["targets"] for change in target["changes"]
            for field in change["fields"]}


# --- The whole ------------------------------------------------------------------------------------

def rightness(bench):
    """From nothing to clean, damaged, and mended."""
    def step(what, code, *arguments):
        report, row = bench.plinth(what, code, *arguments)
        print_row(row)
        return report, row

    _, row = step("apply from empty", 0, "apply", bench.baseline, "--yes")
    check(row["writes"] > 0, "nothing was written")
    _, row = step("apply again", 0, "apply", bench.baseline, "--yes")
    check(row["writes"] == 0, "a second apply wrote", row["operations"])
    step("drift, nothing drifted", 0, "drift", bench.baseline)
    damage = Organization(bench.sandbox).damage()
    report, row = step("drift after damage", 2, "drift", bench.baseline)
    check(found(report) == damage, "found", sorted(found(report) ^ damage, key=str), "amiss")
    check(row["writes"] == 0, "a drift wrote", row["operations"])
    report, _ = step("mend", 0, "apply", bench.baseline, "--yes")
    check(found(report) == damage, "mended", sorted(found(report) ^ damage, key=str), "amiss")


def drift_of(bench, what):
    report, row = bench.plinth(what, 0, "drift", bench.baseline)
    check(report["summary"]["clean"] == report["summary"]["targets"], "it is not mended",
          report["summary"])
    return row


def least(rounds, measures):
    """Of each the row with the least CPU, of so many in turn: what else the machine does may add to
    one of them, but takes nothing away."""
    rows = [min(rows, key=cpu_a_call)
            for rows in zip(*[[measure() for measure in measures] for _ in range(rounds)])]
    for row in rows:
        print_row(row)
    return rows


def compare(bench):
    organization = Organization(bench.sandbox)
    accounts = sorted(organization.accounts.values())
    calls = drift_of(bench, "")["operations"]
    count = sum(calls.values())
    bare_what = "bare C, 256 in flight, one op."
    drift, drift_tls, drift_named, bare, bare_tls = least(ROUNDS, [
        lambda: drift_of(bench, "plinth drift"),
        lambda: bench.over_tls(False, lambda _: drift_of(bench, "plinth drift, TLS")),
        lambda: bench.over_tls(True, lambda _: drift_of(bench, "plinth drift, TLS, many names")),
        lambda: bare_loop(bench, bare_what, bench.sandbox.url, count, accounts[-1]),
        lambda: bench.over_tls(False, lambda url: bare_loop(bench, "bare C, one op., TLS", url,
                                                            count, accounts[-1]))])
    world = {"calls": calls, "parents": organization.parents, "accounts": accounts,
             "policies": sorted(organization.policies.values()),
             "management": organization.management}
    all_reads, one_read = least(ROUNDS_BOTO3, [
        lambda: boto3_reads(bench, "boto3, 32 threads, the same reads", world),
        lambda: boto3_reads(bench, "boto3, 32 threads, one operation",
                            dict(world, calls={ONE_OPERATION: count}))])
    print("\nCPU of the client, per call:  plinth / bare C %.2f    boto3 / plinth %.1f, "
          "one op. %.1f    boto3, one op. / bare C %.1f"
          % (cpu_a_call(drift) / cpu_a_call(bare), cpu_a_call(all_reads) / cpu_a_call(drift),
             cpu_a_call(one_read) / cpu_a_call(drift), cpu_a_call(one_read) / cpu_a_call(bare)))
    print("With TLS / bare C without:  plinth %.2f, many names %.2f, bare C itself %.2f"
          % tuple(cpu_a_call(row) / cpu_a_call(bare)
                  for row in (drift_tls, drift_named, bare_tls)))
    print("Wall time of the same reads:  boto3 / plinth %.1f"
          % (all_reads["wall_us"] / drift["wall_us"]))


def bare_loop(bench, what, url, count, account):
    done, row = bench.measure(what, bench.program("bench_aws_bare"), url, str(count), account)
    check(done.returncode == 0, done.stderr)
    check(row["operations"] == {ONE_OPERATION: count}, "the bare loop called", row["operations"])
    return row


def boto3_reads(bench, what, world):
    path = os.path.join(bench.work, "world.json")
    with open(path, "w") as file:
        json.dump(world, file)
    done, row = bench.measure(what, sys.executable, "-B", os.path.join(HERE, "scale_boto3.py"),
                              path)
    check(done.returncode == 0, what, done.stderr[-2000:])
    check(row["operations"] == world["calls"], what, "called", row["operations"], "and not",
          world["calls"])
    return row


def run(bench, count):
    with open(bench.baseline, "w") as file:
        file.write(baseline_of(count))
    print("%d accounts; %d processors; load %.1f" % (count, os.cpu_count(), os.getloadavg()[0]))
    print_head()
    rightness(bench)
    compare(bench)
    print("The sandbox answers in one thread: where its CPU is near 100 %% of the wall time, it is "
          "what\nlimits the calls per second.  Its peak RSS was %.1f MB."
          % (bench.sandbox.rss_kb() / 1024))


def main():
    build, count = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    if count < ACCOUNTS_LEAST:
        sys.exit("scale.py: at least %d accounts" % ACCOUNTS_LEAST)
    work = tempfile.mkdtemp()
    try:
        bench = Bench(build, work)
        try:
            run(bench, count)
        finally:
            code = bench.sandbox.stop()
    finally:
        shutil.rmtree(work)
    check(code in (0, 130), "the sandbox ended with", code)


main()
