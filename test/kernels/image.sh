# The guest's whole file system, as an initramfs: a disk or a share would need drivers, and be slower.

# What the checkout needs to test itself.
CHECKOUT=(package.json tsconfig.json .config deploy dist node_modules src test)

# `make_image KERNEL-FOLDER IMAGE`; busybox and the kernel are unpacked already.
make_image() {
  local root="$2.root" busybox="$CACHE/busybox/bin/busybox"
  rm -rf "$root"
  mkdir -p "$root"/{bin,sbin,etc,tmp,proc,sys,dev,checkout,lib/modules}
  cp "$busybox" "$root/bin/"
  cp test/kernels/init "$root/"
  cp -r "${CHECKOUT[@]}" "$root/checkout/"
  cp "$(command -v node)" "$root/bin/node"
  # That of busybox knows too little of devices.
  cp "$(command -v ip)" "$root/bin/ip"
  libraries | xargs cp -L --parents --target-directory="$root"
  add_modules "$1" "$root" "$busybox"
  (cd "$root" && find . | "$busybox" cpio -o -H newc) >"$2" 2>/dev/null
  rm -rf "$root"
}

# The shared libraries of the programs, and of what Node.js loads.
libraries() {
  local libbpf
  libbpf=$(ldconfig -p | sed -n 's/.*libbpf\.so\.1 .*=> //p' | head -n 1)
  {
    find node_modules -name '*.node' -path '*linux*' -print0 |
      xargs -0 ldd "$(command -v node)" "$(command -v ip)" ${libbpf:+"$libbpf"} 2>/dev/null |
      grep -o '/[^ :]*\.so[^ :]*' | grep -v '\.node$'
    echo "$libbpf"
  } | grep . | sort -u
}

# The modules that sockets may ask for, ready for modprobe.
add_modules() {
  local modules=("$1"/lib/modules/* "$1"/usr/lib/modules/*) found target
  for found in "${modules[@]}"; do
    [ -d "$found/kernel" ] || continue
    target="$2/lib/modules/$(basename "$found")"
    mkdir -p "$target/kernel/drivers"
    cp -r "$found/kernel/"{net,lib,crypto} "$target/kernel/"
    cp -r "$found/kernel/drivers/net" "$target/kernel/drivers/"
    find "$target" -name '*.xz' -exec xz --decompress {} +
    "$3" depmod -b "$2" "$(basename "$found")"
  done
}
