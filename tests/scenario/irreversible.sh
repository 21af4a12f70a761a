#!/bin/sh
# irreversible.sh - a lock that nobody can take back is put on a vault only by the vault's name.
#
#   tests/scenario/irreversible.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

baseline() { # the central vault's lock
    cat <<END
apiVersion: plinth/v1
name: locks
home_region: eu-central-1
regions: [eu-central-1, eu-west-1]
organization: {trusted_access: [backup.amazonaws.com]}
organizational_units: {Work: }
accounts:
  - {name: Management, email: aws@example.com, roles: [management], controls: {backup: false}}
  - {name: Backup, email: aws+backup@example.com, roles: [backup], controls: {backup: false}}
  - {name: Shop, email: aws+shop@example.com, ou: Work}
controls:
  backup:
    region: eu-west-1
    lock: $1
    plans:
      daily: {schedule: "cron(0 3 * * ? *)", values: [daily], attach: [Work]}
END
}

baseline '{mode: governance, min_days: 7}' >governance.yaml
baseline '{mode: compliance, min_days: 7, changeable_for_days: 4}' >compliance.yaml
baseline '{mode: compliance, min_days: 8, changeable_for_days: 4}' >other.yaml
baseline '{mode: compliance, min_days: 36, changeable_for_days: 4}' >short.yaml

expect 65 validate short.yaml
has err 'short.yaml:16:'
has err 'the lock takes nothing that is kept for less than 36'

start_sandbox --seed 1 --no-delays
expect 0 apply governance.yaml --yes

expect 2 plan compliance.yaml
has out '(irreversible: can be undone for 4 days, then never)'
expect 2 plan compliance.yaml --output json
has out '"undo_days": 4'

# --- Nobody to ask ---------------------------------------------------------------------------

before=$(writes)
expect 3 apply compliance.yaml --yes
has err 'can be undone for 4 days and never after that'
has err 'approve it with --lock-vault locks-central'
expect 3 apply compliance.yaml --yes --lock-vault locks-other
expect 2 plan compliance.yaml -o locked.plan
expect 3 apply locked.plan --yes
expect 3 apply compliance.yaml --yes --output json
[ "$(writes)" = "$before" ] || fail "a refused apply wrote something"

# --- A person --------------------------------------------------------------------------------

"$source/tests/scenario/on_terminal.py" 3 --see 'Type locks-central to approve it' --say yes \
    -- "$plinth" apply compliance.yaml --yes >out 2>err || fail "yes is not the vault's name"
has out 'can be undone until 20'
[ "$(writes)" = "$before" ] || fail "an apply that was refused by a person wrote something"

# --- By its name -----------------------------------------------------------------------------

expect 0 apply compliance.yaml --yes --lock-vault locks-central
has err 'Irreversible: locks-central can be undone until 20'
has err 'plinth:   update lock of vault locks-central in ' # a line of its own
expect 0 plan compliance.yaml
has out 'the lock of vault locks-central can be taken away until 20'
# Back in governance mode would be less; what there is holds that too, and the note says so.
expect 0 plan governance.yaml
has out 'and never after that; the baseline asks for governance mode only'
expect 3 apply other.yaml --yes
"$source/tests/scenario/on_terminal.py" 0 --see 'Type yes to apply' --say yes \
    --see 'Type locks-central to approve it' --say locks-central \
    -- "$plinth" apply other.yaml >out 2>err || fail "a person's yes is not taken"
expect 0 plan other.yaml
finish

# --- A vault that is locked from the start -----------------------------------------------------

sed 's/^    lock: .*/    air_gapped: {name: deep, min_days: 30, max_days: 40}/' compliance.yaml |
    sed 's/values: /copies_to_air_gapped: true, values: /' >gapped.yaml
sed 's/max_days: 40/max_days: 34/' gapped.yaml >tight.yaml
expect 65 validate tight.yaml
has err 'an air-gapped copy is deleted after 35 days'
before=$(writes)
expect 3 apply gapped.yaml --yes
has err 'the plan locks deep irreversibly (1 change), which can never be undone'
has err 'approve it with --lock-vault deep'
[ "$(writes)" = "$before" ] || fail "a refused apply wrote something"
expect 0 apply gapped.yaml --yes --lock-vault deep
has err 'Irreversible: deep can never be undone.'
expect 0 plan gapped.yaml
sed 's/max_days: 40/max_days: 50/' gapped.yaml >wider.yaml
expect 4 plan wider.yaml
has out 'vault deep keeps for 30 to 40 days, which is fixed, and not for 30 to 50'
