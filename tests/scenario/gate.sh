#!/bin/sh
# gate.sh - a policy that would lock plinth out is not offered, and its override is by name.
#
#   tests/scenario/gate.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

baseline() { # a role for emergencies, and the roles that are spared
    cat <<END
apiVersion: plinth/v1
name: gate
home_region: eu-central-1
regions: [eu-central-1]
organization: {break_glass_roles: [$1]}
organizational_units: {Work: }
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
  - {name: Shop, email: aws+shop@example.com, ou: Work}
policies:
  - name: closed
    type: service_control_policy
    attach: [Work]
    document:
      Version: "2012-10-17"
      Statement:
        - Sid: Closed
          Effect: Deny
          Action: "iam:*"
          Resource: "*"
          Condition:
            ArnNotLike: {aws:PrincipalArn: [$2]}
controls:
  password_policy:
END
}

ours='"arn:*:iam::*:role/OrganizationAccountAccessRole"'
theirs='"arn:*:iam::*:role/Emergency"'
baseline '' "$ours" >spared.yaml
baseline '' "$theirs" >closed.yaml
# These two leave plinth itself at work, which the sandbox would not hide either.
baseline Emergency "$ours, $theirs" >glass.yaml
baseline Emergency "$ours" >broken.yaml
denial='statement Closed denies iam:'
victim='to role/OrganizationAccountAccessRole in account Shop in us-east-1'

# --- Offline ---------------------------------------------------------------------------------

expect 0 validate spared.yaml
lacks out lock-outs
expect 3 validate closed.yaml
[ "$(tail -n 1 out)" = 'closed.yaml is refused by the lock-out gate' ] || fail 'the last line'
lacks out 'is valid'
has out lock-outs
has err "SCP plinth-Work-1 $denial"
has err "$victim"
has err '--override-gate plinth-Work-1'
expect 3 validate closed.yaml --output json
has out '"refused": true'
is_json out
has out '"policy": "plinth-Work-1"'
expect 0 validate closed.yaml --override-gate plinth-Work-1
has out "$denial"
expect 64 validate closed.yaml --override-gate plinth-Work-2
has err 'no such policy'
is_empty out

# --- With a live organization ----------------------------------------------------------------

start_sandbox --seed 1 --no-delays
before=$(writes)
expect 3 plan closed.yaml
has err "$denial"
has err "$victim"
is_empty out
expect 3 plan broken.yaml --output json
is_json out
has out '"code": "gate"'
has out 'to role/Emergency in account Shop'
expect 3 apply broken.yaml --yes
[ "$(writes)" = "$before" ] || fail "a refused apply wrote something"
expect 64 plan broken.yaml --override-gate closed
expect 2 plan broken.yaml --override-gate plinth-Work-1
has out plinth-Work-1
has err "warning: SCP plinth-Work-1 $denial"
# Where no policy changes there is no gate.
expect 2 plan broken.yaml --exclude policies
expect 0 apply glass.yaml --yes
expect 3 apply broken.yaml --yes
has err "$denial"
expect 0 apply broken.yaml --yes --override-gate plinth-Work-1
# What was let in once is not asked about again.
expect 0 plan broken.yaml
expect 0 drift broken.yaml
finish
