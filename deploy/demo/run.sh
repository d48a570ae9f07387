#!/usr/bin/env bash
# `npm run demo`: compiles, fetches the programs that are missing, and starts the demo in a network namespace of its
# own.
set -eu
cd "$(dirname "$0")/../.."
scripts=.cache/demo-js/deploy/demo
tsc=node_modules/typescript/bin/tsc

for argument in "$@"; do
  [ "$argument" != --help ] || exec cat deploy/demo/help.txt
done

# Each step is a process group: the trap kills all processes that a step has started.
set -m
group=
trap '[ -z "$group" ] || kill -- "-$group" 2>/dev/null || true' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
step() {
  "$@" </dev/null &
  group=$!
  wait "$group"
  group=
}

[ -e "$tsc" ] || { echo "demo: run npm ci first" >&2; exit 1; }
echo "demo: compiling" >&2
step node "$tsc" -p tsconfig.json
step node "$tsc" -p deploy/demo/tsconfig.json
step node "$scripts/prepare.js" "$@"
set +m

# Root can create a network namespace; any other user needs a user namespace around it.
for unshare in "unshare --net" "unshare --user --map-root-user --net"; do
  if $unshare true 2>/dev/null; then exec $unshare node "$scripts/demo.js" "$@"; fi
done
echo "demo: network namespaces are not to be had here: unshare says" >&2
unshare --user --map-root-user --net true || exit 1
