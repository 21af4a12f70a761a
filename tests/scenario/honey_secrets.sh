#!/bin/sh
# honey_secrets.sh - the secret of a planted key is where it was planted, and nowhere else: in no
# output, log, plan, report, process list or core file, and in no other file of the sandbox.
#
#   tests/scenario/honey_secrets.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

mkdir build run || exit 2

# Takes a key, and notes what can be seen of it and of plinth from outside meanwhile.  While there
# is a file `stop`, it ends plinth with a core file, if that can be, between making a key and
# recording it; while there is a file `fail`, it fails.
cat >take-key <<END
#!/bin/sh
tr '\\0' ' ' <"/proc/\$PPID/cmdline" >>"$work/run/processes"
tr '\\0' '\\n' <"/proc/\$PPID/environ" >>"$work/run/processes" 2>/dev/null
tr '\\0' '\\n' <"/proc/\$\$/environ" >>"$work/run/processes"
tr '\\0' ' ' <"/proc/\$\$/cmdline" >>"$work/run/processes"
cat >"$work/build/taken"
cat "$work/build/taken" >>"$work/build/all-taken"
[ ! -f "$work/stop" ] || { kill -ABRT "\$PPID"; exec sleep 5; }
[ ! -f "$work/fail" ]
END
chmod +x take-key

cat >plinth.yaml <<END
apiVersion: plinth/v1
name: acme
home_region: eu-central-1
regions: [eu-central-1, us-east-1]
accounts:
  - {name: Management, email: aws@example.com, roles: [management]}
  - {name: Security, email: aws+security@example.com, roles: [security]}
  - {name: Shop, email: aws+shop@example.com}
  - {name: Tools, email: aws+tools@example.com}
# The users' accounts are not spared: plinth's own role is.
policies:
  - {name: no-users, template: scp/deny-iam-users-and-keys, attach: [root]}
controls:
  honey_tokens:
    account: Tools
    tokens:
      exports: {kind: bucket, name: finance-exports-7a31}
      in-file: {kind: access_key, plant: {file: $work/build/credentials}}
      in-secret: {kind: access_key, plant: {secret: {account: Shop, name: prod/billing/aws}}}
      in-parameter:
        kind: access_key
        plant: {parameter: {account: Shop, region: us-east-1, name: /ci/aws}}
      in-object:
        kind: access_key
        plant: {object: {account: Tools, bucket: finance-exports-7a31, key: .aws/credentials}}
      by-command: {kind: access_key, plant: {command: [$work/take-key, build-07], format: env}}
END

# keep NAME: what the last run printed belongs to what is searched.
keep() {
    cp out "run/$1.out"
    cp err "run/$1.err"
}

# Every secret that can still be known: of the keys that the sandbox has, and of all that the
# command was ever given.  Prints where one is that should not be.
search() {
    python3 - <<'END'
import base64, glob, hashlib, hmac, json, os, re

state = json.load(open("sandbox.json"))
login = state["login"]["access_key_id"]
root = next(e["record"]["Key"] for e in state["records"] if e["kind"] == "root-key")
secrets = {}

def secret_of(key):
    digest = hmac.new(root.encode(), key.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest[:30]).decode()

for entry in state["records"]:
    record = entry["record"]
    if (entry["kind"] == "credential" and entry["id"] != login
            and entry["id"].startswith("AKIA") and record.get("_kind") == "user"):
        secrets[entry["id"]] = secret_of(entry["id"])
if len(secrets) != 5:
    print(f"the sandbox has {len(secrets)} keys of users, not 5")
taken = open("build/all-taken").read()
old = set(re.findall(r"AWS_SECRET_ACCESS_KEY=(\S+)", taken))
if not old:
    print("the command was given no key")

def text_of(entry):
    body = entry["record"].get("_body") if isinstance(entry["record"], dict) else None
    return base64.b64decode(body).decode() if body else json.dumps(entry, ensure_ascii=False)

texts = [(e["kind"], text_of(e)) for e in state["records"] if e["kind"] != "credential"]
planted = {"build/credentials", "build/taken"}
files = [f for f in glob.glob("**", recursive=True, include_hidden=True) if os.path.isfile(f)]
for key, secret in secrets.items():
    places = [kind for kind, text in texts if secret in text]
    places += [f for f in planted if secret in open(f).read()]
    if len(places) != 1:
        print(f"{key} is in {places}, not in one place")
for file in files:
    if file in planted or file in ("sandbox.json", "build/all-taken"):
        continue
    content = open(file, "rb").read()
    for secret in set(secrets.values()) | old:
        if secret.encode() in content:
            print(f"{file} has a secret")
if len(files) < 12:
    print("too few files were searched")
END
}

start_sandbox --state sandbox.json --time-scale 0.01
# shellcheck disable=SC3045 # where it cannot be raised, there is no core file either
ulimit -c unlimited 2>/dev/null

# --- From nothing to planted, with all that plinth can say -------------------------------------

expect 2 plan --out run/change.plan --verbose
keep plan
has out 'access key of user'
has out "planted in"
expect 0 apply run/change.plan --yes --debug --verbose
keep apply
has err 'CreateAccessKey'
expect 0 drift --output json --debug --log-format json
keep drift
is_json out
[ "$(stat -c %a build/credentials)" = 600 ] || fail 'the file is not private'
grep -q '^aws_secret_access_key = ' build/credentials || fail 'the file has no key'
grep -q '^AWS_SECRET_ACCESS_KEY=' build/taken || fail 'the command got no key'
[ -s run/processes ] || fail 'the command saw no processes'

# A second apply writes nothing.
before=$(writes)
expect 0 apply --yes --output json --debug
keep again
[ "$(writes)" -eq "$before" ] || fail 'a second apply writes'

# --- A place is emptied ------------------------------------------------------------------------

rm build/credentials
expect 2 plan --output json
keep emptied
has out 'credentials'
expect 0 apply --yes --debug --output json
keep mended
[ -s build/credentials ] || fail 'the file was not planted again'

# --- Planting fails, and plinth is killed in the middle of it ----------------------------------

# take_elsewhere N: the command is another one, so that the next run plants a key again.
take_elsewhere() {
    cp take-key "take-key-$1"
    sed -i "s|take-key[-0-9]*, |take-key-$1, |" plinth.yaml
}

take_elsewhere 1
: >fail
expect 4 apply --yes --debug
keep failed
has out 'ended with status 1'
rm fail
expect 0 apply --yes --debug
keep failed-mended

take_elsewhere 2
: >stop
"$plinth" apply --yes --debug >out 2>err </dev/null
killed=$?
keep killed
[ $killed -ge 128 ] || fail "plinth was to be killed and exits with $killed"
rm stop
# A core file would be here, or in the folder that the kernel's pattern names: then by its name.
core=$(find . -name 'core*' -type f)
[ -z "$core" ] || fail "plinth leaves a core file: $core"
expect 0 apply --yes --debug
keep killed-mended
expect 0 drift
keep clean

# --- Search ------------------------------------------------------------------------------------

stop_sandbox
search >findings 2>&1
[ ! -s findings ] || fail "$(cat findings)"
finish
