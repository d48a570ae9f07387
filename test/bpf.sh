# The BPF programs, compiled into dist/bpf by a clang that is fetched where this machine has none. Sourced by run.sh.

# shellcheck source=deploy/demo/lab/debian.sh
. deploy/demo/lab/debian.sh

# Lets src/kernel/bpf/build.sh find a compiler and headers.
find_clang() {
  ! command -v clang >/dev/null || [ ! -e /usr/include/bpf/bpf_helpers.h ] || return 0
  fetch_with_libraries clang-14 && fetch_with_libraries libbpf-dev || return 1
  local root="$CACHE/clang-14/usr/lib"
  # The compiler alone needs its libraries, and no other program may get them.
  printf '#!/bin/sh\nLD_LIBRARY_PATH="%s" exec "%s" "$@"\n' \
    "$root/$(uname -m)-linux-gnu:$root/llvm-14/lib" "$root/llvm-14/bin/clang" >"$CACHE/clang"
  chmod +x "$CACHE/clang"
  export CLANG="$CACHE/clang" LIBBPF_HEADERS="$CACHE/libbpf-dev/usr/include"
}

build_bpf() {
  find_clang && bash src/kernel/bpf/build.sh dist/bpf
}

# The library that loads them, for this shell and what it starts.
find_libbpf() {
  ! ldconfig -p 2>/dev/null | grep -q 'libbpf\.so\.1' || return 0
  fetch_with_libraries libbpf1 || return 1
  export LD_LIBRARY_PATH="$CACHE/libbpf1/usr/lib/$(uname -m)-linux-gnu"
}

find_libbpf || echo "libbpf is not to be had: what needs BPF programs is skipped" >&2
(build_bpf) >&2 || {
  echo "clang is not to be had: what needs BPF programs is skipped" >&2
  [ "${CI:-}" != true ] || exit 1
}
