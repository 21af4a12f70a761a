#!/bin/sh
# resume.sh - runs that are killed, go on, or meet: the journal, --resume and the lock, over real
# HTTP on loopback.
#
#   resume.sh PLINTH [ROUNDS]
# shellcheck source=tests/support/sandbox.sh
. "$(dirname "$0")/../support/sandbox.sh"
rounds=${2:-6}

cp "$source/tests/unit/engine/data/small.yaml" plinth.yaml
"$source/tests/scenario/killed.py" "$plinth" "$work/plinth.yaml" "$rounds" >out 2>err ||
    fail "killed at a random moment"
cat out

# --- Nothing to go on with -------------------------------------------------------------------------
start_sandbox --seed 1 --time-scale 0.02
expect 0 journal list
has out "no run left a journal"
expect 1 apply --resume
has err "no run of"
expect 1 journal show
has err "there is no run"
expect 0 lock show
has out "nobody ever held it"
expect 0 lock break --yes
has err "nobody holds the lock"

# --- Two at once -----------------------------------------------------------------------------------
"$plinth" apply --yes >first.out 2>first.err </dev/null &
first=$!
holds() {
    "$plinth" lock show 2>/dev/null | grep -q ': held by'
}
wait_for 20 holds || fail "the first apply does not take the lock"
expect 3 apply --yes
has err "another run holds"
has err "$(hostname)"
expect 1 lock break --yes
has err "a local lock ends with its process"
"$plinth" apply --yes --lock-wait 120 >second.out 2>second.err </dev/null &
second=$!
expect 1 apply --resume
has err "is still going on"
wait "$first" || fail "the first apply exits with $?"
wait "$second" || fail "the one that waited exits with $?"
grep -q "lock waiting" second.err || fail "the second apply does not say that it waits"
expect 0 drift
# What was refused and what came too late did nothing.
expect 0 journal list
[ "$(grep -c ' 0 done, 0 refused, 0 in doubt' out)" -eq 2 ] || fail "one run alone did something"
[ "$(grep -c '  refused  ' out)" -eq 1 ] || fail "the list does not say which run was refused"
expect 0 lock show
has out "free; last held by"
expect 0 journal list --output json
is_json out
expect 0 journal show
has out "came to its end"
# One that is refused is not the last run.
sed 's/owner: shop/owner: other/' plinth.yaml >changed.yaml
flock "$HOME"/.local/state/plinth/lock-* "$plinth" apply --yes changed.yaml >out 2>err </dev/null
[ $? -eq 3 ] || fail "an apply while the lock is held is not refused"
expect 0 journal list
tail -n 1 out | grep -q '  refused  ' || fail "the newest run is not the refused one"
refused=$(tail -n 1 out | cut -d ' ' -f 1)
expect 0 journal show "$refused"
has out "did nothing: it did not get the lock"
expect 0 journal show
lacks out "$refused"
expect 0 evidence pack --unsigned -o run.tar
lacks out "$refused"
expect 64 journal show nothing
has err "there is no run nothing"
expect 64 journal burn

# --- In S3 -----------------------------------------------------------------------------------------
stop_sandbox
start_sandbox --seed 1 --time-scale 0.02
rm -rf "$HOME/.local"
{ cat plinth.yaml && echo 'lock: s3'; } >s3.yaml
expect 2 plan s3.yaml
has err "apply makes the bucket of its lock, s3://plinth-lock-"
"$plinth" apply --yes s3.yaml >first.out 2>first.err </dev/null &
first=$!
holds_in_s3() {
    "$plinth" lock show s3.yaml 2>/dev/null | grep -q ': held by'
}
wait_for 20 holds_in_s3 || fail "the apply does not take the lock in S3"
kill -TERM $first
wait $first
[ $? -eq 130 ] || fail "an apply that is stopped exits with $?"
expect 0 lock show s3.yaml
has out "free; last held by"
expect 0 journal list
has out "interrupted"
"$plinth" apply --resume --yes s3.yaml >first.out 2>first.err </dev/null &
first=$!
wait_for 20 holds_in_s3 || fail "the run that goes on does not take the lock in S3"
kill -KILL $first
wait $first
expect 0 lock show s3.yaml --output json
is_json out
has out '"held": true'
expect 2 plan s3.yaml
has err "another run holds the lock"
expect 64 lock break s3.yaml
has err "needs --yes"
expect 0 lock break --yes s3.yaml
has err "the lock is broken"
expect 0 apply --resume --yes s3.yaml
has err '  begun     '
lacks err '?  begun'
has err "was killed"
expect 0 drift s3.yaml
expect 0 lock show s3.yaml
has out "fencing number 3"
expect 0 journal list
has out "resumed"
# shellcheck disable=SC2012 # their names are ours, and sort by time
run=$(ls "$HOME"/.local/state/plinth/small/2*.jsonl | tail -n 1)
head -n 1 "$run" | grep -q '"resumes":"20' ||
    fail "the journal does not name the run before"

# --- What stands in it is seen when it is changed --------------------------------------------------
# shellcheck disable=SC2012
run=$(ls "$HOME"/.local/state/plinth/small/*.jsonl | head -n 1)
[ "$(stat -c %a "$run")" = 600 ] || fail "a journal can be read by others"
sed 's/"kind":"approved"/"kind":"Approved"/' "$run" >changed && cp changed "$run"
name=$(basename "$run" .jsonl)
expect 0 journal show "$name"
has out "DAMAGED"

# --- Another place, and none -----------------------------------------------------------------------
mkdir closed && chmod 500 closed
if [ "$(id -u)" -ne 0 ]; then
    sed 's/^name: .*/name: other/' plinth.yaml >other.yaml
    expect 1 apply --yes --journal closed/journal other.yaml
    has err "closed/journal"
fi
env -u HOME -u XDG_STATE_HOME "$plinth" journal list >out 2>err </dev/null && fail "without a home"
has err "--journal DIR"
finish
