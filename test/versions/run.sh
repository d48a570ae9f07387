#!/usr/bin/env bash
# Runs a part of the tests with other versions of Node.js, by default 22 and 24: start, life and HTTP of the daemon, configuration,
# kernel files and netlink, and scenarios that the kernel judges. The programs come from npm's packages. The program must be built.
set -euo pipefail
cd "$(dirname "$0")/../.."

SUITES=(test/daemon/start.test.ts test/daemon/life.test.ts test/daemon/http.test.ts test/daemon/access.test.ts
  test/daemon/source.test.ts test/daemon/hot-code.test.ts test/config test/kernel test/http test/oracle/connect.test.ts test/fuzz)

# `node_of VERSION`: the folder that has this version's program as `node`.
node_of() {
  local cpu folder="$PWD/.cache/node-$1"
  cpu=$(node -p process.arch)
  [ -x "$folder/bin/node" ] || npm install --prefix "$folder" --no-save --no-audit --no-fund --ignore-scripts \
    --loglevel=error "node-linux-$cpu@$1" >/dev/null || return 1
  mkdir -p "$folder/bin"
  ln -sf "../node_modules/node-linux-$cpu/bin/node" "$folder/bin/node"
  echo "$folder/bin"
}

[ $# -gt 0 ] || set -- 22 24
for version in "$@"; do
  folder=$(node_of "$version")
  PATH="$folder:$PATH" node -e '
    const [major] = process.versions.node.split(".");
    console.log(`Node.js ${process.versions.node}`);
    process.exit(major === process.argv[1] ? 0 : 1);
  ' "$version"
  PATH="$folder:$PATH" bash test/run.sh "${SUITES[@]}"
done
