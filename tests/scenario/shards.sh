#!/bin/sh
# shards.sh - one apply by several processes: what they share, what keeps others out, and that the
# examples for job engines are lines that plinth reads.
#
#   shards.sh PLINTH [ROUNDS]
# shellcheck source=tests/support/sandbox.sh
. "$(dirname "$0")/../support/sandbox.sh"
rounds=${2:-2}

cp "$source/tests/unit/engine/data/shards.yaml" plinth.yaml
"$source/tests/scenario/shards.py" "$plinth" "$work/plinth.yaml" "$rounds" >out 2>err ||
    fail "four shards do not do what one process does"
cat out

# --- What is no shard ------------------------------------------------------------------------------
expect 64 plan --shard 4/4
has err "the shards of 4 are 0 to 3"
expect 64 plan --shard 1
has err "--shard takes I/N, such as 0/4"
expect 64 apply --shard 1/
expect 64 drift --shard 0/0
has err "1 to 1000 shards"

# --- Examples --------------------------------------------------------------------------------------
# Each command line of an example is given to plinth as its shell would; the baseline's folder is not
# there, which is what plinth must stumble over and nothing before.
python3 - "$source/examples" >lines <<'END' || fail "an example cannot be read"
import json, os, sys
folder = sys.argv[1]
batch = json.load(open(os.path.join(folder, "shard-aws-batch.json")))
print(batch["containerOverrides"]["command"][2])
assert batch["arrayProperties"]["size"] == 4
machine = json.load(open(os.path.join(folder, "shard-step-functions.json")))
shards = machine["States"]["Shards"]
assert shards["MaxConcurrency"] >= len(shards["Items"]) == 4
task = shards["ItemProcessor"]["States"]["Apply"]["Arguments"]["Overrides"]["ContainerOverrides"][0]
print("exec plinth " + " ".join("3/4" if "states.input" in w else w for w in task["Command"]))
text = open(os.path.join(folder, "shard-kubernetes.yaml")).read()
line = text[text.index("exec plinth"):text.index("          resources:")]
assert "completions: 4" in text and "completionMode: Indexed" in text
print(" ".join(line.split()))
END
[ "$(grep -c '^exec plinth apply' lines)" -eq 3 ] || fail "not every example has a command line"
mkdir -p bin && ln -sf "$plinth" bin/plinth
while read -r line; do
    JOB_COMPLETION_INDEX=3 AWS_BATCH_JOB_ARRAY_INDEX=3 PATH="$work/bin:$PATH" \
        sh -c "$line" >out 2>err </dev/null
    code=$?
    { [ $code -eq 64 ] && grep -q '/baseline/plinth.yaml' err; } ||
        fail "plinth does not read: $line"
done <lines

# --- Without the first -----------------------------------------------------------------------------
start_sandbox --seed 1 --time-scale 0.002
expect 64 apply --yes --shard 1/2 --shard-wait soon
has err "--shard-wait takes"
expect 4 apply --yes --shard 1/4 --shard-wait 1
has out "it needs accounts, which shard 0 has not done"
has err "waiting: "
has err "targets of shard 0 are not seen to be done, the first is accounts of Shop"
[ "$(writes)" -eq 0 ] || fail "a shard wrote without the first"
expect 2 plan --shard 1/4
expect 2 drift --shard 1/4
expect 1 apply --resume --shard 1/4
has err "no run of"

# --- What keeps others out -------------------------------------------------------------------------
stop_sandbox
rm -rf "$HOME/.local"
start_sandbox --seed 1 --time-scale 0.002
expect 0 lock show --shard 0/2
place=$(sed -n 's/: free.*//p' out)
mkdir -p "$(dirname "$place")"
python3 -c 'import fcntl, sys, time
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(300)' "$place" >held.out &
holder=$!
wait_for 30 test -s held.out || fail "the lock of a shard cannot be held"
expect 0 lock show
has out ".shard-0-of-2: held by"
expect 0 lock show --output json
is_json out
has out '"others"'
expect 2 plan
has err "another run holds the lock"
expect 3 apply --yes
has err "shard-0-of-2"
expect 3 apply --yes --shard 0/3
has err "shard-0-of-2"
expect 3 apply --yes --shard 0/2
[ "$(writes)" -eq 0 ] || fail "a run that was kept out wrote"
kill "$holder"
wait "$holder" 2>/dev/null
"$plinth" apply --yes --shard 0/2 >first.out 2>first.err </dev/null &
first=$!
"$plinth" apply --yes --shard 1/2 >second.out 2>second.err </dev/null &
second=$!
wait "$first" || fail "the first shard exits with $?"
wait "$second" || fail "the second shard exits with $?"
expect 0 drift
expect 0 apply --yes
expect 0 apply --yes --shard 1/2
expect 0 journal list --output json
has out '"shard": "1/2"'
expect 0 journal show
finish
