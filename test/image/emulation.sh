# shellcheck shell=bash
# Lets this machine run programs for arm64, by qemu of Debian's packages, until `stop_emulation`. A machine
# that can do so already is left as it is.

HANDLER=ephemeral-port-exporter-arm64
# An ELF header of a 64-bit program or library for AArch64, as qemu's own registration has it.
MAGIC='\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
MASK='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'

start_emulation() {
  local qemu
  BINFMT="$RUN/binfmt"
  mkdir -p "$BINFMT"
  mount -t binfmt_misc binfmt_misc "$BINFMT" || return 1
  forget_handler
  ! grep -qs '^magic 7f454c460201.*b700$' "$BINFMT"/* || return 0
  qemu=$(command -v qemu-aarch64-static) || qemu=$(fetched_qemu) || return 1
  # F: the kernel opens qemu now, so that it need not be inside the containers.
  printf '%s' ":$HANDLER:M::$MAGIC:$MASK:$qemu:F" >"$BINFMT/register"
}

fetched_qemu() {
  local suite
  suite=$(own_suite)
  fetch_packages "$suite" qemu-user-static || return 1
  echo "$CACHE/qemu-user-static-$suite/usr/bin/qemu-aarch64-static"
}

# What a run that was killed has left goes too.
forget_handler() {
  [ ! -e "$BINFMT/$HANDLER" ] || echo -1 >"$BINFMT/$HANDLER"
}

stop_emulation() {
  mountpoint -q "${BINFMT:-/nowhere}" || return 0
  forget_handler
  umount "$BINFMT"
}
