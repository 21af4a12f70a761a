#!/bin/sh
# drift.sh - since when something differs, who did it, and a schedule that rolls nothing out.
#
#   tests/scenario/drift.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

cat >plinth.yaml <<'END'
apiVersion: plinth/v1
name: acme
home_region: us-east-1
regions: [us-east-1]
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
controls:
  password_policy: {}
END
start_sandbox --seed 1 --no-delays
XDG_STATE_HOME=$PWD/state
export XDG_STATE_HOME

# Somebody else's client takes the password policy away.
damage() {
    curl -sS --fail-with-body --noproxy '*' --aws-sigv4 aws:amz:us-east-1:iam \
        --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --user-agent mallory/1 \
        --data 'Action=DeleteAccountPasswordPolicy&Version=2010-05-08' "$AWS_ENDPOINT_URL/" \
        >/dev/null || fail 'the damage was not done'
}

# --- Nobody applied anything yet ----------------------------------------------------------------

expect 0 history
has out 'no run over the whole baseline was noted here'
expect 3 apply --yes --only-drift
has err 'nobody has applied a whole baseline'
[ "$(writes)" = 0 ] || fail 'a refused apply writes'
expect 0 apply --yes
expect 0 drift
lacks out 'drifted since'

# --- Since when, and who --------------------------------------------------------------------------

damage
expect 2 drift
has out 'note: drifted since 20'
has out '; it was as wanted at 20'
first=$(sed -n 's/.*drifted since \([^;]*\);.*/\1/p' out)
sleep 1.1
expect 2 drift --who
has out "drifted since $first;"
has out 'user/administrator called DeleteAccountPasswordPolicy at 20'
has out 'from 127.0.0.1 by mallory/1'
expect 0 history
has out '1 drifted, 0 not read'
has out "  password_policy/Management since $first"
expect 0 history --output json
has out '"format": "plinth/history/v1"'
expect 2 drift --only password_policy # a part says nothing about the rest, and is not noted
expect 0 history
[ "$(grep -c ' drift ' out)" = 3 ] || fail 'a part of the baseline is in the history'

# --- A schedule mends, and rolls nothing out ------------------------------------------------------

expect 0 apply --yes --only-drift
has out '1 changed'
expect 0 history
has out '1 drifted, 1 mended, 0 not read'
has out "  mended: password_policy/Management since $first"
expect 0 drift
expect 0 history
lacks out ' since 20'
sed 's/password_policy: {}/password_policy: {minimum_length: 20}/' plinth.yaml >changed.yaml
expect 3 apply --yes --only-drift changed.yaml
has err 'this is not the baseline that was applied last'
expect 0 apply --yes changed.yaml
damage
expect 0 apply --yes --only-drift changed.yaml
expect 3 apply --yes --only-drift
sed 's/Management, email/"Management", email/' changed.yaml >same.yaml # other words, the same
damage
expect 0 apply --yes --only-drift same.yaml

# --- Several processes, each with its part, at once ----------------------------------------------

damage
for number in 1 2 3 4 5; do
    pids=
    for shard in 0 1 2 3; do
        "$plinth" drift --shard $shard/4 same.yaml >shard.$shard 2>&1 </dev/null &
        pids="$pids $!"
    done
    for pid in $pids; do
        wait "$pid"
    done
done
expect 0 history same.yaml
[ "$(grep -c ' shard ./4: ' out)" = 20 ] || fail 'shards lose lines of the history'
[ "$(grep -c 'shard 0/4: .* 1 drifted, 0 not read' out)" = 5 ] || fail 'shard 0 finds no drift'
[ "$(grep -c 'shard [123]/4: .* 0 drifted' out)" = 15 ] || fail 'others find drift'
since=$(sed -n 's/^  password_policy.Management since //p' out)
while read -r line; do
    echo "$line" >line
    is_json line
done <state/plinth/acme/history.jsonl
expect 2 drift --shard 0/4 same.yaml
has out "drifted since $since;"
expect 0 apply --yes --only-drift same.yaml
expect 0 history same.yaml
lacks out '  password_policy/Management since'

# --- A history that cannot be kept hides nothing -------------------------------------------------

echo 'not a line of ours' >state/plinth/acme/history.jsonl
damage
expect 2 drift same.yaml
has out 'password policy'
rm -rf state && : >state
expect 2 drift same.yaml
has err 'the history is not kept'

stop_sandbox || fail "the sandbox ends with $?"
finish
