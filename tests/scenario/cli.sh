#!/bin/sh
# cli.sh - what a person at a shell sees: usage, help, exit codes, the places of mistakes, init,
# schema, permissions, plan files and the life of a sandbox.
#
#   tests/scenario/cli.sh PLINTH
#
# Needs no network but loopback.  Ends the processes that it started, by their ids.
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

# --- Usage and help --------------------------------------------------------------------------

expect 0
has out 'usage: plinth COMMAND'
for command in init validate plan apply drift account journal lock alarms backup schema sandbox policy permissions version help; do
    expect 0 $command --help
    has out "usage: plinth $command"
    has out '--log-format text|json'
    is_empty err
    cp out by_option
    expect 0 help $command
    cmp -s out by_option || fail "help $command and $command --help differ"
    expect 0 help
    has out "  $command "
    expect 64 $command --no-such-option
    is_empty out
    has err "$command: unknown option --no-such-option"
    has err "plinth $command --help lists the options"
done
for command in init validate plan apply drift account journal lock alarms backup schema sandbox policy permissions; do
    expect 0 $command --help
    has out 'examples:'
done
expect 0 --version
has out 'plinth '
expect 64 aply
has err 'did you mean "apply"?'
expect 64 help aply
expect 64 --output json plan
has err 'options follow the command: plinth COMMAND --output'
expect 64 plan --acount prod
has err 'did you mean --account?'
expect 64 plan --acount=prod
has err 'unknown option --acount; did you mean --account?'
expect 64 plan --account
has err 'needs a value'
expect 64 plan --quiet=yes
has err 'takes no value'
expect 64 plan --output=yaml
has err '--output is text|json|jsonl|markdown|junit|sarif|ocsf, not "yaml"'
expect 64 plan --parallel many
has err 'takes a number'
expect 64 plan one.yaml two.yaml
has err 'too many arguments: "two.yaml"'
expect 64 validate --var broken
has err 'NAME=VALUE'
expect 64 validate --var a=1 --var a=2 minimal
has err 'twice'
expect 64 sandbox nonsense
expect 64 sandbox --listen 4599
expect 64 sandbox --listen 127.0.0.1:99999
expect 64 sandbox --time-scale fast
expect 64 sandbox --fault-rate 1.5
expect 64 sandbox --listen 192.0.2.1:0 # not loopback
if [ -w /dev/full ]; then
    "$plinth" help >/dev/full 2>err && fail 'a full disk goes unnoticed'
    has err 'standard output'
fi

# --- Shipped baselines -----------------------------------------------------------------------

expect 64 validate
has err 'no plinth.yaml here'
for file in "$source"/baselines/*.yaml; do
    name=$(basename "$file" .yaml)
    expect 0 validate "$file"
    has out 'is valid'
    expect 0 validate "$name"
    expect 0 validate "baselines/$name.yaml"
    expect 0 validate --output json "$name"
    is_json out
done
expect 64 validate startpu
has err 'did you mean "startup"?'
expect 64 validate no/such/file.yaml
PLINTH_DATADIR="$work/nowhere" "$plinth" validate startup >out 2>err
[ $? -eq 64 ] || fail 'PLINTH_DATADIR does not stand for all other places'

# --- Mistakes and their places ---------------------------------------------------------------

# broken PLACE TEXT: the baseline on standard input is refused with TEXT at PLACE.
broken() {
    cat >broken.yaml
    expect 65 validate broken.yaml
    is_empty out
    grep -F -e "broken.yaml:$1: " err | grep -qF -e "$2" || fail "no \"$2\" at $1"
}

broken 3:1 "unknown key 'regoins' in baseline; did you mean 'regions'?" <<'END'
apiVersion: plinth/v1
name: acme
regoins: [eu-central-1]
home_region: eu-central-1
END
broken 1:1 'home_region' <<'END'
apiVersion: plinth/v1
name: acme
END
broken 1:13 'plinth/v1' <<'END'
apiVersion: plinth/v9
name: acme
home_region: eu-central-1
END
broken 3:14 'a region such as' <<'END'
apiVersion: plinth/v1
name: acme
home_region: Frankfurt
END
broken 3:1 "home_region" <<'END'
apiVersion: plinth/v1
home_region: eu-central-1
home_region: eu-west-1
name: acme
END
broken 6:12 'an email address' <<'END'
apiVersion: plinth/v1
name: acme
home_region: eu-central-1
accounts:
  - name: prod
    email: nobody
END
broken 8:12 'prod@example.com' <<'END'
apiVersion: plinth/v1
name: acme
home_region: eu-central-1
accounts:
  - name: prod
    email: prod@example.com
  - name: dev
    email: prod@example.com
END
broken 9:9 'Worklaods' <<'END'
apiVersion: plinth/v1
name: acme
home_region: eu-central-1
organizational_units:
  Workloads: {}
accounts:
  - name: prod
    email: prod@example.com
    ou: Worklaods
END
broken 5:3 'root_acess' <<'END'
apiVersion: plinth/v1
name: acme
home_region: eu-central-1
controls:
  root_acess: {}
END
broken 3:14 "unknown variable 'region'" <<'END'
apiVersion: plinth/v1
name: acme
home_region: "${var.region}"
END
broken 4:8 'not YAML' <<'END'
apiVersion: plinth/v1
name: acme
home_region: [eu-central-1
regions: eu
END
broken 4:11 'no-such-file.yaml' <<'END'
apiVersion: plinth/v1
name: acme
home_region: eu-central-1
include: [no-such-file.yaml]
END
broken 6:15 'scp/no-such-template' <<'END'
apiVersion: plinth/v1
name: acme
home_region: eu-central-1
policies:
  - name: nothing
    template: scp/no-such-template
    attach: [root]
END
broken 7:15 'Effect: must be' <<'END'
apiVersion: plinth/v1
name: acme
home_region: eu-central-1
policies:
  - name: nothing
    type: service_control_policy
    document: {Version: "2012-10-17", Statement: [{Effect: Alow, Action: "*", Resource: "*"}]}
    attach: [root]
END

broken 5:13 'the key "Dev"' <<'END'
apiVersion: plinth/v1
name: acme
home_region: nowhere
organizational_units:
  {Dev: {}, Dev: {}}
name: again
END
has err "broken.yaml:3:14: "
has err 'broken.yaml:6:1: the key "name" stands in this map already, in line 2'
has err 'broken.yaml has 3 errors'

# All mistakes of a file are told in one run, in the order of their places.
broken 2:1 "unknown key 'nmae'" <<'END'
apiVersion: plinth/v1
nmae: acme
home_region: nowhere
END
has err 'broken.yaml:3:14: '
has err 'broken.yaml has 3 errors'
expect 65 validate --output json broken.yaml
is_json out
has out '"valid": false'
has out '"line": 3'
expect 65 plan broken.yaml
expect 65 permissions broken.yaml

# --- init ------------------------------------------------------------------------------------

expect 64 init --name acme </dev/null
has err 'there is no terminal'
expect 0 init --name acme --home-region eu-central-1 --regions us-east-1,eu-central-1 \
    --regions eu-west-1 --email aws@example.com
expect 0 validate
has out 'regions:   eu-central-1 us-east-1 eu-west-1 (home: eu-central-1)'
has out 'accounts:  5'
cp plinth.yaml before.yaml
expect 64 init --name other --home-region eu-west-1 --regions eu-west-1 --email a@example.com
has err 'exists already'
cmp -s plinth.yaml before.yaml || fail 'init replaced a file'
expect 0 init --force --name other --home-region eu-west-1 --regions eu-west-1 \
    --email a@example.com
grep -q 'name: "other"' plinth.yaml || fail 'init --force did not replace the file'
expect 65 init --name acme --home-region Frankfurt --regions Frankfurt --email a@example.com bad.yaml
has err 'nothing was written'
[ ! -e bad.yaml ] || fail 'init wrote a baseline that is not valid'
expect 64 init --name 'a"b' --home-region eu-west-1 --regions eu-west-1 --email a@b.example bad.yaml
expect 64 init --name a --home-region eu-west-1 --regions eu-west-1 --email nobody bad.yaml
"$source/tests/scenario/on_terminal.py" 0 --see 'Name' --say acme --see 'Home region' --say '' \
    --see 'Allowed regions' --say 'eu-central-1, eu-west-1' --see 'Mailbox' --say aws@example.com \
    -- "$plinth" init asked.yaml >out 2>err || fail 'init on a terminal'
expect 0 validate asked.yaml
has out 'regions:   eu-central-1 eu-west-1 (home: eu-central-1)'

# --- schema, permissions ---------------------------------------------------------------------

expect 0 schema
is_json out
has out '"home_region"'
has out '"security_role"'
expect 0 schema --markdown
has out 'home_region'
expect 0 permissions
is_json out
is_empty err
has out '"organizations:CreateAccount"'
has out '"sts:AssumeRole"'
has out 'arn:aws:iam::*:role/OrganizationAccountAccessRole'
has out '"organizations:DescribeOrganization"'
has out '"organizations:ListTargetsForPolicy"' # of policy who-can --live
has out '"organizations:ListPoliciesForTarget"'
has out '"organizations:DescribeEffectivePolicy"' # of policy effective --live
expect 0 permissions --for member
is_json out
lacks out '"organizations:ListTargetsForPolicy"'
has out '"iam:CreateRole"'
lacks out 'organizations:CreateAccount'
lacks out 'sts:AssumeRole'
grep -v security_role plinth.yaml >small.yaml
expect 0 permissions small.yaml --for member
has out '"cloudtrail:LookupEvents"'
lacks out iam:
lacks out backup:
cat >backups.yaml <<'END'
apiVersion: plinth/v1
name: acme
home_region: eu-central-1
regions: [eu-central-1, eu-west-1]
organization: {trusted_access: [backup.amazonaws.com]}
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
  - {name: Backup, email: aws+backup@example.com, roles: [backup]}
controls: {backup: {region: eu-west-1}}
END
expect 0 permissions backups.yaml --for member
has out '"tag:GetResources"' # of the report
has out '"backup-storage:MountCapsule"'
lacks out RestoreTesting
lacks out LogicallyAirGapped
echo 'controls: {backup: {region: eu-west-1, air_gapped: {min_days: 7, max_days: 9}}}' >line
grep -v ^controls backups.yaml | cat - line >gapped.yaml
expect 0 permissions gapped.yaml --for member
has out '"backup:CreateLogicallyAirGappedBackupVault"'

# --- Without credentials, without anybody there ----------------------------------------------

expect 1 plan
is_empty out
expect 1 plan --output json
is_json out
has out '"error"'
expect 1 sandbox env --listen 127.0.0.1:1
has err 'no sandbox answers'

# --- A sandbox from start to end -------------------------------------------------------------

start_sandbox --seed 1 --no-delays --state state.json
expect 0 sandbox env --listen "$address"
has out "export AWS_ENDPOINT_URL='http://$address'"
has out 'unset AWS_SESSION_TOKEN AWS_PROFILE'
has out "export AWS_DEFAULT_REGION='"
has out "aws --endpoint-url http://$address"
(eval "$(cat out)" && [ "$AWS_ENDPOINT_URL" = "http://$address" ]) || fail 'sandbox env is no shell'
expect 0 sandbox calls --listen "$address"
is_json out
expect 2 plan
has out '+ organizational unit "Workloads/Prod"'
[ "$(writes)" = 0 ] || fail 'plan writes'
expect 2 plan --output json -o approved.plan
is_json out
is_json approved.plan
has out '"kind": "plan"'
has out '"targets"'
expect 64 plan --only no_such_control
expect 64 apply
has err 'needs --yes'
[ "$(writes)" = 0 ] || fail 'apply without an answer writes'
"$source/tests/scenario/on_terminal.py" 3 --see 'Type yes to apply' --say no \
    -- "$plinth" apply >out 2>err || fail 'apply goes on after a no'
has out 'arn:aws:'
has out 'partition:     aws'
"$source/tests/scenario/on_terminal.py" 130 --see 'Type yes to apply' --say '^C' \
    -- "$plinth" apply >out 2>err || fail 'Ctrl-C does not end a question'
[ "$(writes)" = 0 ] || fail 'apply without a yes writes'
expect 64 apply approved.plan --yes --only policies
has err 'a plan file brings its own'
expect 0 apply --yes approved.plan
has err 'organization:  none yet'
before=$(writes)
[ "$before" -gt 0 ] || fail 'apply did not write'
expect 3 apply --yes approved.plan
has err 'is refused'
expect 0 apply --yes
[ "$(writes)" = "$before" ] || fail 'a second apply writes'
expect 0 drift --output json
is_json out
has out '"kind": "drift"'
has out '"drifted": 0'
expect 0 plan -o clean.plan --account prod
echo '# a comment changes nothing' >>plinth.yaml
expect 0 apply --yes clean.plan
sed 's/      Dev: {}/      Dev: {}\n      Test: {}/' plinth.yaml >more.yaml && mv more.yaml plinth.yaml
expect 3 apply --yes clean.plan
has err 'the baseline has changed since'
expect 2 plan
has out 'Workloads/Test'
"$source/tests/scenario/on_terminal.py" 0 --see '1 change, none of them takes something away' --say yes \
    -- "$plinth" apply >out 2>err || fail 'apply on a terminal'

# What could not be read comes before what differs, and is named; a refused write likewise.
inject() {
    python3 -c 'import sys, urllib.request as u
u.urlopen(u.Request(sys.argv[1] + "/_sandbox/inject", sys.argv[2].encode()))' \
        "$AWS_ENDPOINT_URL" "$1" || fail "inject $1"
}
sed 's/      Dev: {}/      Dev: {}\n      Lab: {}/' plinth.yaml >lab.yaml
export AWS_ENDPOINT_URL_IAM=http://127.0.0.1:1 AWS_MAX_ATTEMPTS=1
expect 4 plan lab.yaml
has out 'Workloads/Lab'
has out 'unknown'
has err 'unknown: security_role, account prod'
expect 4 drift lab.yaml --only security_role --account prod
unset AWS_ENDPOINT_URL_IAM AWS_MAX_ATTEMPTS

# An account of this hour that cannot be entered is planned as empty, and said to be.
sed 's/^organization:/organization:\n  member_role: NoSuchRole/' plinth.yaml >other_role.yaml
expect 2 plan other_role.yaml --only security_role --account prod
has out 'new and cannot be entered yet'

inject '{"fault": "refuse_one", "nth_write": 1}'
expect 4 apply --yes lab.yaml
has out 'failed'
has err 'failed: organizational_units, organization'
inject '{"fault": "none"}'
expect 0 apply --yes lab.yaml --quiet

# Nothing is taken away without --prune; with it that is shown first and counted in the question.
sed '/^policies:/,/^controls:/{/^controls:/!d;}' plinth.yaml >no_policy.yaml
expect 0 plan no_policy.yaml
expect 2 plan no_policy.yaml --prune
head -n 2 out | grep -q '^    - SCP' || fail 'what is taken away is not shown first'
"$source/tests/scenario/on_terminal.py" 0 --see '2 changes, 2 of them take something away' --say yes \
    -- "$plinth" apply no_policy.yaml --prune >out 2>err || fail 'apply --prune on a terminal'
expect 0 apply --yes
has out '+ SCP'

# A log in JSON is JSON line by line, and holds no secret.
expect 0 drift --debug --log-format json
grep '^{' err >log || fail 'nothing was logged'
while read -r line; do
    echo "$line" >line
    is_json line
done <log
has log '"op":"GetCallerIdentity"'
lacks err "$AWS_SECRET_ACCESS_KEY"
expect 0 drift --quiet
grep -v '^==' err >noise # the sanitizers' own
is_empty noise

# Plan files that are none.
echo '{"format": "plinth/plan-file/v9"}' >odd.plan
expect 1 apply --yes odd.plan
has err 'plinth/plan-file/v9'
echo '{"format": "plinth/plan-file/v1"}' >odd.plan
expect 1 apply --yes odd.plan
has err 'damaged'

stop_sandbox || fail "the sandbox ends with $?"
is_json state.json
start_sandbox --seed 1 --no-delays --state state.json
expect 0 drift
stop_sandbox || fail "the sandbox ends with $?"
echo '{"broken": ' >state.json
expect 1 sandbox --listen 127.0.0.1:0 --state state.json
has err 'was left as it is'
[ "$(cat state.json)" = '{"broken": ' ] || fail 'a broken state file was written over'

# --- Interrupted -----------------------------------------------------------------------------

# Accounts take their time here, so that there is something to interrupt.
start_sandbox --seed 1
: >err # what the last command left there is not waited for below
"$plinth" apply --yes >out 2>err &
pid=$!
wait_for 10 grep -q '^plinth: done: ' err
kill "$pid"
wait "$pid"
[ $? -eq 130 ] || fail 'an interrupted apply does not exit with 130'
has err 'stopping: running writes finish'
has err 'interrupted: '
has out 'interrupted'
stop_sandbox || fail "the sandbox ends with $?"

# A peer that never answers keeps the first signal waiting, but not the second.
python3 -c '
import socket, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
kept = [server.accept()]
print("accepted", flush=True)
time.sleep(60)' >peer &
# shellcheck disable=SC2034 # read in the clean-up
sandbox=$!

wait_for 10 test -s peer
: >err
AWS_ENDPOINT_URL=http://127.0.0.1:$(head -n 1 peer) "$plinth" plan >out 2>err &
pid=$!
wait_for 10 grep -q accepted peer
wait_for 30 grep -q 'waiting for sts in eu-west-1, attempt 1' err ||
    fail 'nobody says who does not answer'
kill "$pid"
wait_for 10 grep -q 'stopping:' err
kill "$pid"
wait "$pid"
[ $? -eq 130 ] || fail 'the second signal does not end the process'
has err 'stopped at once'
# A narrow terminal: a line that wraps could not be written over.
AWS_ENDPOINT_URL=http://127.0.0.1:$(head -n 1 peer) "$source/tests/scenario/on_terminal.py" 130 \
    --columns 24 --see 'plan: reading' --say '^C' --see 'stopping:' --say '^C' \
    -- "$plinth" plan >out 2>err || fail 'plan on a narrow terminal'
tr '\r' '\n' <out | grep -F 'plan: reading' | sed 's/\x1b.*//' | grep -q '.\{24\}' &&
    fail 'the progress line is wider than the terminal'
stop_sandbox

finish
