#!/usr/bin/env bash
# Runs the tests. The scenarios need network namespaces of their own: root has them, anybody else gets
# them in a user namespace. Where neither works they are skipped with a reason; under CI that is a failure.
set -eu
cd "$(dirname "$0")/.."
vitest=(node node_modules/vitest/vitest.mjs run --config .config/vitest.config.ts)
for argument in "$@"; do
  [ "$argument" = --config ] && vitest=(node node_modules/vitest/vitest.mjs run)
done

if unshare --net true 2>/dev/null; then
  exec "${vitest[@]}" "$@"
elif unshare --user --map-root-user --net true 2>/dev/null; then
  exec unshare --user --map-root-user "${vitest[@]}" "$@"
fi
echo "network namespaces are not to be had here: the scenarios on the kernel are skipped" >&2
[ "${CI:-}" != true ] || exit 1
exec "${vitest[@]}" --exclude 'test/oracle/**' --exclude 'test/daemon/**' --exclude 'test/deploy/live/**' \
  --exclude 'test/deploy/demo.test.ts' --exclude 'test/grafana/queries.test.ts' "$@"
