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
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from sandbox import KeptSandbox, check, masked

PLINTH, BASELINE = sys.argv[1], sys.argv[2]
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 10
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else 1


def unbroken():
    with tempfile.TemporaryDirectory() as folder:
        sandbox = KeptSandbox(PLINTH, folder)
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
        sandbox = KeptSandbox(PLINTH, folder)
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
            check("this was not approved" not in run.stderr,
                  "nothing is asked again, seed %d" % seed, run)
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
    counts = {"broken": 0, "in doubt": 0}
    for seed in range(SEED, SEED + ROUNDS):
        one_round(seed, wanted, took, counts)
    print("%d rounds: %d runs broken off, %d writes in doubt" %
          (ROUNDS, counts["broken"], counts["in doubt"]))
    check(ROUNDS < 5 or counts["broken"] > 0, "no run was hit between its beginning and its end")


main()
