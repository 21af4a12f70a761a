#!/usr/bin/env python3
"""Four shards of an apply against one sandbox do together exactly what one process does: the same
state, each write once; also when one of them is killed with SIGKILL and run again.

    shards.py PLINTH BASELINE [ROUNDS [SEED]]

Each round has a sandbox of its own, over real HTTP, and kills another shard at another moment.
"""
import json
import os
import random
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from sandbox import KeptSandbox, check, masked

PLINTH, BASELINE = sys.argv[1], sys.argv[2]
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 4
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else 1
SHARDS = 4


def alone():
    with tempfile.TemporaryDirectory() as folder:
        sandbox = KeptSandbox(PLINTH, folder)
        began = time.monotonic()
        run = sandbox.plinth("apply", "--yes", BASELINE)
        took = time.monotonic() - began
        check(run.returncode == 0, "an apply by one process", run)
        writes = sandbox.writes()
        return masked(sandbox.stop()), writes, took


def shard(sandbox, index, *more):
    return sandbox.start("apply", "--yes", "--shard", "%d/%d" % (index, SHARDS), *more, BASELINE)


def runs_of(sandbox):
    run = sandbox.plinth("journal", "list", "--output", "json")
    check(run.returncode == 0, "the journals can be read", run)
    return json.loads(run.stdout)["runs"]


def finished(process, what):
    error = process.communicate(timeout=300)[1]
    if process.returncode != 0:
        print(error[-3000:])
    check(process.returncode == 0, what)
    return error


def one_round(seed, wanted, writes, took, kills):
    what = random.Random(seed)
    victim = what.randrange(SHARDS) if kills else None
    with tempfile.TemporaryDirectory() as folder:
        sandbox = KeptSandbox(PLINTH, folder)
        order = list(range(SHARDS))
        what.shuffle(order)
        processes = {index: shard(sandbox, index) for index in order}
        if kills:
            # Odd seeds: whenever that is; even ones: when it has begun to write.
            while seed % 2 == 0 and processes[victim].poll() is None and \
                    not any(run.get("shard") == "%d/%d" % (victim, SHARDS) for run in runs_of(sandbox)):
                time.sleep(0.02)
            time.sleep(what.uniform(0.02, took if seed % 2 else took / 8))
            processes[victim].kill()
            processes[victim].communicate()
            left = [run for run in runs_of(sandbox)
                    if run["state"] == "killed" and run.get("shard") == "%d/%d" % (victim, SHARDS)]
            processes[victim] = shard(sandbox, victim, *(["--resume"] if left else []))
        for index, process in processes.items():
            finished(process, "shard %d, seed %d" % (index, seed))
        runs = runs_of(sandbox)
        in_doubt = sum(run["in_doubt"] for run in runs)
        for run in runs:
            check(run["damaged_line"] == 0, "each has a journal of its own, seed %d" % seed)
            check(run["state"] in ("ended", "resumed"), "none is left, seed %d" % seed)
        sent = sandbox.writes()
        print("seed %d: %d writes by %d runs, %d in doubt%s" %
              (seed, sent, len(runs), in_doubt, "" if victim is None else
               ", shard %d was killed" % victim))
        # What was under way in the one that was killed may have been cut off on its way.
        check(writes <= sent <= writes + in_doubt, "each write once, not %d but %d, seed %d"
              % (writes, sent, seed))
        drift = sandbox.plinth("drift", BASELINE)
        check(drift.returncode == 0, "no drift is left, seed %d" % seed, drift)
        state = masked(sandbox.stop())
        if state != wanted:
            print("\n".join(sorted(set(wanted) ^ set(state))[:20]))
        check(state == wanted, "the same state as one process makes, seed %d" % seed)


def main():
    wanted, writes, took = alone()
    print("one process: %d writes" % writes)
    one_round(SEED, wanted, writes, took, False)
    for seed in range(SEED, SEED + ROUNDS):
        one_round(seed, wanted, writes, took, True)


main()
