#!/bin/sh
# rehearse.sh - plinth rehearse: the same seed gives the same bytes, nothing is sent anywhere, and
# --live only reads.
#
#   tests/scenario/rehearse.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

small="$source/tests/unit/engine/data/small.yaml"

# No credentials, no endpoint: it must need neither.
for format in text json; do
    expect 0 rehearse "$small" --seed 7 --fault-rate 0.02 --lost-rate 0.01 --output $format
    mv out first
    expect 0 rehearse "$small" --seed 7 --fault-rate 0.02 --lost-rate 0.01 --output $format
    cmp -s first out || fail "the same seed gives another output as $format"
done
is_json out
expect 0 rehearse "$small" --seed 8 --fault-rate 0.02 --lost-rate 0.01 --output json
! cmp -s first out || fail "another seed gives the same output"

# What was built needs nothing, and what is damaged then is mended.
expect 0 rehearse "$small" --as-built --regions 3 --accounts 9
has out '9 accounts, 3 regions, from what an apply made'
has out '33 targets: 33 clean'
lacks out 'apply:'
expect 0 rehearse "$small" --as-built --accounts 40 --drift 8 --output json
python3 - out <<'END' || fail "the document of a rehearsal does not add up"
import json, sys
document = json.load(open(sys.argv[1]))
bound = document["lower_bound"]
assert document["accounts"] == 40
assert document["plan"]["summary"]["changes"] > 0
assert document["apply"]["summary"]["changes"] == document["apply"]["summary"]["writes"] > 0
assert document["elapsed_ms"] >= bound["ms"] > 0
assert bound["ms"] == max([bound["creations_ms"], bound["chain_ms"]]
                          + [rate["ms"] for rate in bound["rates"]])
assert sum(document["calls"].values()) == document["reads"] + document["writes"]
END

expect 64 rehearse "$small" --live --as-built
has err '--live takes the organization as it is'
expect 64 rehearse "$small" --accounts 10001
expect 64 rehearse "$small" --regions 99
expect 64 rehearse "$small" --profile p
expect 64 rehearse "$small" --fault-rate 2
expect 64 rehearse "$small" --drift 3
has err '--as-built or --live'

# A rehearsal of the organization that there is: what it lacks is found, and nothing is written.
start_sandbox --no-delays
expect 0 apply "$small" --yes
sed 's/name: Shop, /name: Shop Two, /; s/aws+shop@/aws+shop2@/' "$small" >other.yaml
before=$(writes)
expect 0 rehearse other.yaml --live
[ "$(writes)" = "$before" ] || fail "a rehearsal wrote to the live organization"
has out 'from the live organization'
has out 'account "Shop Two"'
lacks out 'account "Loose"'
lacks out 'organizational unit "Workloads"'
finish
