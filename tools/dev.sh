#!/bin/sh
# dev.sh - the loop of a developer.
#
#   tools/dev.sh        build with sanitizers, check each header alone, run the unit tests, lint
#   tools/dev.sh fmt    format every source with clang-format 14
set -e
cd "$(dirname "$0")/.."

case ${1:-} in
'')
    cmake --preset dev
    cmake --build --preset dev --target all all_verify_interface_header_sets
    ctest --preset dev -L unit
    tools/lint.sh
    ;;
fmt)
    format=clang-format-14
    command -v "$format" >/dev/null || format=clang-format
    "$format" --version | grep -q 'version 14\.' || {
        echo "dev.sh: fmt needs clang-format 14; other versions format differently" >&2
        exit 1
    }
    find src include tests -name '*.[ch]' -exec "$format" -i {} +
    ;;
*)
    sed -n '3,5s/^# *//p' "$0" >&2
    exit 64
    ;;
esac
