#!/bin/sh
# install.sh - what cmake --install puts where, and that plinth finds it there.
#
#   tests/scenario/install.sh PLINTH
# shellcheck disable=SC1091,SC2154 # the sourced file sets these
. "$(dirname "$0")/../support/sandbox.sh"

DESTDIR=$work/root cmake --install "$(dirname "$plinth")" --prefix /usr >out 2>err ||
    fail "cmake --install exits with $?"
for file in bin/plinth share/man/man1/plinth.1 share/plinth/baselines/startup.yaml \
    share/plinth/templates/scp/region-limits.yaml; do
    [ -f "root/usr/$file" ] || fail "no /usr/$file"
done

# A baseline that is nowhere but there, with a template that is nowhere but there.
data=$work/root/usr/share/plinth
sed 's/^name: .*/name: moved/' "$data/baselines/minimal.yaml" >"$data/baselines/moved.yaml"
cp "$data/templates/scp/deny-leave-organization.yaml" "$data/templates/scp/moved.yaml"
sed -i 's|template: scp/deny-leave-organization|template: scp/moved|' "$data/baselines/moved.yaml"
grep -q 'scp/moved' "$data/baselines/moved.yaml" || fail "minimal.yaml has no template to move"
root/usr/bin/plinth validate moved >out 2>err </dev/null ||
    fail "the installed plinth does not find its baselines and templates"
"$plinth" validate moved >out 2>err </dev/null && fail "another plinth finds them too"

# Once installed, it no longer looks into the tree that it was built from.
rm -r "$data"
root/usr/bin/plinth validate minimal >out 2>err </dev/null
grep -qF "$source" out && fail "the installed plinth reads its source tree"
finish
