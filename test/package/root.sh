# shellcheck shell=bash
# The root file system that packages are installed in, as an archive in .cache/package. Remove it to have a newer
# Debian. Uses the functions of deploy/demo/lab/debian.sh.

# The oldest suite whose own Node.js is new enough.
SUITE=trixie
ROOT_TAR="$PWD/.cache/package/$SUITE.tar"
# Beside systemd what the tests look with.
INCLUDE=systemd,systemd-sysv,curl,iproute2,lintian

# Node.js is downloaded and not installed, so that apt has something to do, and needs no network for it.
make_tar() {
  [ ! -e "$ROOT_TAR" ] || return 0
  local program=mmdebstrap source
  command -v mmdebstrap >/dev/null || {
    fetch_packages "$(own_suite)" mmdebstrap || return 1
    program="$CACHE/mmdebstrap-$(own_suite)/usr/bin/mmdebstrap"
  }
  source=$(mirror)
  mkdir -p "$(dirname "$ROOT_TAR")"
  # shellcheck disable=SC2016
  "$program" --quiet --mode=root --format=tar --variant=apt --include="$INCLUDE" --skip=cleanup/apt \
    --customize-hook='chroot "$1" apt-get -qq install --yes --download-only --no-install-recommends nodejs >/dev/null' \
    "$SUITE" "$ROOT_TAR.partial" "$source" && mv "$ROOT_TAR.partial" "$ROOT_TAR"
}
