#!/bin/sh
# account.sh - plinth account: new, adopt and list, and the example for pipelines, over real HTTP on
# loopback.
#
#   account.sh PLINTH
# shellcheck source=tests/support/sandbox.sh
. "$(dirname "$0")/../support/sandbox.sh"

base() { # the baseline of this test, with what stands in $1 as its accounts
    sed '/^accounts:/,/^policies:/{/^policies:/!d;}' "$source/tests/unit/engine/data/small.yaml" |
        sed 's/^policies:/# --- end of accounts ---\npolicies:/'
    cat <<EOF
# The accounts stand last here.
accounts: # all of them
  # To run things with
  - name: Management # pays
    email: aws@example.com
    roles: [management]
  - name: Security
    email: aws+security@example.com
    roles: [security]
    ou: Security
EOF
}

accounts_named() { # in AWS
    "$plinth" account list --output json | grep -c "\"name\": \"$1\""
}

same_file() {
    cmp -s "$1" "$2" || fail "$2 was changed"
}

base >plinth.yaml
chmod 640 plinth.yaml

# --- What is wrong before AWS is asked -------------------------------------------------------------
cp plinth.yaml before.yaml
expect 64 account
has err "say what: plinth account new, adopt or list"
expect 64 account close Shop
expect 64 account new --name Shop --email shop@example.com
has err "needs --name, --email and --ou"
expect 64 account adopt
has err "too few arguments: plinth account adopt NAME|ID"
expect 64 account list plinth.yaml more
has err "too many arguments: \"more\""
new="account new --email shop@example.com --ou Workloads/Prod --yes --name"
expect 64 $new Shop --tag broken
has err "KEY=VALUE"
expect 64 $new Shop --tag a=1 --tag a=2
has err "twice"
expect 64 $new "\${var.x}"
has err "not \${...}"
expect 1 $new Security
has err 'account "Security" has another email, aws+security@example.com'
expect 1 account new --name Shop --email AWS+security@example.com --ou Security --yes
has err 'account "Security" has the email aws+security@example.com already'
expect 1 account new --name Security --email aws+security@example.com --ou Workloads --yes
has err "is to be in Security"
expect 1 account new --name Security --email aws+security@example.com --ou Security --tag a=b
has err "is to have other tags"
expect 65 account new --name Shop --email shop@example.com --ou Workloads/Prd --yes
has err "did you mean 'Workloads/Prod'"
expect 65 account new --name Shop --email nobody --ou Workloads/Prod --yes
expect 64 $new Shop startup
has err "ships with plinth"
"$plinth" $new Shop - <plinth.yaml >out 2>err && fail "standard input was written to"
has err "comes from /dev/stdin"
ln -s plinth.yaml link.yaml
expect 64 $new Shop link.yaml
has err "is a symbolic link"
chmod 440 plinth.yaml
expect 64 $new Shop
has err "is read-only"
chmod 640 plinth.yaml
expect 64 $new Shop --into other.yaml
has err "no file of the baseline"
same_file before.yaml plinth.yaml

# --- A new one -------------------------------------------------------------------------------------
start_sandbox --seed 1 --time-scale 0.005
expect 0 apply --yes
before=$(writes)
expect 64 account new --name Shop --email shop@example.com --ou Workloads/Prod
has err "needs --yes"
expect 2 $new Shop --tag team=shop --dry-run
has err "+  - name: Shop"
has out '+ account "Shop"'
same_file before.yaml plinth.yaml
[ "$(writes)" = "$before" ] || fail "a dry run wrote"
expect 0 $new Shop --tag team=shop --tag cost=42
has out "unit:          Workloads/Prod"
has out "SCP:           plinth-root-1, at the root"
has out "as the baseline says"
has out ":role/OrganizationAccountAccessRole"
has out "https://signin.aws.amazon.com/switchrole?account="
cat before.yaml - >wanted.yaml <<EOF
  - name: Shop
    email: shop@example.com
    ou: Workloads/Prod
    tags: {team: shop, cost: "42"}
EOF
cmp -s wanted.yaml plinth.yaml || fail "the file is not the old one and the account"
[ "$(stat -c %a plinth.yaml)" = 640 ] || fail "the file's mode was changed"
before=$(writes)
expect 0 $new Shop --tag cost=42 --tag team=shop --output json
is_json out
has out '"format": "plinth/account/v1"'
[ "$(writes)" = "$before" ] || fail "the same account again is written to"
same_file wanted.yaml plinth.yaml
[ "$(accounts_named Shop)" = 1 ] || fail "there are two of them"
expect 0 drift
expect 0 journal list
[ "$(grep -c ' ended ' out)" -eq 2 ] || fail "a run of an account leaves no journal"

# --- A unit that is not there yet ------------------------------------------------------------------
sed 's/^  Security: {}/  Security: {}\n  Later: {}/' wanted.yaml >plinth.yaml
expect 0 account new --name Later --email later@example.com --ou Later --yes
has out "unit:          Later"

# --- Names and emails that others have -------------------------------------------------------------
{ cat plinth.yaml && printf '  - {name: Stray, email: stray@example.com}\n'; } >more.yaml
expect 0 apply --yes more.yaml
cp plinth.yaml before.yaml
before=$(writes)
expect 1 account new --name Stray --email other@example.com --ou Later --yes
has err "has that name already, and its email is stray@example.com"
has err "plinth account adopt"
expect 1 account new --name Other --email stray@example.com --ou Later --yes
has err "has that email already, and its name is Stray"
[ "$(writes)" = "$before" ] || fail "a name that is taken is written to"
same_file before.yaml plinth.yaml

# --- Side by side, and adopted ---------------------------------------------------------------------
sed 's/email: later@example.com/&\n    tags: {a: b}/; s/ou: Later/ou: Workloads/' plinth.yaml >list.yaml
printf '  - {name: Planned, email: planned@example.com}\n' >>list.yaml
expect 0 account list list.yaml
has out "Planned                   the root              planned@example.com                   not created yet"
has out "in another unit: the baseline says Workloads"
grep -q "Shop .* in both" out || fail "Shop is not in both"
grep -q "Stray .* not in the baseline" out || fail "Stray is in the baseline"
expect 0 account list list.yaml --output json
is_json out
expect 1 account adopt Nobody
has err "no account \"Nobody\""
expect 65 account adopt Stray --ou Nowhere --yes
expect 0 account adopt Stray --yes
has out "unit:          the root"
grep -q 'id: "[0-9]*"' plinth.yaml || fail "the id is not in the file"
cp plinth.yaml before.yaml
expect 0 account adopt Stray --yes
id=$(sed -n 's/^id: *//p' out)
expect 0 account adopt "$id" --yes
same_file before.yaml plinth.yaml
expect 1 account adopt Stray --ou Later --yes
has err "is to be in the root"
expect 64 account adopt Management --ou Later --yes
has err "is the management account"
curl -sS --noproxy '*' --aws-sigv4 "aws:amz:us-east-1:organizations" \
    --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
    -H 'Content-Type: application/x-amz-json-1.1' \
    -H 'X-Amz-Target: AWSOrganizationsV20161128.CloseAccount' \
    --data "{\"AccountId\": \"$id\"}" "$AWS_ENDPOINT_URL/" >closed
expect 0 account list
grep -Eq "Stray .* (closing|suspended|closed)" out || fail "a closed account is shown as one that works"
sed '/name: Stray/,$d' plinth.yaml >without.yaml
expect 1 account new --name Stray --email stray@example.com --ou Later --yes without.yaml
has err "AWS keeps its email"

# --- In a file that is included, in braces ---------------------------------------------------------
sed '/^# The accounts stand last/,$d' wanted.yaml >main.yaml
echo 'include: [parts/accounts.yaml]' >>main.yaml
mkdir parts
printf 'accounts:\r\n- {name: Management, email: aws@example.com, roles: [management]} # pays\r\n%s\r\n' \
    '- {name: Security, email: aws+security@example.com, roles: [security], ou: Security}' >parts/accounts.yaml
expect 0 account new --name Part --email part@example.com --ou Workloads/Prod --yes main.yaml
has err "is in parts/accounts.yaml now"
tail -n 1 parts/accounts.yaml | grep -q '^- {name: Part, email: part@example.com, ou: Workloads/Prod}.$' ||
    fail "the line is not in the manner of the file"

# --- On a terminal ---------------------------------------------------------------------------------
cp plinth.yaml before.yaml
ask() {
    wanted=$1
    shift
    "$source/tests/scenario/on_terminal.py" "$wanted" "$@" -- "$plinth" account new --name Asked \
        --email asked@example.com --ou Security >out 2>err || fail "on a terminal"
}
ask 3 --see "Type yes" --say no
has out "1 account goes into plinth.yaml."
has out "+  - name: Asked"
same_file before.yaml plinth.yaml
ask 1 --see "Type yes" --say "!echo '# meanwhile' >>plinth.yaml" --see "to apply" --say yes
has out "was changed meanwhile"
[ "$(accounts_named Asked)" = 0 ] || fail "an account was created without its entry"
tail -n 1 plinth.yaml | grep -q '^# meanwhile' || fail "what was written meanwhile is lost"
ask 0 --see "Type yes" --say yes
[ "$(accounts_named Asked)" = 1 ] || fail "the account that was asked for is not there"

# --- Killed, at whatever moment, and run again -----------------------------------------------------
stop_sandbox
start_sandbox --seed 1 --time-scale 0.03
base >plinth.yaml
expect 0 apply --yes
start_killed() {
    again="account new --name Killed$1 --email killed$1@example.com --ou Workloads --yes"
    # shellcheck disable=SC2086 # words
    "$plinth" $again >killed.out 2>killed.err </dev/null &
    killed=$!
}
kill_and_go_on() {
    kill -KILL $killed 2>/dev/null
    wait $killed
    # shellcheck disable=SC2086
    expect 0 $again --lock-wait 60
    [ "$(grep -c "name: Killed$1\$" plinth.yaml)" = 1 ] || fail "killed, $1: the file"
    [ "$(accounts_named "Killed$1")" = 1 ] || fail "killed, $1: the accounts"
}
is_creating() {
    "$plinth" account list 2>/dev/null | grep -q 'KilledWaiting .* being created'
}
start_killed Waiting
wait_for 20 is_creating || fail "the account is never being created"
kill_and_go_on Waiting
for pause in 0.1 1; do
    start_killed "$pause"
    sleep $pause
    kill_and_go_on "$pause"
done
expect 0 drift

# --- The example -----------------------------------------------------------------------------------
export PLINTH="$plinth" PAUSE=1
"$source/examples/new-account.sh" "Pipe Line" pipe@example.com Workloads/Prod team=pipe cost=1 >out 2>err ||
    fail "new-account.sh exits with $?"
id=$(tail -n 1 out)
echo "$id" | grep -Eq '^[0-9]{12}$' || fail "new-account.sh prints no id"
"$source/examples/new-account.sh" "Pipe Line" pipe@example.com Workloads/Prod team=pipe cost=1 >out 2>err ||
    fail "new-account.sh again exits with $?"
[ "$(tail -n 1 out)" = "$id" ] || fail "new-account.sh made another account"
"$source/examples/new-account.sh" "Pipe Line" pipe2@example.com Workloads/Prod >out 2>err
[ $? -eq 1 ] || fail "new-account.sh takes another email"
is_empty out
"$source/examples/new-account.sh" Pipe >out 2>err
[ $? -eq 64 ] || fail "new-account.sh without its words"
finish
