#!/bin/sh
# failures.sh - what a program sees when a command fails: one JSON document on standard output with
# --output json, events on standard error with --log-format json.
#
#   tests/scenario/failures.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

# fails EXIT CODE arguments...: and says so in a document of its own.
fails() {
    exit=$1 code=$2
    shift 2
    expect "$exit" "$@" --output json
    is_json out
    has out '"format": "plinth/error/v1"'
    has out "\"code\": \"$code\""
    has out "\"exit\": $exit"
    has out '"message": '
    has err 'plinth: '
    expect "$exit" "$@" --output json --log-format json
    is_json out
    grep -v '^==' err >events # the sanitizers' own
    [ -s events ] || fail "plinth $* logs no event"
    while read -r line; do
        echo "$line" >line
        is_json line
    done <events
    has events '"level":"error"'
}

cp "$source/baselines/minimal.yaml" plinth.yaml
cat >broken.yaml <<'END'
apiVersion: plinth/v1
nmae: acme
home_region: nowhere
END
for command in validate plan apply drift; do
    fails 64 usage $command --no-such-option
    fails 64 usage $command one.yaml two.yaml
    fails 64 usage $command no/such/file.yaml
    fails 65 config $command broken.yaml
    has out '"valid": false'
    has out '"file": "broken.yaml"'
    has out '"line": 3'
    has out '"column": 14'
    has events '"event":"mistake","file":"broken.yaml","line":"3","column":"14"'
done
for command in plan apply drift; do
    fails 1 notfound $command # no credentials
done
fails 64 usage plan -o plinth.yaml
echo '{"format": "plinth/plan-file/v9"}' >odd.plan
fails 1 protocol apply --yes odd.plan

start_sandbox --seed 1 --no-delays
fails 64 usage plan --only no_such_control
fails 64 usage apply
expect 2 plan -o approved.plan
expect 0 apply --yes
fails 3 gate apply --yes approved.plan
stop_sandbox || fail "the sandbox ends with $?"

# Commands without --output have no document.
expect 1 sandbox env --listen 127.0.0.1:1 --log-format json
is_empty out
grep -v '^==' err >event
is_json event
expect 64 sandbox nonsense --log-format json
grep -v '^==' err >event
is_json event

finish
