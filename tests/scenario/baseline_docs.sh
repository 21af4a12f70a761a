#!/bin/sh
# baseline_docs.sh PLINTH - docs/baseline.md is what plinth prints.
set -u
plinth=$1
cd "$(dirname "$0")/../.." || exit 2

if "$plinth" schema --markdown | cmp - docs/baseline.md; then
    exit 0
fi
echo "docs/baseline.md is stale: $plinth schema --markdown >docs/baseline.md" >&2
exit 1
