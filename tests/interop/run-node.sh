#!/bin/sh
# run-node.sh SCRIPT [ARGUMENT...] - a test of this folder that is JavaScript; skipped without node.
cd "$(dirname "$0")" || exit 2
if ! command -v node >/dev/null; then
    echo "skipped: node is not installed"
    exit 77
fi
exec node "$@"
