#!/bin/sh
# backups.sh - from an empty organization to a recovery point: what a plan backs up is copied to the
# central vault and to the air-gapped one, and counts as protected.
#
#   tests/scenario/backups.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

cat >plinth.yaml <<'END'
apiVersion: plinth/v1
name: acme
home_region: eu-central-1
regions: [eu-central-1, eu-west-1]
organization: {trusted_access: [backup.amazonaws.com]}
organizational_units: {Work: }
accounts:
  - {name: Management, email: aws@example.com, roles: [management], controls: {backup: false}}
  - {name: Backup, email: aws+backup@example.com, roles: [backup], controls: {backup: false}}
  - {name: Shop, email: aws+shop@example.com, ou: Work}
policies:
  - {name: backups, template: scp/protect-backups, attach: [root]}
controls:
  backup:
    region: eu-west-1
    lock: {mode: governance, min_days: 7}
    air_gapped: {min_days: 7, max_days: 60}
    plans:
      hourly:
        schedule: cron(0 * * * ? *)
        copies_to_air_gapped: true
        values: [hourly]
        attach: [Work]
    restore_tests:
      weekly: {schedule: cron(0 6 ? * 1 *), resource_types: [DynamoDB], tags: {backup: hourly}}
END

# --- A region limit that AWS Backup's role would run into --------------------------------------

sed 's/^controls:/  - name: regions\
    template: scp\/region-limits\
    parameters: {allowed_regions: [eu-central-1]}\
    attach: [root]\
controls:/' plinth.yaml >narrow.yaml
expect 3 validate narrow.yaml
has out 'backup:CopyIntoBackupVault to role/plinth-backup in account Shop in eu-west-1'
expect 0 validate

# --- From nothing to recovery points -----------------------------------------------------------

# As if the apply had been four hours ago: a table that is older and tagged, and three runs are due.
cat >later.py <<'END'
import json, time

state = json.load(open("state.json"))
records = state["records"]
shop = next(r["id"] for r in records if r["kind"] == "account" and r["record"]["Name"] == "Shop")
ago = (time.time() - 3 * 3600) * 1000
plans = [r["record"] for r in records if r["kind"] == "backup-plan" and r["account"] == shop]
for plan in plans:
    plan["_done_ms"] = ago
assert plans, "the account follows no plan"
for vault in [r["record"] for r in records if r["kind"] == "backup-vault"]:
    vault["_created_ms"] = vault["_ready_ms"] = ago - 3600 * 1000
records.append({"account": shop, "region": "eu-central-1", "kind": "table", "id": "orders", "record": {
    "TableName": "orders", "TableArn": "arn:aws:dynamodb:eu-central-1:%s:table/orders" % shop,
    "TableStatus": "ACTIVE", "CreationDateTime": ago / 1000 - 3600,
    "_tags": [{"Key": "backup", "Value": "hourly"}]}})
json.dump(state, open("state.json", "w"))
END

# In which vaults of which regions there are recovery points of the table, each once.
cat >points.py <<'END'
import json

state = json.load(open("state.json"))
print(*sorted({"%s %s" % (r["region"], r["record"]["BackupVaultName"])
               for r in state["records"] if r["kind"] == "backup-point"}), sep="\n")
END

start_sandbox --time-scale 0.01 --state state.json
expect 0 apply --yes --lock-vault acme-airgap
before=$(writes)
expect 0 apply --yes
expect 0 plan
[ "$(writes)" = "$before" ] || fail 'a second apply writes'
expect 0 backup report
stop_sandbox

python3 later.py || fail 'the state cannot be changed'
start_sandbox --time-scale 0.01 --state state.json
expect 0 backup report # the first look starts what is due
wait_for 20 sh -c '"$1" backup report >out 2>err && grep -q "^1 with a recovery point" out' - "$plinth" ||
    fail 'nothing was backed up'
expect 0 plan
stop_sandbox
python3 points.py >points || fail 'the state cannot be read'
printf '%s\n' 'eu-central-1 acme-backup' 'eu-west-1 acme-airgap' 'eu-west-1 acme-central' >wanted
cmp -s points wanted || fail "recovery points are in $(tr '\n' ',' <points)"
finish
