#!/usr/bin/env bash
# Builds the image for both processors and asks it, in containers, for what the Dockerfile promises. Arguments
# choose test files. Tools, base images and packages are fetched once, into .cache; nothing on this machine is
# changed for longer than this runs.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/bpf.sh
. test/image/engine.sh
. test/image/base.sh
. test/image/emulation.sh
. test/image/build.sh

WORK="$PWD/.cache/image"
BIN="$WORK/bin"
RUN=
REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)

main() {
  [ "$(uname -m)" = x86_64 ] || skip 'this machine is not x86-64'
  is_true_root || skip 'only root, of more than a user namespace of its own, can run containers as nodes do'
  RUN=$(mktemp -d /tmp/epe-image.XXXXXX)
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  mkdir -p "$WORK"
  set_up_engine || skip 'buildah, podman, runc and conmon are neither installed nor to be had'
  make_base || skip 'no base image can be made of packages'
  fill_npm_cache || skip 'the npm registry has no packages'
  fill_apt_folder || skip 'the compiler of the BPF programs is not to be had'
  start_emulation || skip 'programs for arm64 cannot be emulated'
  step 'the image for amd64' build_image amd64
  step 'the image for amd64, again' build_image amd64 again
  step 'the image for arm64' build_image arm64
  step 'what the builder is sent' build_context
  PODMAN="$BIN/podman" SECCOMP="$SECCOMP" IMAGE="$IMAGE" REVISION="$REVISION" TMPDIR="$RUN" \
    timeout --foreground 15m node node_modules/vitest/vitest.mjs run --config .config/vitest.image.config.ts "$@"
}

is_true_root() {
  [ "$(id -u)" = 0 ] && grep -Eq '^ *0 +0 +4294967295$' /proc/self/uid_map && unshare --mount true 2>/dev/null
}

skip() {
  echo "the image is not tested: $1" >&2
  if [ "${CI:-}" = true ]; then exit 1; else exit 0; fi
}

# Says how long it took.
step() {
  local what=$1 start=$SECONDS
  shift
  "$@" || exit 1
  echo "$what: $((SECONDS - start)) s"
}

# Containers that are left, mounts of theirs, and the emulation.
clean_up() {
  if [ -x "$BIN/podman" ]; then
    timeout 60 "$BIN/podman" rm --all --force --time 0 >/dev/null 2>&1 || true
    timeout 60 "$BIN/podman" image prune --force >/dev/null 2>&1 || true
  fi
  stop_emulation || true
  umount --recursive --lazy "$RUN" 2>/dev/null || true
  rm -rf "$RUN"
}

main "$@"
