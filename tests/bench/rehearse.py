"""rehearse.py PLINTH [ACCOUNTS [REGIONS]] - rehearsed durations beside their lower bounds, and the
memory of a real plinth process against a sandbox of its own.

    rehearse.py --memory PLINTH [ACCOUNTS [REGIONS]]    the latter alone

Each row is one `plinth rehearse` of baselines/startup.yaml with documented rates and 80 ms a call.
The memory rows run apply and drift over HTTP: there the simulator is another process, so that the
peak is plinth's alone.  Above ACCOUNTS_MADE the accounts are there before, made with boto3: plinth makes
five at a time, as AWS allows, and looks after each a second later.
"""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ACCOUNTS_MADE = 2000
BASELINE = os.path.join(HERE, "..", "..", "baselines", "startup.yaml")


def run(command, env=None, codes=(0,)):
    """What it printed, and its CPU seconds and peak memory in MB."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=env)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        sys.exit("%s: exit code %d" % (command, process.returncode))
    return out, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def rehearse(plinth, what, accounts, regions, *options):
    out, cpu, _ = run([plinth, "rehearse", BASELINE, "--accounts", str(accounts), "--regions",
                       str(regions), "--output", "json", *options])
    document = json.loads(out)
    bound = document["lower_bound"]["ms"]
    print("%-24s %9.0f %9.0f %6.2f %9d %9d %8.0f"
          % (what, document["elapsed_ms"] / 1000, bound / 1000, document["elapsed_ms"] / bound,
             document["reads"] + document["writes"], document["throttles"], cpu), flush=True)


def copies(accounts):
    """The startup baseline with workload accounts up to that many, as text."""
    with open(BASELINE) as file:
        text = file.read()
    head, mark, tail = text.partition("\naccounts:\n")
    more = "".join("  - {name: Copy %d, email: copy+%d@example.com, ou: Workloads/Prod}\n" % (i, i)
                   for i in range(accounts - 7))
    return head + mark + more + tail


def make_accounts(env, accounts):
    import boto3
    client = boto3.client("organizations", region_name="us-east-1",
                          endpoint_url=env["AWS_ENDPOINT_URL"],
                          aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                          aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"])
    client.create_organization(FeatureSet="ALL")
    for i in range(accounts - 7):
        client.create_account(AccountName="Copy %d" % i, Email="copy+%d@example.com" % i)


def memory(plinth, accounts, regions):
    with tempfile.TemporaryDirectory() as work:
        sandbox = subprocess.Popen([plinth, "sandbox", "--listen", "127.0.0.1:0", "--no-delays",
                                    "--quiet", "--regions", str(regions)],
                                   stdout=subprocess.PIPE, text=True)
        try:
            listen = sandbox.stdout.readline().split("//")[1].strip()
            env = dict(os.environ, HOME=work, NO_COLOR="1")
            out = subprocess.run([plinth, "sandbox", "env", "--listen", listen], check=True,
                                 stdout=subprocess.PIPE, text=True).stdout
            for line in out.splitlines():
                if line.startswith("export "):
                    name, value = line[len("export "):].split("=", 1)
                    env[name] = value.strip("'")
            path = os.path.join(work, "plinth.yaml")
            with open(path, "w") as file:
                file.write(copies(accounts))
            if accounts > ACCOUNTS_MADE:
                make_accounts(env, accounts)
            for what, *command in (("apply from empty", "apply", path, "--yes"),
                                   ("drift, nothing drifted", "drift", path)):
                _, cpu, peak = run([plinth, *command, "--quiet"], env)
                print("%-24s %9.1f MB peak, %.0f s of CPU" % (what, peak, cpu), flush=True)
        finally:
            sandbox.terminate()
            sandbox.wait()
            sandbox.stdout.close()


def main():
    words = [word for word in sys.argv[1:] if word != "--memory"]
    plinth = os.path.abspath(words[0])
    accounts = int(words[1]) if len(words) > 1 else 200
    regions = int(words[2]) if len(words) > 2 else 17
    print("%d accounts, %d regions" % (accounts, regions))
    # First, while this program is small: a child's peak counts what it was before it was plinth.
    memory(plinth, accounts, regions)
    if "--memory" in sys.argv:
        return
    print("%-24s %9s %9s %6s %9s %9s %8s"
          % ("%d regions" % regions, "takes s", "bound s", "ratio", "calls", "throttled", "CPU s"))
    rehearse(plinth, "first apply", accounts, regions)
    rehearse(plinth, "run without drift", accounts, regions, "--as-built")


main()
