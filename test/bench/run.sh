#!/usr/bin/env bash
# Builds program and benchmarks, with the BPF programs where a compiler is to be had, and asks the questions.
set -euo pipefail
cd "$(dirname "$0")/../.."
npm run --silent build
# shellcheck source=test/bpf.sh
. test/bpf.sh
npx --no-install tsc -p test/bench/tsconfig.json
# Beside the module that looks for them.
if [ -d dist/bpf ]; then cp -r dist/bpf .cache/bench-js/src/kernel/bpf/; fi
exec node .cache/bench-js/test/bench/run.js "$@"
