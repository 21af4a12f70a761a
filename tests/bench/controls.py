"""What each control of startup.yaml costs in calls, on an organization of many accounts.

    controls.py PLINTH [ACCOUNTS]        50 accounts if not given

Starts a sandbox on loopback, builds the organization, and plans each control by itself against it:
a run without drift.  Ends with 1 if the first apply leaves something that is not well, if the second
one writes, or if a plan finds a difference.  The figures are counts, so they do not depend on the
machine; the wall times do.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def baseline(folder, count):
    """startup.yaml, filled up with workload accounts."""
    with open(os.path.join(SOURCE, "baselines", "startup.yaml")) as file:
        text = file.read()
    more = "".join("\n  - name: App %03d\n    email: ${var.email_prefix}+app%03d@"
                   "${var.email_domain}\n    ou: Workloads/Dev\n" % (n, n)
                   for n in range(count - 6))
    path = os.path.join(folder, "many.yaml")
    with open(path, "w") as file:
        file.write(text.replace("\naccounts:\n", "\naccounts:\n" + more, 1))
    return path


class Bench:
    def __init__(self, plinth, folder):
        self.plinth = plinth
        self.env = {"PATH": os.environ["PATH"], "HOME": folder, "AWS_EC2_METADATA_DISABLED": "true"}
        self.sandbox = subprocess.Popen(
            [plinth, "sandbox", "--listen", "127.0.0.1:0", "--no-delays", "--quiet"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.env, text=True)
        address = self.sandbox.stdout.readline().split()[-1].split("//")[1]
        exports = subprocess.run([plinth, "sandbox", "env", "--listen", address], env=self.env,
                                 stdout=subprocess.PIPE, check=True, text=True).stdout
        for line in exports.splitlines():
            if line.startswith("export "):
                name, value = line[len("export "):].split("=", 1)
                self.env[name] = value.strip("'\"")

    def run(self, *words):
        """The summary of a run, and its wall time."""
        start = time.monotonic()
        done = subprocess.run([self.plinth, *words, "--quiet", "--output", "json"], env=self.env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
        summary = json.loads(done.stdout)["summary"]
        return summary, time.monotonic() - start

    def stop(self):
        self.sandbox.terminate()
        self.sandbox.stdout.close()
        self.sandbox.wait(60)


def row(name, summary, seconds):
    per = summary["reads"] / summary["targets"] if summary["targets"] else 0
    print("%-28s %8d %8d %8d %10.2f %8.1f" % (name, summary["targets"], summary["reads"],
                                              summary["writes"], per, seconds))


def main():
    plinth = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        path = baseline(folder, count)
        bench = Bench(plinth, folder)
        try:
            print("%d accounts" % count)
            print("%-28s %8s %8s %8s %10s %8s" % ("", "targets", "reads", "writes", "per target",
                                                  "wall s"))
            first, seconds = bench.run("apply", path, "--yes")
            row("apply from empty", first, seconds)
            failures += first["failed"] + first["unknown"] + first["skipped"] + first["drifted"]
            again, seconds = bench.run("apply", path, "--yes")
            row("apply again", again, seconds)
            failures += again["writes"] + again["targets"] - again["clean"]
            names = json.loads(subprocess.run(
                [plinth, "validate", path, "--output", "json"], env=bench.env, check=True,
                stdout=subprocess.PIPE).stdout)["controls"]
            for name in names:
                summary, seconds = bench.run("drift", path, "--only", name)
                row(name, summary, seconds)
                failures += summary["targets"] - summary["clean"] + summary["writes"]
        finally:
            bench.stop()
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
