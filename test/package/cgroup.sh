#!/usr/bin/env bash
# `cgroup.sh make FOLDER` makes the cgroup that the tests with this folder start in; `remove` ends whoever is in
# it. Runs in a mount namespace of its own, because cgroup2 is somewhere else on each machine, or nowhere.
set -euo pipefail
mkdir -p "$2/cgroup"
mount -t cgroup2 cgroup2 "$2/cgroup"
cgroup="$2/cgroup/$(basename "$2")"

case "$1" in
  make) mkdir "$cgroup" ;;
  remove)
    [ -d "$cgroup" ] || exit 0
    [ ! -e "$cgroup/cgroup.kill" ] || echo 1 >"$cgroup/cgroup.kill"
    for _ in $(seq 50); do
      find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null && exit 0
      sleep 0.1
    done
    echo "$cgroup is left over" >&2
    ;;
esac
