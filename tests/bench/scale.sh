#!/bin/sh
# scale.sh [ACCOUNTS] - plinth on an organization of that many accounts (200), in numbers.
#
# Builds the release configuration with its benchmarks, makes a Python environment with boto3 and
# runs scale.py, which says the rest.  Everything is measured in one run, on loopback.
set -u
cd "$(dirname "$0")/../.." || exit 2
unset CDPATH

tools/packages.sh test || exit 1
mkdir -p build
venv=build/venv # the same as tests/run.sh makes
if ! cmp -s tests/requirements.txt "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv" && "$venv/bin/pip" install -q --disable-pip-version-check \
        -r tests/requirements.txt && cp tests/requirements.txt "$venv/" || exit 1
fi
log=build/bench.log
if ! cmake --preset release -B build/bench -DPLINTH_TESTS=ON -DPLINTH_BENCH=ON >$log ||
    ! cmake --build build/bench --target plinth bench_base_cost bench_aws_bare tls_front >>$log; then
    tail -n 60 $log >&2
    exit 1
fi
exec "$venv/bin/python" -B tests/bench/scale.py build/bench "${1:-200}"
