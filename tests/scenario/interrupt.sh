#!/bin/sh
# interrupt.sh - a stop and kill -9 in the middle of an apply: what was begun is finished or found
# again, the sum is honest, and the next run goes on.
#
#   tests/scenario/interrupt.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"
baseline=$source/baselines/startup.yaml

# An apply under way, of which at least $1 writes are done.
begin_apply() {
    wanted=$1
    "$plinth" apply "$baseline" --yes --output json >out 2>err </dev/null &
    run=$!
    wait_for 60 enough_writes || fail "the apply does not get to $wanted writes"
}

enough_writes() {
    [ "$(writes)" -ge "$wanted" ]
}

# The next runs mend everything and leave nothing twice.
goes_on() {
    "$plinth" apply "$baseline" --yes >out 2>err </dev/null || fail "apply after $1 exits with $?"
    before=$(writes)
    "$plinth" apply "$baseline" --yes >out 2>err </dev/null || fail "second apply after $1"
    [ "$(writes)" = "$before" ] || fail "the second apply after $1 wrote something"
}


# SIGTERM is Ctrl-C here: what a script starts in the background has Ctrl-C ignored.
# Once: running writes are finished, the rest is told of.
start_sandbox --time-scale 0.02
begin_apply 10
kill -TERM $run
wait $run
code=$?
[ $code -eq 130 ] || fail "an interrupted apply exits with $code and not with 130"
grep -q '"interrupted": *true' out || fail "the report does not say that it was interrupted"
python3 - out <<'PYTHON' || fail "the outcomes do not add up"
import json, sys
summary = json.load(open(sys.argv[1]))["summary"]
outcomes = ("clean", "changed", "drifted", "skipped", "failed", "unknown")
sys.exit(sum(summary[name] for name in outcomes) != summary["targets"])
PYTHON
goes_on "a stop"
stop_sandbox

# Twice: at once.
start_sandbox --time-scale 0.02
begin_apply 5
kill -TERM $run
kill -TERM $run
wait $run
code=$?
[ $code -eq 130 ] || fail "stopped twice, it exits with $code and not with 130"
goes_on "two stops"
stop_sandbox

# kill -9, again and again: each run goes on where the one before died.
start_sandbox --time-scale 0.02
for at in 3 9 14 22 31 47 58; do
    begin_apply $at
    kill -KILL $run
    wait $run
done
goes_on "kill -9"
# Five members; a creation that was refused because the organization was fresh is no account.
members=$("$plinth" plan "$baseline" --output json | grep -c '"outcome": *"unknown"')
[ "$members" = 0 ] || fail "something cannot be read after kill -9"
stop_sandbox
finish
