#!/bin/sh
# quickstart.sh - the main job of plinth, from nothing, without an AWS account.
#
#   sh examples/quickstart.sh
#
# Installs the Debian packages it lacks, builds plinth, starts an empty simulated AWS on loopback and
# builds an organization in it over HTTP: validate, plan, apply, apply again (no write), then some
# damage behind plinth's back, which `drift` finds and `apply` mends.  Ends what it started.
set -eu
cd "$(dirname "$0")/.."
unset CDPATH

plinth=build/release/plinth
baseline=baselines/startup.yaml
work=$(mktemp -d)
sandbox=

clean_up() {
    if [ -n "$sandbox" ]; then
        kill "$sandbox" 2>/dev/null || true
        wait "$sandbox" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n# %s\n' "$*"; }
run() {
    echo "\$ $*"
    "$@"
}

# What a command must exit with, or this is no demonstration of anything.
expect() {
    wanted=$1
    shift
    code=0
    run "$@" || code=$?
    if [ "$code" != "$wanted" ]; then
        echo "quickstart: exit code $code, expected $wanted" >&2
        exit 1
    fi
}

# Changes that somebody made: a number out of the sandbox's own counters.
writes() { "$plinth" sandbox calls --listen "$address" | sed -n 's/.*"writes": *\([0-9]*\).*/\1/p'; }

# Somebody else's client: curl signs by itself, so that plinth has no part in the damage.
organizations() { # operation, JSON
    curl -sS --fail-with-body --noproxy '*' \
        --aws-sigv4 "aws:amz:us-east-1:organizations" \
        --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
        -H 'Content-Type: application/x-amz-json-1.1' \
        -H "X-Amz-Target: AWSOrganizationsV20161128.$1" --data "$2" "$AWS_ENDPOINT_URL/"
}

say "Build (once; about a minute on two cores)"
tools/packages.sh build
mkdir -p build
if ! { cmake --preset release && cmake --build --preset release --target plinth; } \
    >build/quickstart.log 2>&1; then
    tail -n 40 build/quickstart.log >&2
    exit 1
fi
run "$plinth" version

say "Start an empty AWS on loopback"
echo "\$ $plinth sandbox --listen 127.0.0.1:0 --time-scale 0.02 &"
"$plinth" sandbox --listen 127.0.0.1:0 --time-scale 0.02 >"$work/sandbox.out" 2>"$work/sandbox.log" &
sandbox=$!
address=
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    address=$(sed -n 's|.*http://\(127\.0\.0\.1:[0-9]*\).*|\1|p' "$work/sandbox.out" |
        head -n 1)
    [ -z "$address" ] || break
    sleep 0.25
done
if [ -z "$address" ]; then
    cat "$work/sandbox.out" "$work/sandbox.log" >&2
    echo "quickstart: the sandbox did not start" >&2
    exit 1
fi
echo "\$ eval \"\$($plinth sandbox env --listen $address)\""
"$plinth" sandbox env --listen "$address" >"$work/env"
# shellcheck disable=SC1091 # written a line above
. "$work/env"

say "Check the baseline, offline"
expect 0 "$plinth" validate "$baseline"

say "Plan: what is missing from an empty AWS (exit code 2: changes pending)"
expect 2 "$plinth" plan "$baseline"
echo "Writes so far, as the sandbox counted them: $(writes)"

say "Apply"
expect 0 "$plinth" apply "$baseline" --yes --quiet
first=$(writes)

say "Apply again: nothing differs, so nothing is written"
expect 0 "$plinth" apply "$baseline" --yes --quiet
echo "Writes of the first apply: $first; of the second: $(($(writes) - first))"
[ "$(writes)" = "$first" ]

say "Damage: somebody detaches a policy from the root, with another client"
policy=$(organizations ListPolicies '{"Filter":"SERVICE_CONTROL_POLICY"}' | tr '{' '\n' |
    sed -n '/"Name":"plinth-/s/.*"Id":"\(p-[a-z0-9]*\)".*/\1/p' | head -n 1)
target=$(organizations ListTargetsForPolicy "{\"PolicyId\":\"$policy\"}" | tr '{' '\n' |
    sed -n 's/.*"TargetId":"\([a-z0-9-]*\)".*/\1/p' | head -n 1)
echo "(with curl: organizations DetachPolicy, PolicyId $policy, TargetId $target)"
organizations DetachPolicy "{\"PolicyId\":\"$policy\",\"TargetId\":\"$target\"}"

say "Drift: plinth compares with AWS, not with a state file (exit code 2: drift found)"
expect 2 "$plinth" drift "$baseline"

say "Mend it"
expect 0 "$plinth" apply "$baseline" --yes --quiet
expect 0 "$plinth" drift "$baseline"

say "Done. The same baseline on real AWS:"
cat <<'TEXT'
  1. Copy baselines/startup.yaml to plinth.yaml; set your name, regions and email addresses.
  2. Use credentials of the management account (a profile, SSO, environment variables ...), with no
     AWS_ENDPOINT_URL set. `plinth permissions` prints the actions that they need.
  3. plinth validate && { plinth plan; plinth apply; }   (plan exits with 2: there is something to do)
TEXT
