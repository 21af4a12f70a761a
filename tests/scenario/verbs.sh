#!/bin/sh
# verbs.sh - the verbs of commands: each takes its own options and tells of others, its help, the man
# page and the completion agree, and a number that is given is taken as it is, or refused.
#
#   tests/scenario/verbs.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

# options_of WORDS...: the long options of that help, one a line, with an "=" where they take a value.
options_of() {
    "$plinth" help "$@" | sed -n '/^options:/,$s/^  \(-., \)\{0,1\}--\([a-z-]*\)\( [^ ]\)\{0,1\}.*/\2\3/p' |
        sed 's/ .*/=/' | sort
}

verbs_of() {
    "$plinth" help "$1" | sed -n '/^verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p'
}

# --- Each verb has its own options -----------------------------------------------------------

"$plinth" help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' >commands
: >all_options
while read -r command; do
    options_of "$command" >>all_options
    verbs_of "$command" >verbs
    [ -s verbs ] || continue
    : >union
    while read -r verb; do
        options_of "$command" "$verb" >"options_$verb"
        cat "options_$verb" >>union
        expect 0 "$command" "$verb" --help
        has out "usage: plinth $command $verb"
        has out 'examples:'
        cp out by_option
        expect 0 help "$command" "$verb"
        cmp -s out by_option || fail "help $command $verb and $command $verb --help differ"
        expect 64 "$command" "$verb" --no-such-option
        has err "$command $verb: unknown option --no-such-option"
        has err "plinth $command $verb --help lists the options"
        expect 0 "$command" --help
        has out "plinth $command $verb [options]"
    done <verbs
    cat union >>all_options
    sort -u union >sorted
    while read -r verb; do
        comm -23 sorted "options_$verb" >foreign
        while read -r option; do
            name=${option%=}
            expect 64 "$command" "$verb" "--$name=x"
            has err "$command $verb: --$name is an option of plinth $command"
        done <foreign
    done <verbs
done <commands

# The first mistake is the one that is told, wherever the verb stands.
expect 64 policy --account prod lint
has err 'policy lint: --account is an option of plinth policy replay, plinth policy who-can'
expect 64 policy --output json lint --top 3
is_json out
expect 64 evidence keygen --key a.pem -o b.pem
has err 'evidence keygen: --key is an option of plinth evidence pack'
[ ! -e b.pem ] || fail 'a key was made in spite of a mistake'

# --- What is no verb -------------------------------------------------------------------------

expect 64 policy
has err 'policy: say what: plinth policy lint, test, replay, who-can or effective'
expect 64 policy lnt
has err 'there is no verb "lnt"; did you mean "lint"? (lint, test, replay, who-can or effective)'
expect 64 lock braek
has err 'did you mean "break"?'
expect 64 journal whatever
has err 'there is no verb "whatever" (list or show)'
expect 64 sandbox calls extra
has err 'too many arguments: "extra"'
expect 64 help policy tset
has err 'did you mean "test"?'
expect 64 help plan now
has err 'plan has no verbs'
expect 64 evidence verify
has err 'too few arguments: plinth evidence verify FILE'
expect 64 account close prod --yes
has err 'plinth never closes an account'
has err 'aws organizations close-account'
expect 0 account --help
lacks out 'account close'
expect 64 policy lint --kind=
has err '--kind needs a value'

# --- Numbers ---------------------------------------------------------------------------------

for words in 'rehearse --seed 0' 'rehearse --regions 0' 'rehearse --accounts 0' \
    'rehearse --accounts 10001' 'rehearse --parallel 0' 'plan --parallel 0' 'sandbox --seed 0' 'sandbox --regions 0' \
    'backup report --hours 0' 'alarms test --timeout 0' 'honey test --wait 0' \
    'policy replay --top 0 x'; do
    # shellcheck disable=SC2086 # a command and its options
    expect 64 $words
    has err 'is from 1 to '
done
expect 64 rehearse startup --var email_domain=example.com --accounts 2
has err 'the baseline has 7 accounts, --accounts 2'
expect 0 rehearse minimal --output json
has out '"latency_ms": 80'
expect 0 rehearse minimal --latency-ms 0 --output json
has out '"latency_ms": 0'

# --- The man page and the completion ---------------------------------------------------------

sed -n 's/=$//;p' all_options | sort -u >in_help
grep -o 'Fl Fl [a-z-]*' "$source/docs/plinth.1" | sed 's/Fl Fl //' | grep -vx endpoint-url |
    sort -u >in_man
diff in_help in_man >out || fail 'the man page and the help have other options'
while read -r command; do
    verbs_of "$command" | while read -r verb; do
        grep -qE "^\.(Cm|Op|It).* $command $verb( |\$)|^\.Cm $command( |\$)" \
            "$source/docs/plinth.1" || echo "$command $verb"
    done
    grep -qE "^\.Cm $command( |\$)" "$source/docs/plinth.1" || echo "$command"
done <commands >out
[ ! -s out ] || fail 'the man page lacks them'

# completes TEXT WORDS...: what bash offers for the last word.
completes() {
    wanted=$1
    shift
    # shellcheck disable=SC2016 # expanded by that bash
    bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _plinth; echo "${COMPREPLY[*]}"' \
        "$source/docs/plinth.bash" "$plinth" "$@" >out 2>err
    [ "$(cat out)" = "$wanted" ] || fail "completion of $*"
}
completes 'policy' pol
completes 'lint test replay who-can effective' policy ''
completes 'lint test replay who-can effective' help policy ''
completes 'text json sarif' policy lint --output ''
completes 'text json tap junit' policy test --output ''
completes '--token' honey rotate --to
completes '' honey list --wa
completes '--yes' lock break --y
completes '--detach-on-alarm --debug' rollout --de

finish
