#!/bin/sh
# evidence.sh - a run packed as evidence: checked by plinth, by openssl and by Python, and each way
# to tamper with it found.
#
#   evidence.sh PLINTH
# shellcheck source=tests/support/sandbox.sh
. "$(dirname "$0")/../support/sandbox.sh"

mkdir -p parts
sed '/^policies:/,$d' "$source/tests/unit/engine/data/small.yaml" >plinth.yaml
printf 'include: [parts/controls.yaml]\n' >>plinth.yaml
printf 'controls:\n  security_role: {}\n' >parts/controls.yaml
start_sandbox --seed 1 --time-scale 0.002
expect 1 evidence pack --unsigned
has err "there is no run"
expect 64 evidence pack nothing --unsigned
has err "there is no run nothing"
expect 0 apply --yes
stop_sandbox

# --- Keys ------------------------------------------------------------------------------------------
expect 0 evidence keygen -o key.pem
[ "$(stat -c %a key.pem)" = 600 ] || fail "the private key can be read by others"
expect 1 evidence keygen -o key.pem
expect 0 evidence keygen -o other.pem
openssl pkey -in key.pem -noout || fail "openssl does not read the key"

# --- Pack ------------------------------------------------------------------------------------------
expect 64 evidence pack
has err "either --key FILE or --unsigned"
expect 0 evidence pack --key key.pem -o run.tar.gz
expect 0 evidence pack --key key.pem -o again.tar.gz
cmp run.tar.gz again.tar.gz || fail "packing twice gives other bytes"
mkdir x
tar -xzf run.tar.gz -C x
for member in manifest.json manifest.sig journal.jsonl plan.json report.json \
    baseline-000-plinth.yaml baseline-001-controls.yaml; do
    [ -s "x/$member" ] || fail "$member is not in the archive"
done
cmp -s parts/controls.yaml x/baseline-001-controls.yaml || fail "the baseline's part is not whole"
! grep -rl 'PRIVATE KEY' x || fail "a private key is in the archive"
openssl pkeyutl -verify -rawin -pubin -inkey key.pem.pub -in x/manifest.json \
    -sigfile x/manifest.sig >/dev/null || fail "openssl does not verify the signature"
python3 - <<'END' | (cd x && sha256sum --check --quiet) || fail "sha256sum finds other digests"
import json
for member in json.load(open("x/manifest.json"))["members"]:
    print(member["sha256"] + "  " + member["name"])
END

# --- Verify ----------------------------------------------------------------------------------------
expect 0 evidence verify run.tar.gz --public-key key.pem.pub
has out "the signature is of this key"
expect 0 evidence verify run.tar.gz --public-key key.pem.pub --output json
is_json out
expect 64 evidence verify run.tar.gz
expect 4 evidence verify run.tar.gz --unsigned
has out "the signature was not looked at"
expect 1 evidence verify run.tar.gz --public-key other.pem.pub
has err "signed with another key"
expect 1 evidence verify run.tar.gz --public-key key.pem
has err "no public key"
expect 1 evidence verify plinth.yaml --public-key key.pem.pub
expect 1 evidence verify nothing.tar.gz --public-key key.pem.pub
expect 0 evidence pack --unsigned -o plain.tar.gz
expect 4 evidence verify plain.tar.gz --public-key key.pem.pub
has out "NOBODY SIGNED IT"

# tampered TEXT PYTHON: what verify says after the Python has changed the members (a dict of bytes).
tampered() {
    echo "$2" >change.py
    python3 - <<'END' || fail "the archive cannot be changed"
import hashlib, io, json, tarfile
members, twice, links = {}, [], []
with tarfile.open("run.tar.gz") as archive:
    for entry in archive:
        members[entry.name] = archive.extractfile(entry).read()
def listed(manifest, name):
    return next(m for m in manifest["members"] if m["name"] == name)
def relist():
    """The manifest as it would be of what the members are now."""
    manifest = json.loads(members["manifest.json"])
    manifest["members"] = [{"name": n, "bytes": len(b), "sha256": hashlib.sha256(b).hexdigest()}
                           for n, b in members.items() if not n.startswith("manifest.")]
    members["manifest.json"] = json.dumps(manifest).encode()
exec(open("change.py").read())
with tarfile.open("bad.tar.gz", "w:gz") as archive:
    for name, content in list(members.items()) + twice:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    for name in links:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
END
    expect 1 evidence verify bad.tar.gz --public-key key.pem.pub
    has err "$1"
}

# resigned TEXT PYTHON: the same by who has the key.
resigned() {
    tampered "$1" "$2
import subprocess
open('m', 'wb').write(members['manifest.json'])
subprocess.run(['openssl', 'pkeyutl', '-sign', '-rawin', '-inkey', 'key.pem', '-in', 'm', '-out',
                's'], check=True)
members['manifest.sig'] = open('s', 'rb').read()"
}

tampered "the signature does not fit" 'members["manifest.json"] = members["manifest.json"].replace(b"ended", b"endet", 1)'
tampered "the signature does not fit" 'members["manifest.sig"] = bytes(64)'
tampered "the signature does not fit" 'members["manifest.sig"] = b"short"'
tampered "its signature was taken out" 'del members["manifest.sig"]'
tampered "there is no manifest.json" 'del members["manifest.json"]'
tampered "manifest.json" 'members["manifest.json"] = b"{"'
tampered "plan.json was changed: it has" 'members["plan.json"] += b" "'
tampered "plan.json was changed: its SHA-256" 'members["plan.json"] = b"x" + members["plan.json"][1:]'
tampered "report.json is missing" 'del members["report.json"]'
tampered "more.txt was put in" 'members["more.txt"] = b"more"'
tampered "more.txt was put in" 'members["more.txt"] = b""'
tampered "the signature does not fit" 'members["manifest.sig"] = b""'
tampered "more is a folder or a link" 'links.append("more")'
tampered "plan.json is in it twice" 'twice.append(("plan.json", b"other"))'
tampered "a name that no evidence has" 'members["../x"] = b"x"'
resigned "plan.json is not what the run kept" 'members["plan.json"] += b" "; relist()'
resigned "plan.json is missing: the journal names it" 'del members["plan.json"]; relist()'
resigned "more.txt was put in: the journal" 'members["more.txt"] = b"more"; relist()'
resigned "its chain breaks at line" 'members["journal.jsonl"] = members["journal.jsonl"].replace(b"CreateRole", b"DeleteRole", 1)
relist()'
resigned "its chain breaks at line" 'members["journal.jsonl"] = members["journal.jsonl"][:-9]; relist()'
resigned "of another run" 'members["manifest.json"] = members["manifest.json"].replace(b"\"run\": \"2", b"\"run\": \"3")'
head -c 300 run.tar.gz >bad.tar.gz
expect 1 evidence verify bad.tar.gz --public-key key.pem.pub

# --- What is not packed ----------------------------------------------------------------------------
kept=$(find .local -name plan.json)
chmod u+w "$kept" && echo >>"$kept"
expect 1 evidence pack --unsigned -o new.tar.gz
has err "is not what the run kept"
expect 64 evidence burn
finish
