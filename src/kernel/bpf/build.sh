#!/usr/bin/env bash
# Compiles the BPF programs into the folder of the first argument, for all kernels and processors that store the last byte of a
# word first. Needs clang, and the headers of libbpf: Debian's clang and libbpf-dev. CLANG names another clang than that of the
# PATH, LIBBPF_HEADERS another folder of headers than the compiler's own.
set -euo pipefail
[ $# = 1 ] || {
  echo "usage: $0 FOLDER" >&2
  exit 2
}
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")"
clang=${CLANG:-$(command -v clang || true)}
[ -n "$clang" ] || {
  echo "$0: there is no clang; expected one on the PATH, or its path in CLANG" >&2
  exit 1
}
headers=(${LIBBPF_HEADERS:+-I "$LIBBPF_HEADERS"})
for program in *.bpf.c; do
  # BTF and the lines of the programs are in the debugging information: it must not name folders of this machine.
  "$clang" -target bpfel -O2 -g -Wall -Werror -fdebug-compilation-dir=. "${headers[@]}" \
    -c "$program" -o "$folder/${program%.c}.o"
done
