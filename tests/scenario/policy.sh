#!/bin/sh
# policy.sh - plinth policy test: the shipped templates' own cases, and what fails how.
#
#   tests/scenario/policy.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

expect 0 policy test "$source/tests/policy/templates.yaml"
has out ' 0 failed'
expect 0 policy test "$source/tests/policy/templates.yaml" --verbose
has out 'statement DenyOtherRegions denies ec2:RunInstances to role/Developer in region-limits in ap-south-1'
for template in "$source"/templates/scp/*.yaml "$source"/templates/rcp/*.yaml; do
    name=$(basename "$template" .yaml)
    has out " in $name"
done

cat >plinth.yaml <<'END'
apiVersion: plinth/v1
name: tested
home_region: eu-central-1
organizational_units: {Work: }
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
  - {name: Shop, email: aws+shop@example.com, ou: Work, id: "111122223333"}
policies:
  - name: locked
    type: service_control_policy
    attach: [Work]
    document:
      Version: "2012-10-17"
      Statement:
        - Sid: Locked
          Effect: Deny
          Action: "s3:*"
          Resource: "arn:aws:s3:::locked*"
          Condition: {StringNotEquals: {"aws:PrincipalTag/team": store}}
END

cat >good.yaml <<'END'
cases:
  - name: a stranger
    principal: role/Developer
    account: Shop
    action: s3:GetObject
    resource: arn:aws:s3:::locked/x
    context: {aws:PrincipalTag/team: shop}
    expect: deny
    by: Locked
  - {principal: role/Developer, account: Shop, action: [s3:GetObject, s3:PutObject],
     resource: "arn:aws:s3:::locked/x", context: {aws:PrincipalTag/team: store}, expect: allow}
  - {principal: role/Developer, account: Shop, action: s3:GetObject,
     resource: "arn:aws:s3:::locked/x", context: {aws:PrincipalTag/team: }, expect: deny}
  - {principal: role/Developer, account: Shop, action: s3:GetObject,
     resource: "arn:aws:s3:::locked/x", expect: unknown}
  - {principal: role/Developer, account: Shop, action: s3:GetObject, expect: unknown}
  - {principal: role/Developer, account: Management, action: s3:GetObject, expect: allow}
  - {principal: role/Developer, action: s3:GetObject, expect: allow}
  # SCPs bind an organization's own principals, wherever the resource is.
  - {principal: "arn:aws:iam::444455556666:role/Other", account: Shop, action: s3:GetObject,
     resource: "arn:aws:s3:::locked/x", expect: allow}
END
expect 0 policy test good.yaml
has out '9 passed, 0 failed'
expect 0 policy test good.yaml plinth.yaml --output json
is_json out
has out '"format": "plinth/policy-test/v1"'
has out '"sid": "Locked"'
has out '"missing": "aws:PrincipalTag/team"'

cat >bad.yaml <<'END'
cases:
  - {name: wrong, principal: role/Developer, account: Shop, action: s3:GetObject,
     resource: "arn:aws:s3:::locked/x", context: {aws:PrincipalTag/team: shop}, expect: allow}
  - {principal: role/Developer, account: Shop, action: s3:GetObject,
     resource: "arn:aws:s3:::locked/x", context: {aws:PrincipalTag/team: shop}, expect: deny,
     by: Other}
END
expect 1 policy test bad.yaml
has out 'FAIL bad.yaml:2: wrong: must be allowed, but SCP plinth-Work-1 statement Locked denies'
has out 'FAIL bad.yaml:4: must be denied by Other, but SCP plinth-Work-1 statement Locked denies'
has out '0 passed, 2 failed'
expect 1 policy test bad.yaml --output json
is_json out
has out '"failed": 2'

# Test runners read it, too: TAP, and the XML of JUnit.
cat >mixed.yaml <<'END'
cases:
  - {name: '<b> "a" & #1', principal: role/Developer, account: Management, action: s3:GetObject,
     expect: allow}
  - {name: wrong, principal: role/Developer, account: Shop, action: s3:GetObject,
     resource: "arn:aws:s3:::locked/x", context: {aws:PrincipalTag/team: shop}, expect: allow}
END
expect 1 policy test mixed.yaml plinth.yaml --output tap
has out '1..2'
has out 'ok 1 - <b> "a" &  1: s3:GetObject to role/Developer in Management'
has out 'not ok 2 - wrong: s3:GetObject'
has out '# mixed.yaml:4: must be allowed, but SCP plinth-Work-1 statement Locked denies'
expect 1 policy test mixed.yaml plinth.yaml --output junit
python3 - out <<'END' || fail 'out is not what JUnit writes'
import sys
import xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot()
good, bad = suite.findall("testcase")
assert (suite.tag, suite.get("tests"), suite.get("failures")) == ("testsuite", "2", "1")
assert good.get("name").startswith('<b> "a" & #1: '), good.get("name")
assert good.find("failure") is None
assert "Locked denies" in bad.find("failure").get("message")
END

# --- Mistakes --------------------------------------------------------------------------------

mistake() { # TEXT, CASE
    printf 'cases:\n  - %s\n' "$2" >mistake.yaml
    expect 65 policy test mistake.yaml
    has err 'mistake.yaml:2:'
    has err "$1"
    is_empty out
}
mistake "'Shup'" '{principal: root, account: Shup, action: "a:B", expect: deny}'
mistake "'Wrk'" '{principal: root, ou: Wrk, action: "a:B", expect: deny}'
mistake 'exclude each other' '{principal: root, ou: Work, account: Shop, action: "a:B", expect: deny}'
mistake 'is no principal' '{principal: somebody, action: "a:B", expect: deny}'
mistake 'service:Action' '{principal: root, action: [Get], expect: deny}'
mistake 'context must be a map' '{principal: root, action: "a:B", context: x, expect: deny}'
mistake 'did you mean' '{principal: root, action: "a:B", expects: deny}'
mistake 'expect' '{principal: root, action: "a:B", expect: maybe}'
mistake 'a resource is an ARN or *' '{principal: root, action: "s3:GetObject", resource: x, expect: deny}'
mistake 'did you mean eu-west-1?' '{principal: root, action: "s3:GetObject", region: eu-wst-1, expect: deny}'
echo 'cases: [{principal: role/x, action: "s3:GetObjct", expect: allow}]' >slip.yaml
expect 0 policy test slip.yaml
has err 'warning: slip.yaml:1:37: s3 has no action "GetObjct"; did you mean s3:GetObject?'
expect 64 policy
has err 'plinth policy lint, test, replay'
expect 64 policy test
echo 'cases: []' >none.yaml
expect 65 policy test none.yaml
has err 'none.yaml:1:1: no case'
echo 'cases: [{principal: role/x, action: "s3:Get*", expect: allow}]' >pattern.yaml
expect 65 policy test pattern.yaml
has err "one action, not the pattern 's3:Get*'"
expect 1 policy test nowhere.yaml
has err nowhere.yaml
expect 64 policy test good.yaml nowhere

# --- Who can, and what is over an account ----------------------------------------------------

expect 0 policy who-can s3:GetObject --account Shop --resource arn:aws:s3:::locked/x
has out 'unknown  role/Administrator'
has out 'hangs on aws:PrincipalTag/team, of SCP plinth-Work-1 statement Locked'
has out 'allowed  role/aws-service-role/'
expect 0 policy who-can s3:GetObject --account 111122223333 --resource arn:aws:s3:::open/x
lacks out unknown
lacks out denied
expect 0 policy who-can s3:GetObject --account Shop --output json
is_json out
has out '"missing": "the resource"'
expect 64 policy who-can s3:GetObject
has err 'needs an --account'
expect 64 policy who-can GetObject --account Shop
expect 64 policy who-can 's3:*' --account Shop
has err "not the pattern 's3:*'"
expect 0 policy who-can s3:GetObjct --account Shop --output json
has err 'warning: this action may not exist: s3 has no action "GetObjct"; did you mean s3:GetObject?'
has out '"warning": "s3 has no action'
expect 0 policy who-can s3:GetObject --account Shop --region eu-west-1
lacks err warning
lacks out warning
expect 64 policy who-can s3:GetObject --account Shop --region eu-wst-1
has err 'there is no region "eu-wst-1"; did you mean eu-west-1?'
expect 64 policy who-can s3:GetObject --account Shop --resource locked/x
has err 'a resource is an ARN or *, not "locked/x"'
expect 64 policy who-can s3:GetObject --account Shop --region cn-north-1
has err 'is in the partition aws-cn'
expect 64 policy who-can s3:GetObject --account Shup
has err '"Shup"'
expect 0 policy effective Shop
has out 'Locked: denies s3:* on arn:aws:s3:::locked*, if aws:PrincipalTag/team StringNotEquals store'
has out 'plinth-Work-1, at Work'
has out 'Work: 2 of 10 policies'
has out 'allowed: everything, at every level'
expect 0 policy effective root
has out 'attaches no policy here'
expect 0 policy effective Work --output json
is_json out
has out '"name": "plinth-Work-1"'
has out '"allows_everything": true'
expect 64 policy effective Shup
has err 'no account and no organizational unit "Shup"'
expect 64 policy effective Shop --profile x
has err '--profile goes with --live'

start_sandbox --time-scale 0.001
cat >live.yaml <<'END'
apiVersion: plinth/v1
name: live
home_region: eu-central-1
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
      Statement: {Sid: Closed, Effect: Deny, Action: "sqs:*", Resource: "*"}
END
expect 1 policy who-can sqs:SendMessage --account Shop --live live.yaml
expect 0 apply live.yaml --yes
sed '/^policies/,$d' live.yaml >bare.yaml
expect 0 policy who-can sqs:SendMessage --account Shop bare.yaml
lacks out denied
expect 0 policy who-can sqs:SendMessage --account Shop --live bare.yaml
has out 'denied   role/Administrator'
has out 'by SCP plinth-Work-1 statement Closed, attached to ou-'
has out 'allowed  role/aws-service-role/'
expect 0 policy who-can sqs:SendMessage --account Management --live bare.yaml
lacks out denied

# What hangs there is everybody's: also an account and a policy that the baseline does not have.
expect 0 policy effective Shop bare.yaml
has out 'attaches no policy here'
expect 0 policy effective Shop --live bare.yaml
has out 'Closed: denies sqs:* on every resource'
has out 'plinth-Work-1, at Work'
has out 'not of the baseline'
expect 0 policy effective Shop --live live.yaml
lacks out 'not of the baseline'
expect 0 policy effective Work --live live.yaml --output json
is_json out
has out '"live": true'
has out '"of": "baseline"'
has out '"level": "Work"'
expect 0 policy effective root --live live.yaml
has out 'Nobody but AWS attached'
expect 0 policy effective Management --live live.yaml
has out 'no SCP and no RCP binds it'
sed '/name: Shop/d;/^policies/,$d' live.yaml >shopless.yaml
expect 0 policy effective Shop --live shopless.yaml
has out 'Closed: denies'
expect 64 policy effective Shup --live live.yaml
has err 'the organization has no account and no organizational unit "Shup"'

# An allow list, a statement twice, and one that a wider one makes needless.
cat >several.yaml <<'END'
apiVersion: plinth/v1
name: live
home_region: eu-central-1
organizational_units: {Work: {units: {Dev: }}}
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
  - {name: Shop, email: aws+shop@example.com, ou: Work/Dev}
policies:
  - name: wide
    type: service_control_policy
    attach: [Work]
    document:
      Version: "2012-10-17"
      Statement: {Sid: Wide, Effect: Deny, Action: "sqs:*", Resource: "*"}
  - name: narrow
    type: service_control_policy
    attach: [Work/Dev]
    document:
      Version: "2012-10-17"
      Statement:
        - {Sid: Narrow, Effect: Deny, Action: "sqs:SendMessage", Resource: "*"}
        - {Sid: Again, Effect: Deny, Action: "sqs:*", Resource: "*"}
END
expect 0 policy effective Shop several.yaml
has out 'adds nothing: Wide of plinth-Work-1 denies all of it already'
has out 'plinth-Work/Dev-1, at Work/Dev, as Again'
expect 0 policy effective Shop several.yaml --output json
has out '"adds_nothing": "Wide of plinth-Work-1'
finish
