#!/usr/bin/env bash
# Puts what is needed at run time, and nothing else, into the folder of the first argument: the bundled program, the BPF
# programs, and the one package that stays outside of the bundle, koffi, with the list of all that is in it, sbom.cdx.json.
# The second argument is the processor, by Node.js's name: x64 or arm64; it need not be this machine's. The image and the
# Debian package are made from the folder. Needs npm, and for the BPF programs clang and the headers of libbpf
# (src/kernel/bpf/build.sh); WITHOUT_BPF=1 leaves the programs out. SYSTEM_PACKAGES names Debian packages of this machine
# that the list names too.
set -euo pipefail
cpu=${2:-$(node -p process.arch)}
case "${1:+$cpu}" in
  x64 | arm64) ;;
  *)
    echo "usage: $0 FOLDER [x64|arm64]" >&2
    exit 2
    ;;
esac
# Any user that the exporter may run as must be able to read it.
umask 022
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
[ ! -e "$folder/tsconfig.json" ] || {
  echo "$0: $folder is a checkout; expected a folder of its own" >&2
  exit 2
}

# What bundles is installed from the lock file too, in another folder, so that this checkout is not changed.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp package.json package-lock.json tsconfig.json "$work"
cp -R src .config "$work"
quiet=(--ignore-scripts --no-audit --no-fund --loglevel=error)
npm ci --prefix "$work" "${quiet[@]}" >&2
(cd "$work" && node node_modules/rolldown/bin/cli.mjs -c .config/rolldown.config.ts >/dev/null)
libraries=()
if [ "${WITHOUT_BPF:-}" != 1 ]; then
  bash src/kernel/bpf/build.sh "$work/dist/bpf" >&2
  libraries=(libbpf)
fi

# koffi's binary for the processor is a package of its own. No script runs: the binary comes ready-made.
npm ci --prefix "$work" "${quiet[@]}" --omit=dev --os=linux --cpu="$cpu" --libc=glibc >&2

# koffi's package has a binary for musl too; the rest of it is documentation, types and what it is compiled from.
cd "$work/node_modules"
find . -mindepth 1 -maxdepth 1 ! -name koffi ! -name '@koromix' -exec rm -rf {} +
rm -rf ./@koromix/*/musl_*
find . -type f ! -name '*.js' ! -name '*.cjs' ! -name '*.node' ! -name package.json ! -name 'LICENSE*' -delete
find . -type d -empty -delete

cd - >/dev/null
rm -rf "$folder/dist" "$folder/node_modules"
mv "$work/dist" "$work/node_modules" "$folder"
cp package.json LICENSE "$folder"
# shellcheck disable=SC2086
node deploy/app/sbom.js "$cpu" "${libraries[@]}" ${SYSTEM_PACKAGES:-} >"$folder/sbom.cdx.json"
chmod -R u=rwX,go=rX "$folder"
chmod a+x "$folder/dist/main.js"
