#!/bin/sh
# new-account.sh - a new account, from a request to its id, for a pipeline.
#
#   examples/new-account.sh NAME EMAIL OU [KEY=VALUE...]
#
#   PLINTH      the program; "plinth" if unset
#   BASELINE    the baseline that gets the account; "plinth.yaml" if unset
#   ATTEMPTS    how often to try while AWS is not done with the account; 3 if unset
#
# Prints the account's id as the last line of standard output; all else goes to standard error.  Run it
# again with the same words whenever it failed or was killed: there is never a second account.  It
# changes a file of the baseline: commit that file afterwards, or the next run of the pipeline starts
# without the account.
set -eu

plinth=${PLINTH:-plinth}
baseline=${BASELINE:-plinth.yaml}
attempts=${ATTEMPTS:-3}

if [ $# -lt 3 ]; then
    echo "usage: $0 NAME EMAIL OU [KEY=VALUE...]" >&2
    exit 64
fi
name=$1 email=$2 ou=$3
shift 3
count=$#
while [ "$count" -gt 0 ]; do # each KEY=VALUE becomes --tag KEY=VALUE
    set -- "$@" --tag "$1"
    shift
    count=$((count - 1))
done

result=$(mktemp)
trap 'rm -f "$result"' EXIT
trap 'exit 130' INT TERM

while :; do
    code=0
    "$plinth" account new --name "$name" --email "$email" --ou "$ou" "$@" --yes --lock-wait 600 \
        --output json "$baseline" >"$result" || code=$?
    attempts=$((attempts - 1))
    # 4: some of it is not done yet, as AWS takes its time with a new account.
    [ "$code" = 4 ] && [ "$attempts" -gt 0 ] || break
    echo "new-account: not all of it is done, trying again" >&2
    sleep "${PAUSE:-60}"
done

case $code in
0) ;;
3) echo "new-account: refused by a safety gate; a person has to look" >&2 ;;
4) echo "new-account: some targets are not as the baseline says; see above" >&2 ;;
64 | 65) echo "new-account: the request or the baseline is wrong; nothing was changed" >&2 ;;
*) echo "new-account: plinth exits with $code; run this again" >&2 ;;
esac
[ "$code" = 0 ] || exit "$code"

# The first id of the document is the account's.
id=$(sed -n 's/^    "id": "\([0-9]\{12\}\)",*$/\1/p' "$result" | head -n 1)
[ -n "$id" ] || {
    echo "new-account: no id in what plinth says" >&2
    exit 1
}
echo "new-account: $name is $id; commit the change of $baseline" >&2
echo "$id"
