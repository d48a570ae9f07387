# shellcheck shell=bash
# A stand-in for node:24-bookworm-slim, made of Debian's packages and of the npm registry's: where the image
# is tested, a registry of images may be out of reach. Like the official image it has Debian bookworm's
# essential packages, apt and libstdc++, node and npm under /usr/local, the user node, and things named corepack
# and yarn. Unlike it, the packages are unpacked and called installed, but not configured, corepack and yarn are empty, node is
# the registry's copy of the program, and there is no docker-entrypoint.sh, no manual and no header.

BASE_IMAGE=docker.io/library/node:24-bookworm-slim
declare -A NODE_CPU=([amd64]=x64 [arm64]=arm64)

# Makes the image for all processors, under one name; anew where this file has changed.
make_base() {
  local arch made="$WORK/base-made-by"
  ! "$BIN/buildah" manifest inspect "$BASE_IMAGE" >/dev/null 2>&1 ||
    ! cmp -s test/image/base.sh "$made" || return 0
  "$BIN/buildah" manifest rm "$BASE_IMAGE" >/dev/null 2>&1 || true
  for arch in "${!NODE_CPU[@]}"; do
    echo "making a base image for $arch" >&2
    unpack_debian "$arch" && add_node "$arch" && commit_base "$arch" || return 1
  done
  "$BIN/buildah" manifest create "$BASE_IMAGE" >/dev/null || return 1
  for arch in "${!NODE_CPU[@]}"; do
    "$BIN/buildah" manifest add "$BASE_IMAGE" "containers-storage:localhost/base:$arch" >/dev/null || return 1
  done
  cp test/image/base.sh "$made"
}

# apt-get for a processor, as if nothing were installed: `foreign_apt arm64 update`.
foreign_apt() {
  local arch=$1 home="$WORK/debian-$1"
  shift
  apt bookworm get -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o Dir::State::status=/dev/null \
    -o Dir::State::Lists="$home/lists" -o Dir::Cache="$home" -o Dir::Cache::Archives="$home/archives" \
    -o Acquire::Languages=none "$@"
}

# Essential packages, unpacked in a root file system; nothing of them runs, so any processor will do.
unpack_debian() {
  local home="$WORK/debian-$1" root="$WORK/root-$1" folder package
  open_suite bookworm || return 1
  mkdir -p "$home/lists/partial" "$home/archives/partial"
  foreign_apt "$1" update && foreign_apt "$1" install --yes --download-only --no-install-recommends \
    '?essential' apt libstdc++6 >/dev/null || return 1
  rm -rf "$root"
  for folder in bin sbin lib lib64; do
    mkdir -p "$root/usr/$folder"
    ln -s "usr/$folder" "$root/$folder"
  done
  mkdir -p "$root/var/lib/dpkg"
  for package in "$home/archives"/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$root" || return 1
    { dpkg-deb --field "$package" && echo 'Status: install ok installed' && echo; } >>"$root/var/lib/dpkg/status" || return 1
  done
  cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
  cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
  echo 'node:x:1000:1000::/home/node:/bin/bash' >>"$root/etc/passwd"
  echo 'node:x:1000:' >>"$root/etc/group"
  rm -rf "$home" "$root"/usr/share/{doc,man,locale,info}
}

add_node() {
  local cpu=${NODE_CPU[$1]} root="$WORK/root-$1" folder="$WORK/node-$1" local="$WORK/root-$1/usr/local"
  npm install --prefix "$folder" --no-save --no-audit --no-fund --ignore-scripts --force --loglevel=error \
    --os=linux --cpu="$cpu" "node-linux-$cpu@24" npm@11 >/dev/null || return 1
  mkdir -p "$local"/{bin,lib/node_modules/corepack/dist} "$root/opt/yarn-v1.22.22/bin" "$root/home/node"
  cp "$folder/node_modules/node-linux-$cpu/bin/node" "$local/bin/"
  mv "$folder/node_modules/npm" "$local/lib/node_modules/"
  touch "$local/lib/node_modules/corepack/dist/corepack.js" "$root/opt/yarn-v1.22.22/bin/yarn"
  ln -s node "$local/bin/nodejs"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$local/bin/npx"
  ln -s ../lib/node_modules/corepack/dist/corepack.js "$local/bin/corepack"
  ln -s /opt/yarn-v1.22.22/bin/yarn "$local/bin/yarn"
  ln -s /opt/yarn-v1.22.22/bin/yarn "$local/bin/yarnpkg"
  rm -rf "$folder"
}

commit_base() {
  local root="$WORK/root-$1"
  printf '%s\n' 'FROM scratch' 'COPY . /' 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    'CMD ["node"]' >"$WORK/base.Dockerfile"
  "$BIN/buildah" build --signature-policy "$WORK/etc/policy.json" --format docker --platform "linux/$1" \
    --tag "localhost/base:$1" --file "$WORK/base.Dockerfile" "$root" >/dev/null || return 1
  rm -rf "$root"
}
