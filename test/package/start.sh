#!/usr/bin/env bash
# Starts a command in a root file system, `start.sh ROOT COMMAND…`: cgroup first, then all the other namespaces.
# It ends when whoever called this ends.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cgroups="$PACKAGE_TEST/cgroup"
mount -t cgroup2 cgroup2 "$cgroups"
own="$cgroups/$(basename "$PACKAGE_TEST")/$$"
mkdir "$own"
echo $$ >"$own/cgroup.procs"
exec setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --net --uts --ipc --cgroup \
  bash "$here/enter-root.sh" "$@"
