#!/bin/sh
# files.sh - what plinth reads and writes beside AWS: it destroys nothing that it did not write,
# and waits for nobody.
#
#   tests/scenario/files.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

# --- Plan files ------------------------------------------------------------------------------

start_sandbox --seed 1 --no-delays --state state.json
cp "$source/baselines/minimal.yaml" plinth.yaml
cp plinth.yaml kept.yaml

expect 2 plan -o new.plan
has new.plan plinth/plan-file/v1
expect 2 plan -o new.plan
: >empty.plan
expect 2 plan -o empty.plan
has empty.plan plinth/plan-file/v1
expect 64 plan -o plinth.yaml
has err 'plinth.yaml exists and is no plan file'
cmp -s plinth.yaml kept.yaml || fail 'plan -o wrote over the baseline'
echo '{"format": "other/v1"}' >other.json
expect 64 plan -o other.json
has other.json other/v1
mkfifo pipe
expect 64 plan -o pipe
has err 'not a regular file'
[ -p pipe ] || fail 'plan -o replaced a pipe'
expect 64 plan -o /dev/null
[ -c /dev/null ] || fail 'plan -o replaced a device'
mkdir folder
expect 64 plan -o folder
mkdir plans
ln -s plans/real.plan link.plan
expect 2 plan -o link.plan
[ -L link.plan ] || fail 'plan -o replaced a link'
has plans/real.plan plinth/plan-file/v1
expect 2 plan -o link.plan
[ -L link.plan ] || fail 'plan -o replaced a link to a plan'
ln -s turn.plan turn.plan
expect 1 plan -o turn.plan
has err 'cannot be written'
expect 1 plan -o no/such/folder/x.plan
has err 'cannot be written'

# A plan knows its baseline from any folder.
(cd folder && "$plinth" plan ../plinth.yaml -o there.plan >/dev/null 2>&1)
"$plinth" apply --yes folder/there.plan >out 2>err </dev/null ||
    fail 'a plan file does not find its baseline'
has folder/there.plan "\"baseline\": \"$work/plinth.yaml\""

# --- init and the sandbox --------------------------------------------------------------------

init() {
    wanted=$1
    shift
    expect "$wanted" init --name acme --home-region eu-west-1 --regions eu-west-1 \
        --email aws@example.com "$@"
}
init 64 --force pipe
[ -p pipe ] || fail 'init --force replaced a pipe'
init 64 --force folder
ln -s kept.yaml link.yaml
init 0 --force link.yaml
[ -L link.yaml ] || fail 'init --force replaced a link'
has kept.yaml 'name: "acme"'
init 1 no/such/folder/x.yaml
stop_sandbox || fail "the sandbox ends with $?"
expect 1 sandbox --listen 127.0.0.1:0 --state no/such/folder/state.json
has err 'cannot be written'
is_empty out
expect 64 sandbox --listen 127.0.0.1:0 --state pipe
[ -p pipe ] || fail 'the sandbox replaced a pipe'

# --- Baselines that are no files -------------------------------------------------------------

# reads CODE TEXT arguments...: within its time, whoever else is there or is not.
reads() {
    wanted=$1 text=$2
    shift 2
    timeout 60 "$plinth" "$@" >out 2>err
    got=$?
    [ $got -eq "$wanted" ] || fail "plinth $* exits with $got and not with $wanted"
    cat out err >both
    has both "$text"
}

reads 1 'nobody wrote into this pipe' validate pipe
cat plinth.yaml >pipe &
reads 0 'pipe is valid' validate pipe
wait $!
reads 0 '/dev/stdin is valid' validate - <plinth.yaml
cat plinth.yaml >pipe &
reads 0 '/dev/stdin is valid' validate - <pipe
wait $!
cat plinth.yaml >pipe &
reads 0 '/dev/stdin is valid' validate /dev/stdin <pipe
wait $!
mkdir templates
cp -r "$source/templates/scp" templates/mine
sed 's|scp/deny-leave-organization|mine/deny-leave-organization|' plinth.yaml >mine.yaml
reads 0 'is valid' validate - <mine.yaml
printf 'organizational_units: {Extra: {}}\n' >extra.yaml
{ cat plinth.yaml && echo 'include: [extra.yaml]'; } >including.yaml
reads 0 'is valid' validate - <including.yaml
reads 65 'larger than' validate /dev/zero
reads 64 'folder is a folder' validate folder
mkdir startup
reads 0 'is valid' validate startup
head -c 5000000 /dev/zero >huge.yaml
expect 65 validate huge.yaml
has err 'huge.yaml: larger than'
lacks err 'huge.yaml: huge.yaml'
start_sandbox --seed 1 --no-delays
cat plinth.yaml >pipe &
reads 64 'needs a baseline that is a file' plan - -o piped.plan <pipe
wait $!
cat plinth.yaml >pipe &
reads 0 'changed' apply --yes - <pipe
wait $!
stop_sandbox || fail "the sandbox ends with $?"

finish
