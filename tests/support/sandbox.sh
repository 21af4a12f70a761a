#!/bin/sh
# sandbox.sh - for the other scenarios: a sandbox of their own, and what they say of failures.
#
#   . "$(dirname "$0")/../support/sandbox.sh"      with the program's path in $1
#
# Sets $plinth, $source, $work (the current folder) and the environment; start_sandbox points the
# AWS variables at it.  What is started here is ended here, by its id.  (No test by itself.)
set -u
unset CDPATH AWS_PROFILE AWS_SESSION_TOKEN AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY PLINTH_DATADIR
unset AWS_ENDPOINT_URL AWS_REGION AWS_DEFAULT_REGION
plinth=$(realpath "$1") || exit 2
# shellcheck disable=SC2034 # for who sources this
source=$(realpath "$(dirname "$0")/../..") || exit 2
work=$(mktemp -d) || exit 2
cd "$work" || exit 2
# Nothing of the person who runs this may matter.
export HOME="$work" AWS_CONFIG_FILE="$work/none" AWS_SHARED_CREDENTIALS_FILE="$work/none"
export AWS_EC2_METADATA_DISABLED=true NO_COLOR=1
sandbox=
failures=0

stop_sandbox() {
    [ -n "$sandbox" ] || return 0
    kill "$sandbox" 2>/dev/null
    wait "$sandbox"
    stopped=$?
    sandbox=
    return $stopped
}

clean_up() {
    stop_sandbox
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

fail() {
    failures=$((failures + 1))
    echo "FAILED: $*" >&2
    for stream in out err; do
        [ ! -s $stream ] || sed "s/^/    $stream: /" $stream | head -n 20 >&2
    done
}

# wait_for SECONDS COMMAND...: true once the command is.
wait_for() {
    tries=$((10 * $1))
    shift
    until "$@"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.1
    done
}

# start_sandbox OPTIONS...: on a free port, in $address; the AWS variables point at it.  Where
# $PLINTH_RECORD names a folder, what is asked and answered is added there.
start_sandbox() {
    [ -z "${PLINTH_RECORD:-}" ] || set -- "$@" --record "$PLINTH_RECORD/sandbox-$$.jsonl"
    : >sandbox.out # the last one's line must not be taken for this one's
    "$plinth" sandbox --listen 127.0.0.1:0 "$@" >sandbox.out 2>sandbox.err </dev/null &
    sandbox=$!
    if ! wait_for 30 grep -q 'http://' sandbox.out; then
        cp sandbox.err err
        fail "the sandbox does not start"
        exit 1
    fi
    address=$(sed -n 's|.*http://\([0-9.:]*\).*|\1|p' sandbox.out | head -n 1)
    "$plinth" sandbox env --listen "$address" >sandbox.env || exit 1
    # shellcheck disable=SC1091 # written a line above
    . ./sandbox.env
}

writes() {
    "$plinth" sandbox calls --listen "$address" | sed -n 's/.*"writes": *\([0-9]*\).*/\1/p'
}

# expect CODE arguments...: run plinth without a terminal; its output is in ./out and ./err.
expect() {
    wanted=$1
    shift
    "$plinth" "$@" >out 2>err </dev/null
    got=$?
    [ $got -eq "$wanted" ] || fail "plinth $* exits with $got and not with $wanted"
}

# has out|err TEXT: the stream of the last run holds the text, as it is.
has() {
    grep -qF -e "$2" "$1" || fail "$1 lacks \"$2\""
}

lacks() {
    ! grep -qF -e "$2" "$1" || fail "$1 has \"$2\""
}

is_empty() {
    [ ! -s "$1" ] || fail "$1 is not empty"
}

is_json() {
    python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$1" 2>/dev/null ||
        fail "$1 is no JSON"
}

finish() {
    [ $failures -eq 0 ] || exit 1
}
