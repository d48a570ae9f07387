import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';

/**
 * Prints what runs, in CycloneDX, by the lock file: `npm run sbom` for all platforms; with a processor, by Node.js's name, what
 * is in the image and the Debian package for it. What is not npm's and is to be named too stands behind it: `libbpf`, whose
 * headers are compiled into the BPF programs, and Debian packages of this machine. The same sources give the same text.
 *
 * npm's own `--omit=dev` leaves out packages that run and that a tool of the developers needs as well; so all are asked for,
 * and the lock file says which run.
 */

const [processor, ...others] = process.argv.slice(2);
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));

/** Without a processor, everywhere; else on Linux with glibc, as deploy/app/assemble.sh installs. */
function runsHere({ os = ['linux'], cpu = [processor], libc = ['glibc'] }) {
  if (processor === undefined) return true;
  return os.includes('linux') && cpu.includes(processor) && libc.includes('glibc');
}

/** Bundled into the script of the live page: they run in browsers, and nobody needs them beside the bundle. */
const IN_BROWSERS = ['node_modules/preact', 'node_modules/uplot'];

function runs([path, { dev, devOptional }]) {
  return path !== '' && ((!dev && !devOptional) || IN_BROWSERS.includes(path));
}

const running = new Set(
  Object.entries(packages)
    .filter(runs)
    .filter(([, locked]) => runsHere(locked))
    .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`),
);
const command = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'];
const text = execFileSync('npm', command, { encoding: 'utf8', maxBuffer: 2 ** 26 });
const sbom = JSON.parse(text);
const own = sbom.metadata.component;
own.name = packages[''].name;
// They would differ from build to build: a number at random, the time, and npm's version.
delete sbom.serialNumber;
delete sbom.metadata.timestamp;
delete sbom.metadata.tools;

const LIBBPF_LICENSE = 'LGPL-2.1-only OR BSD-2-Clause';
/** What is not npm's: its license, and how its version is found. */
const OTHERS = {
  libbpf: { license: LIBBPF_LICENSE, versionOf: headerVersion, purl: 'github/libbpf/libbpf@v' },
  libbpf1: { license: LIBBPF_LICENSE, versionOf: debianVersion, purl: 'deb/debian/libbpf1@' },
  libelf1: {
    license: 'GPL-2.0-or-later OR LGPL-3.0-or-later',
    versionOf: debianVersion,
    purl: 'deb/debian/libelf1@',
  },
};

function componentOf(name) {
  const known = OTHERS[name];
  if (known === undefined) {
    throw new Error(`${name}: expected one of ${Object.keys(OTHERS).join(', ')}`);
  }
  const version = known.versionOf(name);
  const purl = `pkg:${known.purl}${encodeURIComponent(version)}`;
  const licenses = [{ expression: known.license }];
  return { 'bom-ref': purl, type: 'library', name, version, purl, licenses };
}

/** Of the headers of libbpf that src/kernel/bpf/build.sh compiles with. */
function headerVersion() {
  const path = `${process.env.LIBBPF_HEADERS ?? '/usr/include'}/bpf/libbpf_version.h`;
  const text = readFileSync(path, 'utf8');
  const numbers = ['MAJOR', 'MINOR'].map((part) => {
    return new RegExp(`LIBBPF_${part}_VERSION (\\d+)`).exec(text)?.[1];
  });
  if (numbers.includes(undefined)) throw new Error(`${path} has no version`);
  return numbers.join('.');
}

function debianVersion(name) {
  const query = ['--show', '--showformat=${Version}', name];
  return execFileSync('dpkg-query', query, { encoding: 'utf8' });
}

const added = others.map(componentOf);
const components = [
  ...sbom.components.filter(({ name, version }) => running.has(`${name}@${version}`)),
  ...added,
];
const refs = new Set([own, ...components].map((component) => component['bom-ref']));
const addedRefs = added.map((component) => component['bom-ref']);
const dependencies = sbom.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn }) => {
    const more = ref === own['bom-ref'] ? addedRefs : [];
    return { ref, dependsOn: [...dependsOn.filter((each) => refs.has(each)), ...more] };
  })
  .concat(addedRefs.map((ref) => ({ ref, dependsOn: [] })));
process.stdout.write(`${JSON.stringify({ ...sbom, components, dependencies }, null, 2)}\n`);
