#!/bin/sh
# rollout.sh - waves in order, a bad policy that is stopped and taken away, pause and resume, a kill
# in the middle, and an abort: nothing temporary is left.
#
#   tests/scenario/rollout.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"
python=${PLINTH_PYTHON:-python3}

baseline() { # BAKE ACTION: a policy that denies ACTION where Work is
    cat <<END
apiVersion: plinth/v1
name: waves
home_region: eu-central-1
regions: [eu-central-1]
organizational_units: {Work: }
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
  - {name: One, email: aws+one@example.com, ou: Work}
  - {name: Two, email: aws+two@example.com, ou: Work}
  - {name: Three, email: aws+three@example.com, ou: Work}
policies:
  - name: work
    type: service_control_policy
    attach: [Work]
    document:
      Version: "2012-10-17"
      Statement: [{Sid: Work, Effect: Deny, Action: "$2", Resource: "*"}]
rollout:
  waves:
    - {name: canary, accounts: [One]}
    - {name: half, percent: 50}
  bake: $1
  max_denied: 0
END
}

state() {
    "$plinth" rollout status "$1" --output json 2>/dev/null |
        sed -n 's/^ *"state": *"\([a-z]*\)".*/\1/p'
}

is_state() {
    [ "$(state "$1")" = "$2" ]
}

is_phase() { # of one that runs
    is_state "$1" running &&
        "$plinth" rollout status "$1" --output json 2>/dev/null | grep -q "\"phase\": *\"$2\""
}

start_sandbox --time-scale 0.01
baseline 0s 'glacier:*' >first.yaml
sed -i '/^rollout:/,$d' first.yaml
expect 64 rollout first.yaml --yes
has err 'has no waves'
expect 0 apply first.yaml --yes

# --- Through -----------------------------------------------------------------------------------

baseline 0s 'chime:*' >good.yaml
expect 64 rollout good.yaml
has err 'needs --yes'
expect 1 rollout pause good.yaml
expect 0 rollout good.yaml --yes
has err 'wave 1, canary: 1 account'
has err 'wave 1 of 3 (canary): begins'
has err 'wave 3 of 3 (rest): begins'
is_state good.yaml 'done' || fail "it is $(state good.yaml) and not at its end"
expect 0 plan good.yaml
lacks out rollout
expect 0 rollout good.yaml --yes
has out '0 changes'

# --- Pause, resume, kill ------------------------------------------------------------------------

baseline 6s 'braket:*' >slow.yaml
begin() {
    "$plinth" rollout "$@" >out 2>err </dev/null &
    run=$!
}
begin slow.yaml --yes
wait_for 20 is_phase slow.yaml bake || fail "it does not come to bake"
expect 3 rollout slow.yaml --yes
"$plinth" rollout pause slow.yaml >asked 2>&1 || fail "pause"
wait_for 30 is_state slow.yaml paused || fail "it does not pause"
kill -KILL $run
wait $run
expect 3 rollout slow.yaml --yes
has err 'is paused'
begin resume slow.yaml
wait_for 20 is_state slow.yaml running || fail "it does not go on"
wait $run || fail "resume exits with $?"
expect 0 plan slow.yaml
lacks out rollout

# --- Abort --------------------------------------------------------------------------------------

baseline 1h 'lex:*' >long.yaml
begin long.yaml --yes
wait_for 20 is_phase long.yaml bake || fail "the long one does not come to bake"
expect 2 plan long.yaml --verbose
has out '+rollout'
"$plinth" rollout abort long.yaml >asked 2>&1 || fail "abort"
wait $run
[ $? -eq 4 ] || fail "an aborted rollout does not exit with 4"
is_state long.yaml aborted || fail "it is $(state long.yaml) and not aborted"
expect 2 plan long.yaml --verbose
lacks out '+rollout'

# Killed, and aborted by another process, with another baseline.
begin long.yaml --yes
wait_for 20 is_phase long.yaml bake || fail "the long one does not come to bake again"
kill -KILL $run
wait $run
expect 3 rollout slow.yaml --yes
has err 'abort it first'
expect 0 rollout abort slow.yaml
expect 2 plan long.yaml --verbose
lacks out '+rollout'
expect 1 rollout abort slow.yaml

# --- A policy that keeps people from their work --------------------------------------------------

baseline 8s 'cloudtrail:DescribeTrails' >bad.yaml
begin bad.yaml --yes --detach-on-alarm
wait_for 20 is_phase bad.yaml bake || fail "the bad one does not come to bake"
"$python" - <<'PYTHON' >asked 2>&1 || fail "nobody is denied: $(cat asked)"
import boto3
accounts = boto3.client("organizations", region_name="us-east-1").list_accounts()["Accounts"]
one = next(account["Id"] for account in accounts if account["Name"] == "One")
keys = boto3.client("sts", region_name="eu-central-1").assume_role(
    RoleArn=f"arn:aws:iam::{one}:role/OrganizationAccountAccessRole",
    RoleSessionName="somebody")["Credentials"]
trails = boto3.client("cloudtrail", region_name="eu-central-1",
                      aws_access_key_id=keys["AccessKeyId"],
                      aws_secret_access_key=keys["SecretAccessKey"],
                      aws_session_token=keys["SessionToken"])
try:
    trails.describe_trails()
except trails.exceptions.ClientError as error:
    assert "explicit deny in a service control policy" in str(error), error
else:
    raise SystemExit("it may")
PYTHON
wait $run
[ $? -eq 4 ] || fail "a rollout that does harm does not exit with 4"
has out 'organization policies denied 1 calls since the wave began'
has out 'what it attached was taken away'
expect 3 rollout bad.yaml --yes
has err 'is stopped'
expect 2 plan bad.yaml --verbose
lacks out '+rollout'
expect 0 rollout abort bad.yaml
stop_sandbox
finish
