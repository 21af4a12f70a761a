#!/bin/sh
# alarms.sh - an event in a member account arrives at the central topic, and what stands in its way
# is found.
#
#   tests/scenario/alarms.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

cat >plinth.yaml <<'END'
apiVersion: plinth/v1
name: acme
home_region: eu-central-1
regions: [eu-central-1, us-east-1]
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
  - {name: Security, email: aws+security@example.com, roles: [security]}
  - {name: Shop, email: aws+shop@example.com}
controls:
  alarms:
    emails: [alarms@example.com]
END

# expect CODE arguments...: run plinth; its output is in ./out and ./err.
expect() {
    wanted=$1
    shift
    "$plinth" "$@" >out 2>err </dev/null
    got=$?
    [ $got -eq "$wanted" ] || fail "plinth $* exits with $got and not with $wanted"
}

has() {
    grep -qF -e "$2" "$1" || fail "$1 lacks \"$2\""
}

calls() {
    "$plinth" sandbox calls --listen "$address" | sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p"
}

# What a test makes is gone after it.
took_all_away() {
    [ "$(calls sqs:CreateQueue)" = "$(calls sqs:DeleteQueue)" ] || fail "$1 leaves a queue behind"
    [ "$(calls sns:Unsubscribe)" -ge 1 ] || fail "$1 leaves a subscription behind"
}

expect 64 alarms
expect 64 alarms try
expect 64 alarms test --timeout 9999
start_sandbox --time-scale 0.02
expect 1 alarms test
has err 'does not exist yet'
expect 0 apply --yes

# --- The whole way -----------------------------------------------------------------------------

expect 0 alarms test
has out 'arrived  Shop'
has out ' eu-central-1 after '
has out ' us-east-1 after '
took_all_away 'a test'
expect 0 alarms test --account Management --account Security --region eu-west-3 --output json
python3 - out <<'PYTHON' || fail 'the report does not say that both arrived'
import json, sys
rows = json.load(open(sys.argv[1]))["alarms_test"]
sys.exit([(row["account"], row["region"], row["arrived"]) for row in rows] !=
         [("Management", "eu-west-3", True), ("Security", "eu-west-3", True)])
PYTHON
expect 64 alarms test --account Shopp
has err 'did you mean "Shop"?'
expect 0 plan # nothing of the tests is left to be seen
grep -q 'the baseline does not name' out && fail 'a subscription of a test is left'

stop_sandbox

# --- In its way --------------------------------------------------------------------------------

# Rules that have no role to send with in any account, then in all but one.
start_sandbox --time-scale 0.02
expect 0 apply --yes --exclude alarm_role
expect 1 alarms test --timeout 2
has out 'missing  Shop'
took_all_away 'a test that failed'
expect 0 apply --yes --only alarm_role --account Security
expect 4 alarms test --timeout 5 --region eu-central-1 --account Shop --account Security
has out 'missing  Shop'
has out 'arrived  Security'

# Ctrl-C while it waits: SIGTERM, since what a script starts in the background has Ctrl-C ignored.
: >err
"$plinth" alarms test >out 2>err </dev/null &
run=$!
wait_for 30 grep -q 'waiting for them' err || fail 'the test does not get to its waiting'
kill -TERM $run
wait $run
code=$?
[ $code -eq 130 ] || fail "an interrupted test exits with $code and not with 130"
took_all_away 'an interrupted test'
finish
