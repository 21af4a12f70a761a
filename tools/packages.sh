#!/bin/sh
# packages.sh - install the Debian packages that are lacking, as root or through sudo.
#
#   tools/packages.sh build        what compiling plinth takes
#   tools/packages.sh test         that, and what its tests take
#
# Says nothing and needs no rights when all of them are there.
set -u

build='gcc libc6-dev cmake ninja-build pkg-config libcurl4-openssl-dev libssl-dev libyaml-dev
libcjson-dev libxml2-dev libarchive-dev libmicrohttpd-dev uthash-dev ca-certificates curl'
test='clang clang-format-14 libcmocka-dev ccache pmccabe openssl python3 python3-venv awscli git'

case ${1:-} in
build) wanted=$build ;;
test) wanted="$build $test" ;;
*)
    sed -n '4,5s/^# *//p' "$0" >&2
    exit 64
    ;;
esac

lacking=
for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)
    [ "$state" = installed ] || lacking="$lacking $package"
done
[ -n "$lacking" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "packages.sh: no apt-get here; install the like of:$lacking" >&2
    exit 1
fi
as_root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "packages.sh: run this as root, or install:$lacking" >&2
        exit 1
    fi
    as_root=sudo
fi
echo "installing$lacking" >&2
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # both are lists of words
if ! $as_root apt-get update -qq >"$log" 2>&1 ||
    ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
        $lacking >>"$log" 2>&1; then
    cat "$log" >&2
    echo "packages.sh: apt-get failed; see above" >&2
    exit 1
fi
