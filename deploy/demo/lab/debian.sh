# Debian packages of any suite, unpacked into .cache/debian, without a change to this machine. What is
# there is used as it is: remove the folder to have newer ones.

CACHE="$PWD/.cache/debian"

# The suite that this machine runs, for programs; kernels may be of any.
own_suite() (
  . /etc/os-release
  echo "${VERSION_CODENAME:-unknown}"
)

# The mirror that this machine has for its own suite.
mirror() {
  apt-get update --print-uris | sed -n "s|^'\(.*\)/dists/$(own_suite)/InRelease'.*|\1|p" | head -n 1
}

# apt-get or apt-cache on one suite, with sources, lists and cache of its own: `apt trixie get update`.
apt() {
  local home="$CACHE/suites/$1" program="apt-$2"
  shift 2
  "$program" -qq -o Dir::Etc::SourceList="$home/sources.list" -o Dir::Etc::SourceParts=- \
    -o Dir::State::Lists="$home/lists" -o Dir::Cache="$home" -o Dir::Cache::Archives="$home/archives" \
    -o Debug::NoLocking=1 -o APT::Sandbox::User=root "$@"
}

# Makes a suite known to `apt`.
open_suite() {
  local home="$CACHE/suites/$1" mirror
  [ ! -e "$home/opened" ] || return 0
  mirror=$(mirror)
  [ -n "$mirror" ] || return 1
  mkdir -p "$home/lists/partial" "$home/archives/partial"
  local keys=/usr/share/keyrings/debian-archive-keyring.gpg
  echo "deb [signed-by=$keys] $mirror $1 main" >"$home/sources.list"
  apt "$1" get update && touch "$home/opened"
}

download() (
  cd "$CACHE/suites/$1/archives"
  suite=$1
  shift
  apt "$suite" get download "$@"
)

# Unpacks all that was downloaded for a suite into a folder, which is there only when it is complete.
unpack() {
  local archives="$CACHE/suites/$1/archives" package
  rm -rf "$2.partial"
  for package in "$archives"/*.deb; do
    dpkg -x "$package" "$2.partial" || return 1
    rm "$package"
  done
  mv "$2.partial" "$2"
}

# One at a time for each name, until the shell ends.
take_turn() {
  mkdir -p "$CACHE"
  exec 9>"$CACHE/$1.lock"
  flock 9
}

# A package of the suite that this machine runs, alone, in a folder that is named after it.
fetch_own() (
  folder="$CACHE/$1"
  [ ! -e "$folder" ] || return 0
  take_turn "own-$1"
  [ ! -e "$folder" ] || return 0
  rm -rf "$folder.partial"
  mkdir "$folder.partial" && cd "$folder.partial" || return 1
  apt-get -qq download "$1" || { apt-get -qq update && apt-get -qq download "$1"; } || return 1
  dpkg -x ./*.deb . && rm ./*.deb && mv "$folder.partial" "$folder"
)

# A package with the libraries that this machine lacks, in one folder that is named after it.
fetch_with_libraries() (
  folder="$CACHE/$1" suite=$(own_suite)
  [ ! -e "$folder" ] || return 0
  take_turn "$suite"
  [ ! -e "$folder" ] || return 0
  open_suite "$suite" &&
    apt "$suite" get install --yes --download-only --no-install-recommends "$1" >/dev/null &&
    unpack "$suite" "$folder"
)

fetch_busybox() {
  local folder="$CACHE/busybox" suite
  [ ! -e "$folder" ] || return 0
  suite=$(own_suite)
  open_suite "$suite" && download "$suite" busybox-static && unpack "$suite" "$folder"
}

# The kernel of a suite: the small one for virtual machines, which has the same network code. Newer
# ones come in several packages.
fetch_kernel() {
  local folder="$CACHE/kernel-$1" packages
  [ ! -e "$folder" ] || return 0
  open_suite "$1" || return 1
  packages=$(apt "$1" cache depends --recurse --important linux-image-cloud-amd64 |
    grep -E '^linux-(image|binary|modules)-') || return 1
  # shellcheck disable=SC2086
  download "$1" $packages && unpack "$1" "$folder"
}

# Packages of a suite, in one folder that is named after it and the first.
fetch_packages() (
  suite=$1 folder="$CACHE/$2-$1"
  [ ! -e "$folder" ] || return 0
  take_turn "$suite"
  [ ! -e "$folder" ] || return 0
  open_suite "$suite" && download "$@" && unpack "$suite" "$folder"
)
