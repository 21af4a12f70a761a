#!/bin/sh
# check-layers.sh - each file includes only what its layer may use.
#
# The plinth_layer() lines of CMakeLists.txt are the rules: `#include "plinth/<layer>/..."` must name
# the file's own layer or one behind USES.  The cli may use every layer.  The simulator must never
# see aws or control, or one mistake could hide in both.  Prints file:line: what; exit 1 if any.
cd "$(dirname "$0")/.." || exit 2

# shellcheck disable=SC2016 # the $ are awk's
find src include -name '*.[ch]' | sort | xargs awk '
function finding(what) {
    print FILENAME ":" FNR ": " what
    bad = 1
}
FILENAME == "CMakeLists.txt" {
    if (!match($0, /^plinth_layer\(/))
        next
    gsub(/[()]/, " ")
    layer = $2
    known[layer] = may[layer, layer] = 1
    for (i = 4; i <= NF && $i != "LINKS"; i++) {
        if (!($i in known))
            finding("layer " layer " uses " $i ", which is not below it")
        if (layer == "sim" && ($i == "aws" || $i == "control"))
            finding("the simulator must not use " $i)
        may[layer, $i] = 1
    }
    next
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    n = split(FILENAME, at, "/")
    from = at[1] == "src" ? at[2] : at[3]
    if (from != "cli" && !(from in known))
        finding("no plinth_layer() line for layer " from)
    if (quoted[2] ~ /\.\.\//)
        finding("include by a relative path")
    if (split(quoted[2], to, "/") < 3 || to[1] != "plinth")
        next
    if (from != "cli" && !((from, to[2]) in may))
        finding("layer " from " may not use " to[2])
}
END { exit bad }' CMakeLists.txt && exit 0
exit 1
