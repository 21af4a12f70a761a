#!/bin/sh
# inputs.sh - what is no input: empty, cut off, of another kind; "-" wherever a file is read; and
# standard files that are closed.
#
#   tests/scenario/inputs.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

cp "$source/baselines/minimal.yaml" plinth.yaml
mkdir folder
: >empty
printf '\000\001\002' >binary
echo '[1, 2, 3]' >list.json

# --- What is no baseline ---------------------------------------------------------------------

for command in validate plan 'apply --yes' drift permissions rehearse 'policy lint' history \
    'lock show' 'policy effective Shop' 'account list'; do
    # shellcheck disable=SC2086 # a command and its verb
    {
        for file in empty binary list.json; do
            expect 65 $command $file
            has err "$file:1:1: "
            is_empty out
        done
        expect 64 $command folder
        has err 'folder is a folder, not a baseline'
        expect 64 $command ''
        has err 'an argument is empty'
    }
done

# --- Events ----------------------------------------------------------------------------------

echo '{"Records": []}' | gzip >whole.json.gz
for bytes in 3 12 20; do
    head -c $bytes whole.json.gz >cut.json.gz
    expect 4 policy replay cut.json.gz
    has out '1  malformed records and unreadable files'
    expect 4 policy replay cut.json.gz --output json
    is_json out
    has out '"malformed": 1'
    expect 4 policy replay cut.json.gz whole.json.gz
    has out '2  files'
done
expect 0 policy replay empty
has err 'there was no record to try: nothing is proved'
expect 1 policy replay whole.json.gz nowhere
has err 'nowhere: no such file or folder'
expect 64 policy replay empty --region eu-west-1
has err '--region goes with --lookup'

# --- A dash is standard input or output ------------------------------------------------------

# reads CODE FILE COMMAND...: with the file on standard input.
reads() {
    wanted=$1
    file=$2
    shift 2
    "$plinth" "$@" <"$file" >out 2>err
    got=$?
    [ $got -eq "$wanted" ] || fail "plinth $* <$file exits with $got and not with $wanted"
    # Not only from a file that can be read twice.
    # shellcheck disable=SC2002 # a pipe is what is meant
    cat "$file" | "$plinth" "$@" >out 2>err
    got=$?
    [ $got -eq "$wanted" ] || fail "plinth $* with a pipe exits with $got and not with $wanted"
}
echo 'cases: [{principal: role/x, action: "s3:GetObject", region: eu-central-1, expect: allow}]' >t.yaml
for command in validate permissions rehearse 'policy lint' 'policy effective Security' \
    'policy who-can s3:GetObject --account Security' 'policy test t.yaml'; do
    # shellcheck disable=SC2086 # a command and its words
    reads 0 plinth.yaml $command -
done
reads 0 t.yaml policy test -
reads 64 t.yaml policy test - -
has err 'standard input is read once'
reads 4 binary policy replay -
reads 64 binary policy replay - --baseline -
has err 'standard input is read once'
reads 0 plinth.yaml policy replay --baseline - whole.json.gz
expect 0 init --name acme --home-region eu-west-1 --regions eu-west-1 --email a@example.com -
cp out made.yaml
expect 0 validate made.yaml
for words in 'plan -o -' 'evidence keygen -o -' 'sandbox --state -' 'sandbox --record -' \
    'drift --history -' 'journal list --journal -'; do
    # shellcheck disable=SC2086 # a command and its words
    expect 64 $words
    has err 'must be a file, and "-" is none'
done
[ ! -e ./- ] || fail 'a file is called "-"'

# --- Standard files that are closed ----------------------------------------------------------

for words in help version validate rehearse history 'policy effective Security'; do
    # shellcheck disable=SC2086 # a command and its words
    "$plinth" $words >&- 2>err </dev/null
    [ $? -eq 1 ] || fail "$words without a standard output"
    has err 'standard output: Bad file descriptor'
done
start_sandbox --seed 1 --no-delays
"$plinth" apply --yes >&- 2>err <&-
[ $? -eq 1 ] || fail 'apply without a standard output'
has err 'standard output: Bad file descriptor'
expect 0 plan
expect 0 journal show
has out 'ended'
lacks out damaged
expect 0 evidence keygen -o key.pem
expect 0 evidence pack --key key.pem -o -
cp out run.tar.gz
reads 0 run.tar.gz evidence verify - --public-key key.pem.pub
reads 0 key.pem.pub evidence verify run.tar.gz --public-key -
reads 0 key.pem evidence pack --key - -o again.tar.gz
expect 0 evidence verify again.tar.gz --public-key key.pem.pub
stop_sandbox || fail "the sandbox ends with $?"

finish
