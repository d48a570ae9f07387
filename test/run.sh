#!/usr/bin/env bash
# Runs the tests, and says at the end how long they took. The scenarios need network namespaces of their
# own: root has them, anybody else gets them in a user namespace. Where neither works they are skipped with a
# reason; under CI that is a failure.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=test/bpf.sh
. test/bpf.sh
vitest=(node node_modules/vitest/vitest.mjs run)
[[ " $* " == *' --config '* ]] || vitest+=(--config .config/vitest.config.ts)

if unshare --net true 2>/dev/null; then
  run=("${vitest[@]}")
elif unshare --user --map-root-user --net true 2>/dev/null; then
  run=(unshare --user --map-root-user "${vitest[@]}")
else
  echo "network namespaces are not to be had here: the scenarios on the kernel are skipped" >&2
  [ "${CI:-}" != true ] || exit 1
  run=("${vitest[@]}" --exclude 'test/oracle/**' --exclude 'test/daemon/**' --exclude 'test/deploy/live/**'
    --exclude 'test/deploy/demo.clock.ts' --exclude 'test/grafana/queries.test.ts')
fi

# What the tests leave in the folder for temporary files is deleted with it.
TMPDIR=$(mktemp -d)
chmod 1777 "$TMPDIR"
export TMPDIR
trap 'rm -rf --one-file-system "$TMPDIR"' EXIT

status=0
"${run[@]}" "$@" || status=$?
echo "The tests took $((SECONDS / 60)) min $((SECONDS % 60)) s."
exit "$status"
