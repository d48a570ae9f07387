#!/usr/bin/env bash
# Builds the Debian package for amd64 or arm64, the first argument, in the folder of the second. The third is a
# folder that deploy/app/assemble.sh has filled, where there is one already. Prints the path of the package.
# Needs npm, clang, libbpf-dev and dpkg-deb, and neither root nor debhelper. The same commit gives the same bytes, with the
# same clang: all times are SOURCE_DATE_EPOCH, by default the commit's. From the environment too: VERSION and REVISION, by default
# package.json's and the commit; DEBFULLNAME and DEBEMAIL, the maintainer, by default a placeholder.
set -euo pipefail
name=ephemeral-port-exporter
architecture=${1:-}
case "$architecture" in
  amd64) cpu=x64 ;;
  arm64) cpu=arm64 ;;
  *)
    echo "usage: $0 amd64|arm64 FOLDER [ASSEMBLED]" >&2
    exit 2
    ;;
esac
mkdir -p "${2:?the folder for the package is missing}"
target=$(cd "$2" && pwd)
app=${3:+$(cd "$3" && pwd)}
cd "$(dirname "$0")/../.."
here=deploy/debian
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || true)}
[[ $SOURCE_DATE_EPOCH =~ ^[0-9]+$ ]] || {
  echo "$0: not in a git checkout: SOURCE_DATE_EPOCH must say the time, in seconds since 1970" >&2
  exit 2
}
version=${VERSION:-$(node -p 'require("./package.json").version')}
# A pre-release comes before the release: Debian's order says so only with a tilde.
version=${version/-/\~}
maintainer="${DEBFULLNAME:-$name maintainers} <${DEBEMAIL:-maintainers@$name.example}>"
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root="$work/root"
lib="$root/usr/lib/$name"
doc="$root/usr/share/doc/$name"
man="$root/usr/share/man/man1"
if [ -z "$app" ]; then
  app="$work/app"
  deploy/app/assemble.sh "$app" "$cpu"
fi

main() {
  mkdir -p "$root/DEBIAN" "$root/usr/bin" "$lib" "$doc/examples" "$man"
  put_program
  put_service
  put_documents
  put_control
  # The same modes whatever the umask, and the same time for all files.
  chmod -R u=rwX,go=rX "$root"
  find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
  local package="$target/${name}_${version}_$architecture.deb"
  # The compressor's output depends on the number of its threads.
  dpkg-deb --root-owner-group --threads-max=1 -Zxz --build "$root" "$package" >/dev/null
  echo "$package"
}

# Only files that are needed at run time: the licenses are in the copyright file, and the npm packages' own commands,
# sources in C and binaries for another C library are not used.
put_program() {
  cp -R "$app/dist" "$app/node_modules" "$lib"
  rm "$lib/dist/third-party.json"
  put_package_json
  local modules="$lib/node_modules"
  find "$modules" -type f -regextype egrep ! -regex '.*\.([cm]?js|json|node)' -delete
  find "$modules" -type f \( -name '.*' -o -name 'bin.*js' -o -name cnoke.cjs -o -name trampolines.cjs \) -delete
  find "$modules" -type d \( -name '.?*' -o -name bin -o -name scripts -o -name 'musl_*' \) \
    -prune -exec rm -r {} +
  find "$modules" -type d -empty -delete
  find "$lib" -type f -exec chmod a-x {} +
  # The Node.js that this package depends on, not the first on the user's PATH.
  sed -i '1s|^#!.*|#!/usr/bin/node|' "$lib/dist/main.js"
  chmod a+x "$lib/dist/main.js"
  ln -s "../lib/$name/dist/main.js" "$root/usr/bin/$name"
}

# With the commit under npm's name for it, so that ephemeral_ports_build_info can say which it is.
put_package_json() {
  REVISION=${REVISION:-$(git rev-parse HEAD 2>/dev/null || true)} node -e '
    const [from, to] = process.argv.slice(1);
    const facts = { ...JSON.parse(fs.readFileSync(from)), gitHead: process.env.REVISION };
    fs.writeFileSync(to, JSON.stringify(facts, null, 2) + "\n");
  ' "$app/package.json" "$lib/package.json"
}

put_service() {
  install -D -m 644 -t "$root/usr/lib/systemd/system" "deploy/systemd/$name.service"
  install -D -m 644 "deploy/systemd/$name.default" "$root/etc/default/$name"
  install -D -m 644 -t "$root/etc/$name" deploy/systemd/config.yaml
  install -m 644 -t "$doc/examples" deploy/systemd/{bpf,full}.conf deploy/systemd/web.yaml
}

put_documents() {
  node "$here/copyright.js" "$app" >"$doc/copyright"
  cp "$app/sbom.cdx.json" "$doc"
  install -D -m 644 "$here/lintian-overrides" "$root/usr/share/lintian/overrides/$name"
  changelog | gzip -9n >"$doc/changelog.gz"
  node "$lib/dist/main.js" --help >"$work/help"
  node "$here/manual.js" "$version" "$work/help" | gzip -9n >"$man/$name.1.gz"
}

changelog() {
  printf '%s (%s) unstable; urgency=medium\n\n  * Built from the sources of this version.\n\n -- %s  %s\n' \
    "$name" "$version" "$maintainer" "$(LC_ALL=C date --utc --rfc-email --date="@$SOURCE_DATE_EPOCH")"
}

put_control() {
  install -m 755 -t "$root/DEBIAN" "$here"/{postinst,prerm,postrm}
  # Files under /etc are conffiles: dpkg keeps the administrator's changes to them.
  (cd "$root" && find etc -type f -printf '/%p\n' | LC_ALL=C sort) >"$root/DEBIAN/conffiles"
  (cd "$root" && find etc usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
  local size control
  size=$(du -sk --apparent-size "$root" | cut -f1)
  control=$(<"$here/control")
  control=${control//@VERSION@/"$version"}
  control=${control//@ARCHITECTURE@/"$architecture"}
  control=${control//@SIZE@/"$size"}
  echo "${control//@MAINTAINER@/"$maintainer"}" >"$root/DEBIAN/control"
}

main
