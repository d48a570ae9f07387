#!/usr/bin/env bash
# Builds the Debian package and installs it, really, in a Debian of its own: with systemd as first process of
# namespaces of its own, and without. Nothing on this machine is changed. Needs root; fetches the rest.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=test/bpf.sh
. test/bpf.sh
# shellcheck source=test/package/root.sh
. test/package/root.sh

skip() {
  echo "$1: the Debian package is not tested here" >&2
  if [ "${CI:-}" = true ]; then exit 1; else exit 0; fi
}

[ "$(id -u)" = 0 ] || skip 'root is needed, to make a root file system'
[ "$(uname -m)" = x86_64 ] || skip 'the packages that are installed are for amd64'
for program in dpkg-deb apt-get nsenter setpriv; do
  command -v "$program" >/dev/null || skip "there is no $program"
done

work=$(mktemp -d --tmpdir epe-package.XXXXXX)
export PACKAGE_TEST="$work"
vitest=
cleanup() {
  [ -z "$vitest" ] || kill "$vitest" 2>/dev/null || true
  # Whoever is still in there was started by these tests.
  unshare --mount bash test/package/cgroup.sh remove "$work" || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

unshare --mount --pid --fork --net --uts --ipc --cgroup true 2>/dev/null || skip 'namespaces are not to be had'
unshare --mount bash test/package/cgroup.sh make "$work" 2>/dev/null || skip 'cgroup2 is not to be had'
find_clang || skip 'clang is not to be had'
make_tar || skip 'the root file system of a Debian is not to be had'

deploy/app/assemble.sh "$work/app" x64
deploy/debian/build.sh amd64 "$work/first" "$work/app" >/dev/null
VERSION=99.0.0 deploy/debian/build.sh amd64 "$work/next" "$work/app" >/dev/null
# In the background, so that a signal to this script is heard at once.
node node_modules/vitest/vitest.mjs run --config .config/vitest.package.config.ts "$@" &
vitest=$!
wait "$vitest"
