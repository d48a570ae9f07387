# shellcheck shell=bash
# Builds the image as a user would, but without a network: npm finds its packages in a cache, and apt in a folder.

IMAGE=localhost/ephemeral-port-exporter

# The packages of the lock file, for this processor and for arm64, in a home for the build's root.
fill_npm_cache() {
  local home="$WORK/home" lock folder
  lock=$(sha256sum package.json package-lock.json)
  [ "$(cat "$home/filled-for" 2>/dev/null)" != "$lock" ] || return 0
  echo 'filling a cache for npm' >&2
  rm -rf "$home"
  mkdir -p "$home"
  folder=$(mktemp -d "$RUN/npm.XXXX")
  cp package.json package-lock.json "$folder"
  fill "$folder" && fill "$folder" --omit=dev --os=linux --cpu=arm64 --libc=glibc || return 1
  echo 'offline = true' >"$home/.npmrc"
  echo "$lock" >"$home/filled-for"
}

# What the Dockerfile installs, for both processors, in that home too: apt takes such a folder for a repository.
fill_apt_folder() {
  local folder="$WORK/home/debian" sources="$WORK/sources"
  [ ! -e "$folder/complete" ] || return 0
  echo 'filling a folder for apt' >&2
  rm -rf "$folder"
  mkdir -p "$sources"
  put_packages amd64 clang libbpf-dev libbpf1 && put_packages arm64 libbpf1 || return 1
  printf 'deb [trusted=yes arch=%s] file:/root/debian/%s ./\n' amd64 amd64 arm64 arm64 >"$sources/packages.list"
  touch "$folder/complete"
}

# Packages for a processor with all that they need.
put_packages() {
  local arch=$1 home="$WORK/debian-$1" folder="$WORK/home/debian/$1" package
  shift
  open_suite bookworm || return 1
  mkdir -p "$home/lists/partial" "$home/archives/partial" "$folder"
  foreign_apt "$arch" update &&
    foreign_apt "$arch" install --yes --download-only --no-install-recommends "$@" >/dev/null || return 1
  mv "$home/archives"/*.deb "$folder"
  rm -rf "$home"
  for package in "$folder"/*.deb; do
    dpkg-deb --field "$package" && printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$(basename "$package")" \
      "$(stat --format=%s "$package")" "$(sha256sum "$package" | cut -d ' ' -f 1)" || return 1
  done >"$folder/Packages"
}

fill() {
  local folder=$1
  shift
  npm ci --prefix "$folder" --cache "$WORK/home/.npm" --ignore-scripts --no-audit --no-fund --loglevel=error \
    "$@" >/dev/null
}

# `build_image ARCH [TAG]`: by default the tag is the processor. Health checks are in Docker's format only, not in OCI's.
build_image() {
  local file="$WORK/$1.Dockerfile"
  spell_out_platforms "$1" >"$file"
  buildah_build --platform "linux/$1" --volume "$WORK/home:/root" \
    --volume "$WORK/sources:/etc/apt/sources.list.d:ro" --build-arg "REVISION=$REVISION" \
    --tag "$IMAGE:${2:-$1}" --file "$file"
}

# The Dockerfile as it is, unless it is for another processor than the builder's: Buildah 1.28 does not know
# $BUILDPLATFORM in FROM, and builds each stage for the platform of the one before.
spell_out_platforms() {
  if [ "$1" = amd64 ]; then
    cat Dockerfile
  else
    # shellcheck disable=SC2016
    sed -e 's|--platform=$BUILDPLATFORM|--platform=linux/amd64|' -e "s|^FROM node|FROM --platform=linux/$1 node|" \
      Dockerfile
  fi
}

# An image of nothing but what the builder is sent.
build_context() {
  printf 'FROM scratch\nCOPY . /\n' >"$WORK/context.Dockerfile"
  buildah_build --tag "$IMAGE:context" --file "$WORK/context.Dockerfile"
}

# Without a cache of layers: Buildah 1.28 would take one that was built with another REVISION.
buildah_build() {
  timeout 10m "$BIN/buildah" build --signature-policy "$WORK/etc/policy.json" --format docker --pull-never \
    --network none "$@" . >"$RUN/build.log" 2>&1 && return
  cat "$RUN/build.log" >&2
  return 1
}
