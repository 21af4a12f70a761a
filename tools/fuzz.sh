#!/bin/sh
# fuzz.sh SECONDS [SUBJECT...] - build the fuzz targets and run each for that long.
#
# What libFuzzer learns goes to build/fuzz/found/<subject>, an input that broke something to
# build/fuzz/broken.  Exit 1 if any target broke.  To keep a finding, copy it to
# tests/fuzz/corpus/<subject>/ under a name that says what it is.
cd "$(dirname "$0")/.." || exit 2

seconds=${1:-}
case $seconds in
'' | *[!0-9]*)
    sed -n '2s/^# *//p' "$0" >&2
    exit 64
    ;;
esac
shift
if [ $# -eq 0 ]; then
    for file in tests/fuzz/fuzz_*.c; do
        subject=${file#tests/fuzz/fuzz_}
        set -- "$@" "${subject%.c}"
    done
fi

targets=
for subject in "$@"; do
    targets="$targets fuzz_$subject"
done
cmake --preset fuzz >/dev/null || exit 2
# shellcheck disable=SC2086 # one word per target
cmake --build --preset fuzz --target $targets || exit 2

failed=0
mkdir -p build/fuzz/broken
for subject in "$@"; do
    found=build/fuzz/found/$subject
    mkdir -p "$found"
    echo "fuzz: $subject for $seconds s"
    build/fuzz/tests/fuzz_"$subject" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -max_len=65536 -artifact_prefix="build/fuzz/broken/$subject-" -print_final_stats=1 \
        "$found" "tests/fuzz/corpus/$subject" >"build/fuzz/$subject.log" 2>&1 || {
        failed=1
        echo "fuzz: $subject broke:"
        tail -40 "build/fuzz/$subject.log"
        continue
    }
    sed -n 's/^stat::\(number_of_executed_units\|new_units_added\)/fuzz:   \1/p' "build/fuzz/$subject.log"
done
exit $failed
