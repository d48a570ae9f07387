#!/usr/bin/env bash
# Runs the oracle suites on Debian's kernels, in machines that qemu emulates without help of the
# hardware. Arguments that name a kernel choose it (all, if none does); others choose test files.
# MIXTURES, MIXTURE_SEED and BINDER_STORIES are handed on; TIME_LIMIT is how long one kernel may take.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/demo/lab/debian.sh
. test/kernels/image.sh
# shellcheck source=test/bpf.sh
. test/bpf.sh

KERNELS=(6.1 6.12 newest)
declare -A SUITES=([6.1]=bookworm [6.12]=trixie [newest]=sid)
# With a thread for each processor, one of them still ran the breakpoint that the other had taken away again from the start of
# inet_csk_get_port, where a BPF program was attached: Linux 7.2 died of it ("Oops: int3").
declare -A ACCELERATORS=([newest]=tcg,thread=single)
TIME_LIMIT=${TIME_LIMIT:-20m}
failed=0

main() {
  local chosen=() filters=() argument kernel
  for argument in "$@"; do
    if [ -n "${SUITES[$argument]:-}" ]; then chosen+=("$argument"); else filters+=("$argument"); fi
  done
  [ ${#chosen[@]} -gt 0 ] || chosen=("${KERNELS[@]}")

  [ "$(uname -m)" = x86_64 ] || skip 'a machine that could run this Node.js is'
  command -v qemu-system-x86_64 >/dev/null || fetch_with_libraries qemu-system-x86 || skip 'qemu is'
  fetch_busybox || skip 'busybox is'
  for kernel in "${chosen[@]}"; do
    fetch_kernel "${SUITES[$kernel]}" || skip "Linux $kernel is"
    test_on "$kernel" "${filters[@]}"
  done
  exit $failed
}

skip() {
  echo "$1 not to be had here: the suites are not run on other kernels" >&2
  if [ "${CI:-}" = true ]; then exit 1; else exit 0; fi
}

# Boots one kernel; it has failed unless the guest says that vitest ended with 0.
test_on() {
  local name=$1 folder="$CACHE/kernel-${SUITES[$1]}" work="$PWD/.cache/kernels/$1" status
  shift
  echo "Linux $name:"
  rm -rf "$work"
  mkdir -p "$work"
  touch "$work/status"
  make_image "$folder" "$work/image"
  emulate "$(find "$folder" -name 'vmlinuz*')" "$work" "${ACCELERATORS[$name]:-tcg}" "$@" | sed --unbuffered 's/\r$//' || true
  status=$(tr -dc 0-9 <"$work/status")
  rm "$work/image"
  [ "$status" = 0 ] && return
  echo "Linux $name: failed (${status:-it died, or took more than $TIME_LIMIT})" >&2
  failed=1
}

# Without cmpxchg16b (cx16): qemu 7.2 shows an interrupt right after it the low half of RAX as flags, and
# every other start of Linux 6.12 died of a double fault.
emulate() {
  local kernel=$1 work=$2 accelerator=$3 usr="$CACHE/qemu-system-x86/usr" multiarch=x86_64-linux-gnu settings
  shift 3
  settings="MIXTURES=${MIXTURES:-10} BINDER_STORIES=${BINDER_STORIES:-6}${MIXTURE_SEED:+ MIXTURE_SEED=$MIXTURE_SEED}"
  PATH="$PATH:$usr/bin" LD_LIBRARY_PATH="$usr/lib/$multiarch:$CACHE/qemu-system-x86/lib/$multiarch" \
    timeout --foreground --kill-after=10 "$TIME_LIMIT" \
    qemu-system-x86_64 -accel "$accelerator" -cpu max,-cx16 -smp 2 -m 4G \
    -nodefaults -no-user-config -no-reboot -display none \
    -L "$usr/share/qemu" -L "$usr/share/seabios" \
    -kernel "$kernel" -initrd "$work/image" -append "console=ttyS0 quiet panic=-1 $settings -- $*" \
    -serial stdio -serial "file:$work/status" </dev/null
}

main "$@"
