#!/bin/sh
# policy_lint.sh - plinth policy lint: documents, templates, baselines; and plinth validate with it.
#
#   tests/scenario/policy_lint.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

# What is shipped has no finding.
for template in "$source"/templates/*/*.yaml; do
    expect 0 policy lint "$template"
    has out '0 errors, 0 warnings, 0 notes'
done
for baseline in startup enterprise; do
    expect 0 policy lint "$source/baselines/$baseline.yaml" --var email_domain=example.com
    has out '0 errors, 0 warnings, 0 notes'
    expect 0 validate "$source/baselines/$baseline.yaml" --var email_domain=example.com
    lacks err 'warning:'
done
expect 0 policy lint "$source/baselines/minimal.yaml"

# A document, with places though it is JSON; a tab is none of YAML's blanks.
cat >scp.json <<'END'
{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "KeepTrails", "Effect": "Deny", "Action": "cloudtrail:StopLoging", "Resource": "*"}
  ]
}
END
expect 2 policy lint scp.json
has out 'scp.json:4:55: warning: statement 1 (KeepTrails): cloudtrail has no action "StopLoging"; did you mean StopLogging? [unknown-action]'
has out '0 errors, 1 warnings, 0 notes'
"$plinth" policy lint - <scp.json >out 2>err
[ $? -eq 2 ] || fail "policy lint - does not exit with 2"
has out 'did you mean StopLogging?'
sed 's/^ */	/' scp.json >tabs.json
expect 2 policy lint tabs.json
has out 'warning: statement 1 (KeepTrails): cloudtrail has no action'
expect 2 policy lint scp.json --output json
has out '"format": "plinth/policy-lint/v1"'
has out '"line": 4'
has out '"path": "Statement[1].Action"'
expect 2 policy lint scp.json --output sarif
has out '"ruleId": "unknown-action"'
has out '"startLine": 4'
sed 's/Loging/Logging/' scp.json >clean.json
expect 0 policy lint clean.json --kind scp
expect 2 policy lint clean.json scp.json

# The kind decides what is allowed.
sed 's/"Deny"/"Allow"/' clean.json >allow.json
expect 0 policy lint allow.json --kind identity
expect 2 policy lint allow.json --kind scp
has out '[scp-allow]'
expect 65 policy lint allow.json --kind rcp
has out 'error: '
has out '[structure]'

# What is no policy.
echo '{"Statement": ' >broken.json
expect 65 policy lint broken.json
expect 64 policy lint nowhere.json
expect 64 policy lint scp.json --output tap
has err 'policy lint: --output is text|json|sarif'
expect 64 policy lint scp.json --kind none

# A baseline: each policy as it is declared, at its place; and what is over it.
cat >plinth.yaml <<'END'
apiVersion: plinth/v1
name: tested
home_region: eu-central-1
organizational_units: {Work: }
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
  - {name: Shop, email: aws+shop@example.com, ou: Work}
policies:
  - name: wide
    type: service_control_policy
    attach: [root]
    document:
      Version: "2012-10-17"
      Statement:
        - {Sid: NoPublicIps, Effect: Deny, Action: "ec2:*Addres*", Resource: "*"}
  - name: narrow
    type: service_control_policy
    attach: [Work]
    document:
      Version: "2012-10-17"
      Statement:
        - Sid: NoAddress
          Effect: Deny
          Action: ec2:AllocateAddress
          Resource: "*"
END
expect 2 policy lint
has out 'plinth.yaml:22:11: warning: narrow, statement 1 (NoAddress): NoPublicIps of wide denies all of it already [shadowed]'
expect 0 validate
has err 'plinth.yaml:22:11: warning: narrow, statement 1 (NoAddress): NoPublicIps of wide denies all of it already [shadowed]'
has out 'plinth.yaml is valid'
expect 0 validate --output json
has out '"code": "shadowed"'

# An error: validate fails as for any mistake of a baseline.
sed 's/          Resource: "\*"/          NotResource: "*"/' plinth.yaml >void.yaml
expect 65 policy lint void.yaml
has out 'void.yaml:25:24: error: narrow, statement 1 (NoAddress): NotResource excepts every resource: the statement is void [void]'
expect 65 validate void.yaml
[ "$(tail -n 1 out)" = 'void.yaml is not valid: its policies have errors' ] || fail 'the last line'
has err 'void.yaml:25:24: error: narrow'
has out 'void.yaml is not valid'
expect 65 validate void.yaml --output json
has out '"valid": false'

finish
