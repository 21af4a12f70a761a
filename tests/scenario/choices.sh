#!/bin/sh
# choices.sh - what a person sees before a yes, and what a selection leaves.
#
#   tests/scenario/choices.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

cp "$source/baselines/minimal.yaml" plinth.yaml
start_sandbox --seed 1 --no-delays

# --- A question stands behind its plan -------------------------------------------------------

# asks COMMAND...: on a terminal, with the plan on it before the question.
asks() {
    "$source/tests/scenario/on_terminal.py" 3 --see '+ organizational unit' --say '' \
        --see 'Type yes to apply' --say no -- "$@" >out 2>err || fail "$*"
}
asks "$plinth" apply
asks /bin/sh -c 'exec "$0" apply 2>log' "$plinth"
asks "$plinth" apply --log-format json
asks "$plinth" apply --quiet
[ "$(writes)" = 0 ] || fail 'apply without a yes writes'

# --- For people and programs -------------------------------------------------------------------

expect 2 drift --output jsonl
[ "$(tail -n 1 out | sed -n 's/.*"drifted":\([0-9]*\).*/\1/p')" = \
    "$(grep -c '"outcome":"drifted"' out)" ] || fail 'the lines do not add up'
expect 2 drift --output markdown
has out '## plinth drift: minimal'
expect 2 plan --output junit
has out '<failure message="drifted: create organizational unit'
expect 2 drift --output sarif
has out '"uri": "plinth.yaml"'
expect 2 drift --output ocsf
has out '"class_uid":2003'

# --- A plan file shows itself ----------------------------------------------------------------

expect 2 plan -o change.plan
has change.plan '"    + organizational unit '
sed 's/"report"/"story"/' change.plan >edited.plan
expect 0 apply --yes edited.plan --quiet # the report is for people: nothing is bound to it
has err 'caller:        arn:aws'
has err 'none of them takes something away'
lacks err '+ organizational unit'
expect 0 plan

# --- Selections ------------------------------------------------------------------------------

for command in plan 'apply --yes' drift; do
    # shellcheck disable=SC2086 # a command and its option
    expect 64 $command --only organization --exclude organization
    has err 'select no target'
done
cat >no_regions.yaml <<'END'
apiVersion: plinth/v1
name: acme
home_region: eu-central-1
regions: [eu-central-1, eu-west-1]
organizational_units:
  Security: {}
END
expect 64 plan no_regions.yaml --region eu-west-1
has err 'no selected control works by region'
lacks err 'no region'
expect 64 plan no_regions.yaml --region eu-west-9
has err 'no selected control works by region'

stop_sandbox || fail "the sandbox ends with $?"
finish
