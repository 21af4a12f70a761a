#!/bin/sh
# run.sh SCRIPT [ARGUMENT...] - a test of this folder, with the Python that $PLINTH_PYTHON names.
cd "$(dirname "$0")" && exec "${PLINTH_PYTHON:-python3}" -B "$@"
