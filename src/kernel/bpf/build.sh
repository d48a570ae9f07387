#!/usr/bin/env bash
# Compiles the BPF programs into the folder of the first argument, for all kernels and processors that store the last byte of a
# word first. Needs clang, and the headers of libbpf: Debian's clang and libbpf-dev. CLANG names another clang than that of the
# PATH, LIBBPF_HEADERS another folder of headers than the compiler's own. With --optional it does nothing where one is missing.
set -euo pipefail
[ $# = 1 ] || { [ $# = 2 ] && [ "$2" = --optional ]; } || {
  echo "usage: $0 FOLDER [--optional]" >&2
  exit 2
}
mode=${2:-}
folder=$(realpath --canonicalize-missing "$1")
cd "$(dirname "$0")"
clang=${CLANG:-$(command -v clang || true)}
# The debugging information, which has BTF and the lines of the programs, must not name folders of this machine.
headers=(-fdebug-compilation-dir=. ${LIBBPF_HEADERS:+-I "$LIBBPF_HEADERS" "-ffile-prefix-map=$LIBBPF_HEADERS=/usr/include"})

missing() {
  [ "$mode" != --optional ] || exit 0
  echo "$0: $1" >&2
  exit 1
}

[ -n "$clang" ] || missing 'there is no clang; expected one on the PATH, or its path in CLANG'
"$clang" -target bpfel -fsyntax-only "${headers[@]}" -x c - <<<'#include <bpf/bpf_core_read.h>' 2>/dev/null ||
  missing 'there are no headers of libbpf; expected bpf/bpf_core_read.h, or its folder in LIBBPF_HEADERS'
mkdir -p "$folder"
for program in *.bpf.c; do
  "$clang" -target bpfel -O2 -g -Wall -Werror "${headers[@]}" -c "$program" -o "$folder/${program%.c}.o"
done
