# The BPF programs, compiled into dist/bpf by a clang that is fetched where this machine has none. Sourced by run.sh.

# shellcheck source=deploy/demo/lab/debian.sh
. deploy/demo/lab/debian.sh

build_bpf() {
  local clang headers
  if ! command -v clang >/dev/null || [ ! -e /usr/include/bpf/bpf_helpers.h ]; then
    fetch_with_libraries clang-14 && fetch_with_libraries libbpf-dev || return 1
    clang="$CACHE/clang-14/usr/lib/llvm-14/bin/clang"
    headers="$CACHE/libbpf-dev/usr/include"
    export LD_LIBRARY_PATH="$CACHE/clang-14/usr/lib/x86_64-linux-gnu:$CACHE/clang-14/usr/lib/llvm-14/lib"
  fi
  CLANG=${clang:-} LIBBPF_HEADERS=${headers:-} bash src/kernel/bpf/build.sh dist/bpf
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
