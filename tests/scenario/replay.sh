#!/bin/sh
# replay.sh - plinth policy replay: what it takes, what it prints, how it exits.
#
#   tests/scenario/replay.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

cat >plinth.yaml <<'END_OF_BASELINE'
apiVersion: plinth/v1
name: replayed
home_region: eu-central-1
organizational_units: {Work: }
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
  - {name: Shop, email: aws+shop@example.com, ou: Work, id: "111122223333"}
policies:
  - name: regions
    type: service_control_policy
    attach: [Work]
    document:
      Version: "2012-10-17"
      Statement:
        - Sid: Regions
          Effect: Deny
          NotAction: "iam:*"
          Resource: "*"
          Condition: {StringNotEquals: {"aws:RequestedRegion": eu-central-1}}
        - Sid: Team
          Effect: Deny
          Action: "sqs:*"
          Resource: "*"
          Condition: {StringEquals: {"aws:PrincipalTag/team": guests}}
END_OF_BASELINE

# event NAME SOURCE REGION TIME [ERROR]
event() {
    printf '{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","accountId":"111122223333",'
    printf '"arn":"arn:aws:sts::111122223333:assumed-role/dev/%s","sessionContext":{"sessionIssuer":' "$4"
    printf '{"arn":"arn:aws:iam::111122223333:role/dev"}}},"eventTime":"%s","eventSource":' "$4"
    printf '"%s.amazonaws.com","eventName":"%s","awsRegion":"%s",' "$2" "$1" "$3"
    [ $# -lt 5 ] || printf '"errorCode":"%s",' "$5"
    printf '"eventType":"AwsApiCall","recipientAccountId":"111122223333"}'
}

mkdir -p logs/eu logs/CloudTrail-Digest
{
    printf '{"Records":['
    event RunInstances ec2 ap-south-1 2026-11-01T00:00:00Z
    printf ,
    event RunInstances ec2 ap-south-1 2026-11-03T00:00:00Z
    printf ,
    event RunInstances ec2 ap-south-1 2026-11-02T00:00:00Z AccessDenied
    printf ,
    event GetRole iam us-east-1 2026-11-02T00:00:00Z
    printf ']}'
} | gzip >logs/eu/one.json.gz
{
    event SendMessage sqs eu-central-1 2026-11-04T00:00:00Z
    echo
    echo '{"eventVersion":'
    event ListObjects s3 us-east-1 2026-11-05T00:00:00Z
    echo
} >logs/two.json
echo '{"digest":1}' >logs/CloudTrail-Digest/d.json

expect 2 policy replay logs
has out 'arn:aws:iam::111122223333:role/dev  ec2:RunInstances in Shop in ap-south-1'
has out '2026-11-01T00:00:00Z to 2026-11-03T00:00:00Z'
has out 'statement Regions, attached to Work'
has out 's3:ListBucket in Shop in us-east-1'
has out 'hangs on aws:PrincipalTag/team, which the event does not tell'
has out 'logs/two.json: byte '
has out '           3  would be denied newly'
has out '           1  had failed already: access denied'
has out '           1  malformed records and unreadable files'
has out '           2  files'
has out '1 accounts of the baseline have no id there'
lacks out 'iam:GetRole'
is_empty err

expect 2 policy replay logs --output json
is_json out
has out '"format": "plinth/policy-replay/v1"'
has out '"denied": 3'

# The same of a tar, a zip of which there is none, and standard input.
cp out folder.json
tar cf logs.tar logs/eu logs/two.json
expect 2 policy replay logs.tar --output json
[ "$(sed -n '/"denied": \[/,/"malformed": \[/p' out)" = \
    "$(sed -n '/"denied": \[/,/"malformed": \[/p' folder.json)" ] || fail "a tar is read otherwise"
"$plinth" policy replay - --output json <logs/two.json >out 2>err
[ $? -eq 2 ] || fail "standard input is not read"
has out '"denied": 1'

# Filters.
expect 4 policy replay logs --until 2026-11-01
has out '           6  outside of --since and --until'
expect 2 policy replay logs --since 2026-11-02 --until 2026-11-04T00:00:00Z
has out '           1  would be denied newly'
expect 4 policy replay logs --account 999999999999
has out '           6  of accounts that were not asked for'
expect 2 policy replay logs --account Shop --top 1
has out 'and 1 more kinds; --top 2 shows them'

# Mistakes.
expect 64 policy replay
has err 'which files or folders?'
expect 64 policy replay logs --since yesterday
has err '--since takes a date'
expect 64 policy replay logs --account Management
has err 'has no id in the baseline'
expect 64 policy replay logs --account Shup
has err 'no account "Shup"'
expect 64 policy replay logs --since 2026-11-02 --until 2026-11-01
has err '--since must be before --until'
expect 1 policy replay nothing
has err 'nothing: no such file or folder'
expect 64 policy replay logs --baseline nowhere.yaml

# The event history of an organization that plinth has just worked in, before a policy is attached
# that would have stopped it.
start_sandbox --seed 1 --no-delays
cat >plinth.yaml <<'END_OF_BASELINE'
apiVersion: plinth/v1
name: looked-up
home_region: eu-central-1
organizational_units: {Work: }
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
  - {name: Shop, email: aws+shop@example.com, ou: Work}
controls:
  ebs_encryption: {enabled: true}
END_OF_BASELINE
expect 0 apply --yes --quiet
expect 0 policy replay --lookup --quiet
has out 'allowed, as before'
cat >>plinth.yaml <<'END_OF_POLICY'
policies:
  - name: volumes
    type: service_control_policy
    attach: [Work]
    document:
      Version: "2012-10-17"
      Statement:
        - {Sid: Volumes, Effect: Deny, Action: "ec2:EnableEbs*", Resource: "*"}
END_OF_POLICY
expect 2 policy replay --lookup --quiet
has out 'role/OrganizationAccountAccessRole  ec2:EnableEbsEncryptionByDefault in Shop in eu-central-1'
has out 'statement Volumes, attached to Work'
lacks out 'have no id there'
expect 0 policy replay --lookup --quiet --account Management
expect 0 policy replay --lookup --quiet --until 2026-01-01
expect 64 policy replay --lookup logs
has err '--lookup takes no files'
finish
