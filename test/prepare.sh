#!/usr/bin/env bash
# Builds the program. What takes the tests longest to fetch is on its way meanwhile; who needs it waits for it, and fetches what
# is missing.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=deploy/demo/lab/debian.sh
. deploy/demo/lab/debian.sh
fetch_unless_installed() {
  command -v "$1" || "$2" "$3"
}
{
  fetch_unless_installed clang fetch_with_libraries clang-14
  fetch_with_libraries chromium-headless-shell
} >/dev/null 2>&1 &
{
  fetch_unless_installed prometheus fetch_own prometheus
  fetch_unless_installed prometheus-alertmanager fetch_own prometheus-alertmanager
  fetch_unless_installed vmalert fetch_own victoria-metrics
} >/dev/null 2>&1 &
npm run --silent build
