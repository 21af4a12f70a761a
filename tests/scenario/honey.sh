#!/bin/sh
# honey.sh - honey tokens, from none to watched: they are listed, their use is told by each detector,
# and a detector that is broken is named.
#
#   tests/scenario/honey.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

cat >plinth.yaml <<'YAML'
apiVersion: plinth/v1
name: acme
home_region: eu-central-1
regions: [eu-central-1, us-east-1]
organization:
  trusted_access: [cloudtrail.amazonaws.com]
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
  - {name: Security, email: aws+security@example.com, roles: [security]}
  - {name: Logs, email: aws+logs@example.com, roles: [log_archive]}
  - {name: Prod, email: aws+prod@example.com}
  - {name: Tools, email: aws+tools@example.com}
controls:
  log_archive: {log_group_days: 30}
  alarms: {emails: [alarms@example.com]}
  honey_tokens:
    account: Tools
    tokens:
      key: {kind: access_key, plant: {secret: {account: Prod, name: prod/exports/aws}}}
      role: {kind: role, name: backup-maintenance}
      vault: {kind: secret, name: prod/postgres/master}
      api-key: {kind: parameter, name: /prod/payments/api-key}
      payroll: {kind: bucket, name: acme-payroll-archive}
      cards: {kind: table, name: payments-cards, region: us-east-1}
YAML

# A call of an administrator of the sandbox: member NAME (or "" for management), region, service,
# operation, parameters.
call() {
    python3 - "$@" <<'PYTHON'
import json, os, sys
import boto3
member, region, service, operation, params = sys.argv[1:6]
session = boto3.session.Session(region_name=region)
if member:
    accounts = session.client("organizations").get_paginator("list_accounts").paginate()
    number = next(a["Id"] for page in accounts for a in page["Accounts"] if a["Name"] == member)
    role = f"arn:aws:iam::{number}:role/OrganizationAccountAccessRole"
    keys = session.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    session = boto3.session.Session(keys["AccessKeyId"], keys["SecretAccessKey"],
                                    keys["SessionToken"], region_name=region)
getattr(session.client(service), operation)(**json.loads(params))
PYTHON
}

expect 64 honey
expect 64 honey look
expect 64 honey test --wait 99999
start_sandbox --time-scale 0.005
expect 0 apply --yes

# --- What is out there -------------------------------------------------------------------------

expect 0 honey list
has out 'prod/exports/aws in Prod'
has out '(planted)'
expect 0 honey list --output json
is_json out
expect 64 honey list --token nobody
expect 0 honey check
has out 'unused   key'
has out 'AWS keeps no last use of a bucket'

# What plinth itself does to tokens, and reads of them, is no use of theirs.
expect 0 plan
sleep 3 # until the trail has delivered
python3 - <<'PYTHON' || fail 'plinth itself looks like an intruder'
import boto3, sys
logs = boto3.client("logs", region_name="eu-central-1")
group = {"logGroupName": "plinth-trail"}
filters = logs.describe_metric_filters(**group)["metricFilters"]
found = [event["message"] for each in filters
         for event in logs.filter_log_events(filterPattern=each["filterPattern"], **group)["events"]]
everything = logs.filter_log_events(**group)["events"]
print(*found[:3], sep="\n")
sys.exit(len(found) > 0 or not filters or not everything)
PYTHON

# --- Every detector tells ----------------------------------------------------------------------

expect 0 honey test --wait 60
has out 'arrived  key: events after'
has out 'trail after'
has out 'last use after'
[ "$(grep -c '^arrived' out)" -eq 6 ] || fail 'not every token was told of'
expect 0 honey check # its own uses are no news
expect 0 plan

# --- A use ---------------------------------------------------------------------------------------

expect 0 honey rotate --token key
has out 'rotated  key'
expect 64 honey rotate --token key --token role
has err 'role is a role, which has no key to replace'
sleep 1
expect 0 honey test --wait 60 --token key

# --- A detector is broken ------------------------------------------------------------------------

broken() {
    expect 4 honey test --wait 5 --token key
    has out "$1 DID NOT TELL"
    [ "$(grep -o 'DID NOT TELL' out | wc -l)" -eq 1 ] || fail 'more than one detector is named'
}

# --- What is left goes with --prune, also from an account that has no other token --------------

sed 's/    tokens:/&\n      stray: {kind: parameter, account: Prod, name: \/prod\/orders\/password}/' \
    plinth.yaml >stray.yaml
expect 0 apply stray.yaml --yes
call Prod eu-central-1 ssm get_parameter '{"Name": "/prod/orders/password"}' || fail 'no parameter'
expect 0 apply --yes
expect 0 plan
has out 'in the map of honey tokens as stray and no longer in the baseline; it stays without --prune'
expect 0 apply --yes --prune
has out 'parameter /prod/orders/password in Prod'
call Prod eu-central-1 ssm get_parameter '{"Name": "/prod/orders/password"}' 2>/dev/null &&
    fail 'the parameter is still there'
expect 0 plan --prune
lacks out 'stray'

for number in 1 2; do
    call Tools eu-central-1 events disable_rule "{\"Name\": \"plinth-alarms-use-$number\"}" ||
        fail 'no rule to disable'
done
broken events
expect 0 apply --yes
for number in 1 2 3; do
    call '' eu-central-1 logs delete_metric_filter \
        "{\"logGroupName\": \"plinth-trail\", \"filterName\": \"plinth-alarms-use-$number\"}" ||
        fail 'no filter to delete'
done
broken trail

# --- A test that is stopped tells what it did, notes it and cleans up ---------------------------

queues() {
    python3 - <<'PYTHON'
import boto3
client = boto3.session.Session(region_name="eu-central-1").client("organizations")
accounts = client.get_paginator("list_accounts").paginate()
number = next(a["Id"] for page in accounts for a in page["Accounts"] if a["Name"] == "Security")
keys = boto3.client("sts", region_name="eu-central-1").assume_role(
    RoleArn=f"arn:aws:iam::{number}:role/OrganizationAccountAccessRole",
    RoleSessionName="test")["Credentials"]
print(*boto3.session.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"],
                             region_name="eu-central-1").client("sqs").list_queues().get(
                                 "QueueUrls", []), sep="\n")
PYTHON
}
"$plinth" honey test --wait 120 --token vault >out 2>err </dev/null &
run=$!
is_waiting() { queues | grep -q plinth-alarms-test-; }
wait_for 30 is_waiting || fail 'the test does not begin to listen'
sleep 2 # until the token was used, and the other detectors told
kill -TERM $run
wait $run
code=$?
[ $code -eq 130 ] || fail "a test that is stopped exits with $code and not with 130"
has out 'stopped  vault: events after'
has out 'trail had not told yet'
has out 'stopped: 1 of 1 tokens were used; alarms of these may still come'
has out 'that these uses were a test is noted'
is_waiting && fail 'the queue of a test that was stopped is still there'
expect 0 honey check
lacks out USED
expect 0 apply --yes
deny='{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\",
       \"Action\": \"iam:GetAccessKeyLastUsed\", \"Resource\": \"*\"}]}'
call Tools eu-central-1 iam put_role_policy \
    "{\"RoleName\": \"OrganizationAccountAccessRole\", \"PolicyName\": \"blind\",
      \"PolicyDocument\": \"$(echo "$deny" | tr -d '\n')\"}" || fail 'no policy'
broken 'last use'
expect 4 honey check
has out 'unknown  key: '
finish
