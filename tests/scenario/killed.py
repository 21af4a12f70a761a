#!/usr/bin/env python3
"""An apply that is killed with SIGKILL at a random moment, and gone on with by --resume, ends where
an unbroken one ends.

    killed.py PLINTH BASELINE [ROUNDS [SEED]]

Each round has a sandbox of its own, over real HTTP.  The states are compared without what differs
by itself: ids, times, sessions.  A failure prints the round's seed; ROUNDS 1 with it plays the
moment again, as far as the machine's timing allows.
"""
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

PLINTH, BASELINE = sys.argv[1], sys.argv[2]
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 10
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else 1
SKIPPED_KINDS = ("credential", "session", "org/creation", "org/busy", "user-key/",
                 "trail-event")


class Sandbox:
    def __init__(self, folder):
        self.folder, self.state = folder, os.path.join(folder, "state.json")
        self.process = subprocess.Popen(
            [PLINTH, "sandbox", "--listen", "127.0.0.1:0", "--seed", "1", "--time-scale", "0.002",
             "--state", self.state], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        address = re.search(r"http://([0-9.:]+)", self.line_with("http://")).group(1)
        lines = subprocess.run([PLINTH, "sandbox", "env", "--listen", address], check=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        self.env = dict(os.environ, HOME=folder)
        self.env.pop("XDG_STATE_HOME", None)
        for name, value in re.findall(r"export (\w+)='?([^'\n]*)'?", lines):
            self.env[name] = value

    def line_with(self, text):
        for line in self.process.stdout:
            if text in line:
                return line
        raise SystemExit("the sandbox does not start")

    def plinth(self, *arguments):
        return subprocess.run([PLINTH] + list(arguments), env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=300)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.close()
        if self.process.wait(60) != 0:
            raise SystemExit("the sandbox ended with %d" % self.process.returncode)
        with open(self.state) as file:
            return json.load(file)


def masked(state):
    """Every record as a line, with names in place of ids."""
    names = {r["id"]: r["record"].get("Email", r["id"]) for r in state["records"]
             if r["kind"] == "account"}
    for record in state["records"]:
        if record["kind"] in ("org/ou", "org/policy"):
            names[record["id"]] = "<%s>" % record["record"].get(
                "Name", record["record"].get("PolicySummary", {}).get("Name"))
    lines = []
    for record in state["records"]:
        if record["kind"].startswith(SKIPPED_KINDS) or record["kind"].endswith("-used"):
            continue
        text = json.dumps(record, sort_keys=True)
        for key, name in names.items():
            text = text.replace(key, name)
        text = re.sub(r'"_[a-z_]*(ms|used[a-z_]*|ready[a-z_]*)": ("[^"]*"|[0-9.e+-]+)', "", text)
        text = re.sub(r'"[A-Za-z]*(Date|Timestamp|Time)[A-Za-z]*": ("[^"]*"|[0-9.e+-]+)', "", text)
        text = re.sub(r"\b(o|r|ou|p|car)-[a-z0-9-]{4,}", "ID", text)
        text = re.sub(r"\bA(ROA|KIA|SIA|IDA|NPA)[A-Z0-9]{12,}", "ID", text)
        lines.append(text)
    return sorted(lines)


def check(condition, text, *runs):
    if condition:
        return
    for run in runs:
        print("exit %d\n%s%s" % (run.returncode, run.stdout[-3000:], run.stderr[-3000:]))
    raise SystemExit("FAILED: " + text)


def unbroken():
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(folder)
        began = time.monotonic()
        run = sandbox.plinth("apply", "--yes", BASELINE)
        took = time.monotonic() - began
        check(run.returncode == 0, "an unbroken apply", run)
        return masked(sandbox.stop()), took


def journal(sandbox):
    run = sandbox.plinth("journal", "list", "--output", "json")
    check(run.returncode == 0, "the journals can be read", run)
    return json.loads(run.stdout)["runs"]


def one_round(seed, wanted, took, counts):
    what = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(folder)
        for _ in range(what.choice((1, 1, 1, 2))):
            first = not journal(sandbox)
            arguments = ["apply", "--yes" if first else "--resume", BASELINE]
            killed = subprocess.Popen([PLINTH] + arguments, env=sandbox.env,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
            time.sleep(what.uniform(0.02, took))
            killed.kill()
            killed.wait()
        before = journal(sandbox)
        broken = [run for run in before if run["state"] in ("killed", "interrupted")]
        counts["broken"] += bool(broken)
        counts["in doubt"] += sum(run["in_doubt"] for run in broken)
        if broken:
            run = sandbox.plinth("apply", "--resume", BASELINE)
            if run.returncode == 64 and "--yes" in run.stderr:
                counts["asked"] += 1
                run = sandbox.plinth("apply", "--resume", "--yes", BASELINE)
            check("was killed" in run.stderr, "the resumption says what was, seed %d" % seed, run)
            check([r["state"] for r in journal(sandbox)].count("killed") == 0,
                  "a run that was gone on with is marked, seed %d" % seed, run)
        else:
            run = sandbox.plinth("apply", "--yes", BASELINE)
        check(run.returncode == 0, "the rest of the run, seed %d" % seed, run)
        drift = sandbox.plinth("drift", BASELINE)
        check(drift.returncode == 0, "no drift is left, seed %d" % seed, run, drift)
        for entry in journal(sandbox):
            check(entry["damaged_line"] == 0, "the chain holds, seed %d" % seed)
        state = masked(sandbox.stop())
        if state != wanted:
            print("\n".join(sorted(set(wanted) ^ set(state))[:20]))
        check(state == wanted, "the same state as of an unbroken run, seed %d" % seed, run)


def main():
    wanted, took = unbroken()
    counts = {"broken": 0, "in doubt": 0, "asked": 0}
    for seed in range(SEED, SEED + ROUNDS):
        one_round(seed, wanted, took, counts)
    print("%d rounds: %d runs broken off, %d writes in doubt, %d asked again" %
          (ROUNDS, counts["broken"], counts["in doubt"], counts["asked"]))
    check(ROUNDS < 5 or counts["broken"] > 0, "no run was hit between its beginning and its end")


main()
