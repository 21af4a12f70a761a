#!/bin/sh
# rollout_machines.sh - a rollout whose state is in S3: carried out on machines whose disks go away,
# and spoken to from a laptop.  One that was suspended writes nothing once another has taken over.
#
#   tests/scenario/rollout_machines.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

baseline() { # BAKE ACTION: a policy that denies ACTION where Work is
    cat <<END
apiVersion: plinth/v1
name: machines
home_region: eu-central-1
regions: [eu-central-1]
lock: s3
organizational_units: {Work: }
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
  - {name: One, email: aws+one@example.com, ou: Work}
  - {name: Two, email: aws+two@example.com, ou: Work}
policies:
  - name: work
    type: service_control_policy
    attach: [Work]
    document:
      Version: "2012-10-17"
      Statement: [{Sid: Work, Effect: Deny, Action: "$2", Resource: "*"}]
rollout:
  waves:
    - {name: canary, accounts: [One]}
  bake: $1
  max_denied: 0
END
}

# Each machine has a disk of its own.
on() { # MACHINE VERB
    HOME="$work/$1" XDG_STATE_HOME="$work/$1/state" "$plinth" rollout "$2" plinth.yaml \
        >out 2>err </dev/null
}

lose_disk() {
    rm -rf "${work:?}/$1"
}

# begin MACHINE arguments...: in the background, as $run.
begin() {
    machine=$1
    shift
    HOME="$work/$machine" XDG_STATE_HOME="$work/$machine/state" "$plinth" rollout "$@" plinth.yaml \
        --yes >"$machine.out" 2>"$machine.err" </dev/null &
    run=$!
}

status() { # as the laptop sees it
    on laptop status
    cp out status.out
}

is() { # TEXT of the status
    status && grep -qF -e "$1" status.out
}

ends() { # CODE MACHINE: as $run should
    wait $run
    got=$?
    [ $got -eq "$1" ] || {
        cp "$2.out" out
        cp "$2.err" err
        fail "the rollout on $2 exits with $got and not with $1"
    }
}

start_sandbox --no-delays
baseline 0s 'glacier:*' >plinth.yaml
HOME="$work/laptop" expect 0 apply plinth.yaml --yes
status || fail "a status of nothing is $?"
has status.out 'no rollout of this baseline has begun'

# --- Asked from elsewhere ----------------------------------------------------------------------

baseline 1h 'braket:*' >plinth.yaml
begin ci-1
wait_for 20 is 'bake until' || fail "it does not come to bake"
has status.out 'running, in wave 1 of 2'
has status.out 'carried out by arn:aws:'
on laptop pause || fail "the laptop cannot pause it"
has err 'asked to pause'
wait_for 20 is ': paused' || fail "it does not pause"
has status.out 'asked to pause by arn:aws:'
on laptop resume || fail "the laptop cannot let it go on"
wait_for 20 is ': running' || fail "it does not go on"
on ci-2 status || fail "another machine cannot see it"

# --- Suspended, and taken over by a machine that has nothing -------------------------------------

kill -STOP $run
suspended=$run
begin ci-2
wait_for 90 grep -q "lock taken over" ci-2.err || fail "it is not taken over"
lose_disk ci-1
wait_for 20 is 'bake until' || fail "the next one does not go on with it"
kill -CONT $suspended
second=$run
run=$suspended
ends 3 ci-1
has ci-1.err 'lock'
run=$second
is ': running, in wave 1 of 2 (bake' || fail "it is disturbed by who was suspended"

# --- Ended from elsewhere ------------------------------------------------------------------------

kill -TERM $run
ends 130 ci-2
is 'broken off' || fail "it is not broken off"
on laptop pause || fail "the laptop cannot pause what nobody carries out"
has out 'paused'
begin ci-3
ends 3 ci-3
has ci-3.err 'is paused'
baseline 1s 'braket:*' >plinth.yaml
begin ci-3 resume
ends 0 ci-3
has ci-3.err 'all of it was approved in this rollout'
is ': done' || fail "it is not done"
HOME="$work/ci-4" expect 0 plan plinth.yaml
on laptop abort
[ $? -eq 1 ] || fail "there is nothing to abort"

baseline 1h 'lex:*' >plinth.yaml
begin ci-5
wait_for 20 is 'bake until' || fail "the last one does not come to bake"
on laptop abort || fail "the laptop cannot abort it"
ends 4 ci-5
is ': aborted' || fail "it is not aborted"
HOME="$work/ci-5" expect 2 plan plinth.yaml --verbose
lacks out '+rollout'
[ -z "$(find "$work" -name 'rollout.*')" ] || fail "something of it is on a disk"
stop_sandbox
finish
