#!/bin/sh
# replay.sh PLINTH [COPIES] - plinth policy replay beside jq over the same CloudTrail files, one after
# the other in one run.  16 copies of a log of 20,000 records, if not told otherwise: 230 MB.
set -u
plinth=$(realpath "${1:?which plinth?}") || exit 2
cd "$(dirname "$0")" || exit 2
copies=${2:-16}
command -v jq >/dev/null || { echo "replay.sh: jq is not installed" >&2; exit 1; }
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

python3 -B - "$folder" "$copies" <<'PYTHON' || exit 1
import gzip, os, random, sys
sys.path.insert(0, "../interop")
import replay_python as logs

folder, copies = sys.argv[1], int(sys.argv[2])
rng, world = random.Random(1), {}
text = ('{"Records":[' + ",".join(logs.record(rng, world)[0] for _ in range(20000)) + "]}").encode()
packed = gzip.compress(text)
with open(f"{folder}/plinth.yaml", "w", encoding="utf-8") as out:
    out.write(logs.BASELINE)
for kind, content, end in (("plain", text, ""), ("packed", packed, ".gz")):
    os.mkdir(f"{folder}/{kind}")
    for i in range(copies):
        with open(f"{folder}/{kind}/{i}.json{end}", "wb") as out:
            out.write(content)
print(f"{copies * 20000} records, {len(text) / 20000:.0f} bytes each; {len(text) * copies} bytes of "
      f"JSON, {len(packed) * copies} packed with gzip")
PYTHON

# measure NAME COMMAND...: CPU time, peak memory, and megabytes of JSON in a second of CPU
bytes=$(cat "$folder"/plain/*.json | wc -c)
measure() {
    python3 -B - "$bytes" "$folder" "$@" <<'PYTHON'
import os, resource, subprocess, sys, time

bytes_read, folder, name, command = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
start = time.monotonic()
with open(os.devnull, "wb") as nothing:
    code = subprocess.run(command, cwd=folder, stdout=nothing, check=False).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = used.ru_utime + used.ru_stime
print(f"{name:34} {cpu:7.2f} s CPU {time.monotonic() - start:7.2f} s wall {used.ru_maxrss // 1024:5} MB "
      f"{bytes_read / 1e6 / cpu:7.0f} MB/s of JSON", f"(exit {code})")
PYTHON
}
filter='.Records[] | select(.errorCode == null) | [.eventSource, .eventName, .awsRegion] | @tsv'
measure 'plinth policy replay, plain' "$plinth" policy replay plain --baseline ./plinth.yaml
measure 'plinth policy replay, gzip' "$plinth" policy replay packed --baseline ./plinth.yaml
measure 'zcat alone' sh -c 'zcat packed/*.gz'
measure 'jq, three fields of each, plain' sh -c 'jq -r "$1" plain/*.json' - "$filter"
