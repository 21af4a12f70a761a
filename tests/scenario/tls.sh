#!/bin/sh
# tls.sh - plinth over TLS and through a proxy, under the names that AWS's services have.
#
#   tests/scenario/tls.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"
unset HTTPS_PROXY https_proxy ALL_PROXY all_proxy NO_PROXY no_proxy

# start_front ROOT: TLS before the sandbox, in $front; its root certificate goes to the file.
start_front() {
    rm -f front.in
    : >front.out # the last one's says where that one listened
    mkfifo front.in
    "$(dirname "$plinth")/tests/tls_front" "${address##*:}" "$1" <front.in >front.out 2>&1 &
    front_id=$!
    exec 9>front.in
    if ! wait_for 30 grep -q 'listening' front.out; then
        fail "the front does not start: $(cat front.out)"
        exit 1
    fi
    front=$(sed -n 's/listening on //p' front.out)
}

# It says what it saw when its standard input ends, which is when we do, too.
stop_front() {
    exec 9>&-
    wait "$front_id" || fail "the front exits with $?"
}

saw() {
    sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" front.out
}

reads() {
    "$plinth" sandbox calls --listen "$address" | sed -n 's/.*"reads": *\([0-9]*\).*/\1/p'
}

cp "$source/baselines/minimal.yaml" plinth.yaml
start_sandbox --seed 1 --no-delays

# --- Who is not known is told nothing ----------------------------------------------------------

start_front first.pem
export AWS_ENDPOINT_URL="https://$front"
expect 1 drift
has err "$front: SSL certificate problem"
stop_front
start_front root.pem
export AWS_ENDPOINT_URL="https://$front" AWS_CA_BUNDLE="$work/first.pem"
expect 1 drift # the first front was another one
has err "$front: SSL certificate problem"
stop_front
[ "$(saw full)" = 0 ] || fail "a server that is not known was spoken to: $(cat front.out)"
[ "$(saw refused)" -gt 0 ] || fail "the front was not there: $(cat front.out)"
[ "$(reads)" = 0 ] || fail "something was asked"

# --- AWS's names -------------------------------------------------------------------------------

start_front root.pem
unset AWS_ENDPOINT_URL
export HTTPS_PROXY="http://$front" AWS_CA_BUNDLE="$work/root.pem"
expect 0 apply --yes
expect 0 drift
stop_front
[ "$(saw names)" -ge 4 ] || fail "hardly a service was asked under its name: $(cat front.out)"
[ "$(saw refused)" = 0 ] || fail "a handshake failed: $(cat front.out)"
finish
