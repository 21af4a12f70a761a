#!/bin/sh
# run.sh - every test of plinth, on a fresh Debian 12, as root or as a user with sudo.
#
#   sh tests/run.sh
#
# Installs what is lacking, builds the development configuration (ASan, UBSan, warnings are errors)
# with gcc and with clang, runs every test, the house lint and a short fuzzing round.  Ends with one
# line of counts; exit 0 only if nothing failed.  What could not run is named.
set -u
cd "$(dirname "$0")/.." || exit 2
unset CDPATH

fuzz_seconds=${PLINTH_FUZZ_SECONDS:-5} # for each target
jobs=$(getconf _NPROCESSORS_ONLN)
passed=0 failed=0 skipped=0 names_failed='' names_skipped=''

step() { # name, command...
    name=$1
    shift
    echo "== $name"
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1)) names_failed="$names_failed $name"
        echo "== FAILED: $name" >&2
        return 1
    fi
}

skip() { # name, why
    skipped=$((skipped + 1)) names_skipped="$names_skipped $1"
    echo "== SKIPPED: $1: $2" >&2
}

finish() {
    [ -z "$names_skipped" ] || echo "not run:$names_skipped"
    [ -z "$names_failed" ] || echo "failed:$names_failed"
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
    exit
}

# The venv is made again when the pins change.
make_venv() {
    venv=build/venv
    cmp -s tests/requirements.txt "$venv/requirements.txt" && return 0
    rm -rf "$venv"
    alone=$(sed -n 's/^# without dependencies: //p' tests/requirements.txt)
    # shellcheck disable=SC2086 # a list of words
    python3 -m venv "$venv" && "$venv/bin/pip" install -q --disable-pip-version-check \
        -r tests/requirements.txt && "$venv/bin/pip" install -q --disable-pip-version-check \
        --no-deps $alone && cp tests/requirements.txt "$venv/"
}

# npm's packages, as package-lock.json pins them.
make_node_modules() {
    node=build/node
    cmp -s tests/package-lock.json "$node/package-lock.json" && return 0
    rm -rf "$node"
    mkdir -p "$node" && cp tests/package.json tests/package-lock.json "$node/" &&
        (cd "$node" && npm ci --no-audit --no-fund --ignore-scripts >npm.log 2>&1) && return 0
    rm -rf "$node"
    return 1
}

build() { # binary dir, preset, options...
    dir=$1 preset=$2
    shift 2
    cmake --preset "$preset" -B "$dir" "$@" >"build/cmake.log" || { cat build/cmake.log; return 1; }
    cmake --build "$dir" -j "$jobs" --target all all_verify_interface_header_sets \
        >"build/build.log" || { tail -n 60 build/build.log; return 1; }
}

# An attribute of the summary line in ctest's JUnit file.
junit() {
    sed -n "s/.*<testsuite .*[^a-z]$1=\"\([0-9]*\)\".*/\1/p" build/junit.xml | head -n 1
}

# ctest says by name what failed and what was skipped; its counts go into ours.
run_ctest() {
    echo "== tests"
    rm -rf build/junit.xml build/recorded
    mkdir -p build/recorded
    PLINTH_RECORD=$PWD/build/recorded \
        ctest --test-dir build/dev -j "$jobs" --output-on-failure --output-junit "$PWD/build/junit.xml"
    tr '\n' ' ' <build/junit.xml >build/junit.line && mv build/junit.line build/junit.xml
    all=$(junit tests) bad=$(junit failures) left=$(junit skipped) off=$(junit disabled)
    if [ -z "$all" ]; then
        failed=$((failed + 1)) names_failed="$names_failed ctest"
        return
    fi
    left=$((left + off))
    passed=$((passed + all - bad - left)) failed=$((failed + bad)) skipped=$((skipped + left))
    [ "$bad" = 0 ] || names_failed="$names_failed ctest($bad)"
    [ "$left" = 0 ] || names_skipped="$names_skipped ctest($left)"
}

# What the tests asked and the simulator answered, held against AWS's service models.
check_models() {
    tests/interop/run.sh models.py "$PWD/build/recorded"
}

# Tests leave nothing behind in the tree.
tree_unchanged() {
    git status --porcelain >build/tree.after 2>/dev/null
    diff build/tree.before build/tree.after
}

mkdir -p build
step packages tools/packages.sh test || finish
git status --porcelain >build/tree.before 2>/dev/null
if make_venv; then
    PLINTH_PYTHON=$PWD/build/venv/bin/python
    export PLINTH_PYTHON
else
    skip venv "pip could not install tests/requirements.txt; the tests that need it say so"
fi
if make_node_modules; then
    PLINTH_NODE_MODULES=$PWD/build/node/node_modules
    export PLINTH_NODE_MODULES
else
    skip node "npm is not installed, or could not install tests/package.json; the test says so"
fi
step build-gcc build build/dev dev || finish
run_ctest
if [ -n "${PLINTH_PYTHON:-}" ]; then
    step models check_models
else
    skip models "it needs botocore"
fi
step build-clang build build/clang dev -DCMAKE_C_COMPILER=clang
step lint tools/lint.sh
step fuzz tools/fuzz.sh "$fuzz_seconds"
step tree-unchanged tree_unchanged
finish
