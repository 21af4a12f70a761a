#!/bin/sh
# backup_report.sh - what has a recent recovery point is counted, and what has none is named.
#
#   tests/scenario/backup_report.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

cat >plinth.yaml <<'END'
apiVersion: plinth/v1
name: acme
home_region: eu-central-1
regions: [eu-central-1, us-east-1]
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
  - {name: Shop, email: aws+shop@example.com}
  - {name: Lab, email: aws+lab@example.com}
controls: {}
END

# In Shop: buckets whose last backup is so many hours old, or that have none.
cat >age.py <<'END'
import json, sys, time

path, found = "state.json", []
state = json.load(open(path))
records = state["records"]
shop = next(r["id"] for r in records if r["kind"] == "account" and r["record"]["Name"] == "Shop")


def put(account, region, kind, name, value):
    found.append({"account": account, "region": region, "kind": kind, "id": name, "record": value})


for name, region, hours, tag in [("fresh", "eu-central-1", 1, "yes"),
                                 ("older", "eu-central-1", 30, "yes"),
                                 ("never", "us-east-1", None, "no")]:
    put("", "", "bucket", name, {"Name": name, "_account": shop, "_region": region})
    put(shop, "", "bucket-of", name, {})
    put("", "", "bucket/tagging", name, {"TagSet": {"Tag": {"Key": "backup", "Value": tag}}})
    if hours is not None:
        arn = "arn:aws:s3:::" + name
        put(shop, region, "backup-protected", arn, {
            "ResourceArn": arn, "ResourceType": "S3", "LastBackupTime": time.time() - hours * 3600})
put(shop, "us-east-1", "table", "orders", {
    "TableName": "orders", "TableArn": "arn:aws:dynamodb:us-east-1:%s:table/orders" % shop,
    "TableStatus": "ACTIVE"})
records += found
json.dump(state, open(path, "w"))
END

# told TEXT...: the report names each of them, and nothing else.
told() {
    grep -cE '^(stale|never|unknown) ' out >count
    [ "$(cat count)" -eq $# ] || fail "the report has $(cat count) lines, not $#"
    for line in "$@"; do
        has out "$line"
    done
}

expect 64 backup
expect 64 backup verify
expect 64 backup report --hours 99999
expect 64 backup report --tag =yes
start_sandbox --time-scale 0.02 --state state.json

# --- What is not known is never clean ----------------------------------------------------------

expect 4 backup report
has out 'unknown  Shop (no id) us-east-1: the account does not exist yet'
expect 0 apply --yes
# Nobody entered the accounts yet, and a new one's role takes a moment.
readable() { "$plinth" backup report >/dev/null 2>&1; [ $? != 4 ]; }
wait_for 60 readable || fail 'the accounts cannot be entered'
expect 0 backup report
told

# --- Stale, never, and within the hours --------------------------------------------------------

stop_sandbox
python3 age.py || fail 'the state cannot be changed'
start_sandbox --time-scale 0.02 --state state.json
before=$(writes)
expect 2 backup report
told 'S3 arn:aws:s3:::older 30 h ago' 'S3 arn:aws:s3:::never' 'DynamoDB arn:aws:dynamodb:us-east-1:'
has out 'stale    Shop ('
has out 'never    Shop ('
has out '1 with a recovery point of the last 24 h, 1 with an older one, 2 without any'
expect 2 backup report --hours 31
told 'S3 arn:aws:s3:::never' 'DynamoDB '
expect 0 backup report --hours 31 --tag backup=yes
told
has out '2 with a recovery point of the last 31 h'
expect 2 backup report --tag backup
told '::older' '::never'
expect 0 backup report --tag owner
expect 2 backup report --region eu-central-1
told '::older'
expect 0 backup report --account Lab
expect 2 backup report --output json
is_json out
has out '"age_hours": 30'
has out '"resource": "arn:aws:s3:::never"'
has out '"unread": []'
expect 64 backup report --region eu-west-1
has err 'eu-west-1 is no region of the baseline'
expect 64 backup report --account Shap
has err 'Shop'

# --- What no plan of the baseline selects is told apart -----------------------------------------

cat >planned.yaml <<'END'
apiVersion: plinth/v1
name: acme
home_region: eu-central-1
regions: [eu-central-1, us-east-1]
variables: {asked: {default: "yes"}}
organization: {trusted_access: [backup.amazonaws.com]}
organizational_units: {Work: {}}
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
  - {name: Shop, email: aws+shop@example.com, ou: Work}
  - {name: Lab, email: aws+lab@example.com, roles: [backup]}
controls:
  backup:
    region: us-east-1
    plans:
      daily: {schedule: cron(0 3 * * ? *), values: ["${var.asked}"], attach: [Work]}
END
expect 0 backup report --hours 31 planned.yaml
told
has out 'no plan  Shop ('
has out 'S3 arn:aws:s3:::never'
has out '0 without any; 2 without any that no plan selects'
expect 2 backup report planned.yaml # what had a backup is to have another one
told '::older'
expect 2 backup report --hours 31 --var asked=no planned.yaml
told 'S3 arn:aws:s3:::never'
has out 'us-east-1 DynamoDB arn:aws:dynamodb:us-east-1:'
has out '; 1 without any that no plan selects'
expect 2 backup report --hours 31 --all planned.yaml
told 'S3 arn:aws:s3:::never' 'DynamoDB '
expect 2 backup report --hours 31 --tag backup planned.yaml
told 'S3 arn:aws:s3:::never'
expect 0 backup report --hours 31 --output json planned.yaml
is_json out
has out '"unprotected": []'
has out '"resource": "arn:aws:s3:::never"'
[ "$(writes)" = "$before" ] || fail 'a report writes'

# --- What cannot be read is named, and comes before what lacks a backup -------------------------

stop_sandbox
cat >shut.py <<'END'
import json

state = json.load(open("state.json"))
lab = next(r["id"] for r in state["records"]
           if r["kind"] == "account" and r["record"]["Name"] == "Lab")
state["records"] = [r for r in state["records"] if (r["account"], r["kind"]) != (lab, "role")]
json.dump(state, open("state.json", "w"))
END
python3 shut.py || fail 'the state cannot be changed'
start_sandbox --time-scale 0.02 --state state.json
expect 4 backup report
has out 'unknown  Lab ('
has out 'S3 arn:aws:s3:::older 30 h ago'
has out '; 2 of 6 places could not be read'
expect 4 backup report --account Lab --output json
has out '"region": "us-east-1"'
finish
