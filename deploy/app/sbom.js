import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';

/**
 * Prints what runs, in CycloneDX, by the lock file: `npm run sbom` for all platforms; with a processor, by Node.js's name, what
 * is in the image and the Debian package for it. The same sources give the same text.
 *
 * npm's own `--omit=dev` leaves out packages that run and that a tool of the developers needs as well; so all are asked for,
 * and the lock file says which run.
 */

const [processor] = process.argv.slice(2);
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));

/** Without a processor, everywhere; else on Linux with glibc, as deploy/app/assemble.sh installs. */
function runsHere({ os = ['linux'], cpu = [processor], libc = ['glibc'] }) {
  if (processor === undefined) return true;
  return os.includes('linux') && cpu.includes(processor) && libc.includes('glibc');
}

const running = new Set(
  Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
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

const components = sbom.components.filter(({ name, version }) => running.has(`${name}@${version}`));
const refs = new Set([own, ...components].map((component) => component['bom-ref']));
const dependencies = sbom.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }));
process.stdout.write(`${JSON.stringify({ ...sbom, components, dependencies }, null, 2)}\n`);
