import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Named, versionsIn } from '../support/sbom.ts';
import { digestsBelow, filesBelow, MACHINES, machineOf, pathsBelow, sizeOf } from './files.ts';
import { AGAIN, type Arch, baseFor, imageFor, inspectImage, withFiles } from './podman.ts';

/** What is inside the image, and what is not. */

const MEGABYTE = 1e6;
/** What the exporter may add to Node.js. */
const OWN_SIZE_LIMIT = 16 * MEGABYTE;

const INSTALLERS = ['npm', 'npx', 'yarn', 'yarnpkg', 'corepack', 'pnpm'];

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly cpu?: readonly string[];
  readonly os?: readonly string[];
  readonly libc?: readonly string[];
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};

/** Names of the packages that are not in the bundle, of those that the lock file wants on a processor. */
function wanted(cpu: string): string[] {
  const fits = ({ dev, os = ['linux'], cpu: cpus = [cpu] }: LockedPackage): boolean =>
    dev !== true && os.includes('linux') && cpus.includes(cpu);
  return Object.entries(lock.packages)
    .filter(([path, locked]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && fits(locked))
    .map(([path]) => path.slice('node_modules/'.length))
    .filter((name) => name.includes('koffi'))
    .sort();
}

function installed(root: string): string[] {
  const folder = join(root, 'app/node_modules');
  return readdirSync(folder)
    .flatMap((name) =>
      name.startsWith('@')
        ? readdirSync(join(folder, name)).map((own) => `${name}/${own}`)
        : [name],
    )
    .sort();
}

const MULTIARCH = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' } as const;
const CPUS = { amd64: 'x64', arm64: 'arm64' } as const;

function look<T>(arch: Arch, body: (root: string) => T): () => T {
  return () => withFiles(imageFor(arch), body);
}

test('the image that is built again has the same files with the same bytes', () => {
  const [first, again] = [imageFor('amd64'), AGAIN].map((image) => withFiles(image, digestsBelow));
  expect(Object.keys(first ?? {}).length).toBeGreaterThan(1000);
  expect(again).toEqual(first);
});

for (const arch of ['amd64', 'arm64'] as const) {
  describe(`the image for ${arch}`, () => {
    test(
      'has nothing left that installs npm packages',
      look(arch, (root) => {
        const left = pathsBelow(root).filter((path) => INSTALLERS.includes(basename(path)));
        expect(left).toEqual([]);
        expect(readdirSync(join(root, 'opt'))).toEqual([]);
      }),
    );

    test('which its base had', () => {
      const had = withFiles(baseFor(arch), (root) => readdirSync(join(root, 'usr/local/bin')));
      expect(had).toEqual(expect.arrayContaining(['npm', 'npx', 'corepack', 'yarn', 'yarnpkg']));
    });

    test(
      'has what runs, and no source, test or type',
      look(arch, (root) => {
        const app = join(root, 'app');
        expect(readdirSync(app).sort()).toEqual([
          'LICENSE',
          'dist',
          'healthcheck.sh',
          'node_modules',
          'package.json',
          'sbom.cdx.json',
        ]);
        const unwanted = /\.([cm]?ts|map|tsbuildinfo)$|(^|\/)(test|tests|__tests__)\/|\.test\./;
        expect(filesBelow(app).filter((path) => unwanted.test(path))).toEqual([]);
      }),
    );

    test(
      'has the packages that are not in the bundle, and no other',
      look(arch, (root) => {
        expect(installed(root)).toEqual(wanted(CPUS[arch]));
      }),
    );

    test(
      'has the license of each package in the bundle',
      look(arch, (root) => {
        const text = readFileSync(join(root, 'app/dist/third-party.json'), 'utf8');
        const packages = JSON.parse(text) as readonly Readonly<Record<string, unknown>>[];
        const names = packages.map(({ name }) => name);
        expect(names).toEqual(
          expect.arrayContaining(['chokidar', 'fastify', 'pino', 'prom-client']),
        );
        expect(names).not.toContain('typescript');
        for (const { name, license } of packages)
          expect(license, String(name)).toMatch(/^[\w.-]+$/);
      }),
    );

    test(
      'says what is in it: each package of the bundle and each beside it, with its version',
      look(arch, (root) => {
        const app = join(root, 'app');
        const versions = versionsIn(readFileSync(join(app, 'sbom.cdx.json'), 'utf8'));
        const text = readFileSync(join(app, 'dist/third-party.json'), 'utf8');
        const beside = installed(root).map((name) => join(app, 'node_modules', name));
        const there = [
          ...(JSON.parse(text) as Named[]),
          ...beside.map(
            (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Named,
          ),
        ];
        for (const { name, version } of there) expect(versions.get(name), name).toContain(version);
        const binaries = [...versions.keys()].filter((name) => name.startsWith('@koromix/'));
        expect(binaries).toEqual([`@koromix/koffi-linux-${CPUS[arch]}`]);
      }),
    );

    test(
      'has the BPF programs, whatever its processor, and for this one the library that loads them',
      look(arch, (root) => {
        const programs = join(root, 'app/dist/bpf');
        expect(readdirSync(programs).sort()).toEqual([
          'failures.bpf.o',
          'open-sockets.bpf.o',
          'tcp-sockets.bpf.o',
          'tcp-walk.bpf.o',
        ]);
        for (const name of readdirSync(programs)) {
          expect(machineOf(join(programs, name)), name).toBe(MACHINES.bpf);
        }
        const libraries = join(root, 'usr/lib', MULTIARCH[arch]);
        for (const name of ['libbpf.so.1', 'libelf.so.1', 'libz.so.1']) {
          expect(machineOf(realpathSync(join(libraries, name))), name).toBe(MACHINES[arch]);
        }
      }),
    );

    test(
      'names these libraries in its list and their licenses in its documents, by the versions that are installed',
      look(arch, (root) => {
        const versions = versionsIn(readFileSync(join(root, 'app/sbom.cdx.json'), 'utf8'));
        const status = readFileSync(join(root, 'var/lib/dpkg/status'), 'utf8');
        expect(versions.get('libbpf')).toEqual([expect.stringMatching(/^\d+\.\d+$/)]);
        for (const name of ['libbpf1', 'libelf1']) {
          const [, version] =
            new RegExp(`^Package: ${name}\n(?:.+\n)*Version: (.*)$`, 'm').exec(status) ?? [];
          expect(versions.get(name), name).toEqual([version]);
          expect(existsSync(join(root, 'usr/share/doc', name, 'copyright')), name).toBe(true);
        }
      }),
    );

    test(
      'has nothing of clang, and nothing that installing left behind',
      look(arch, (root) => {
        expect(
          readdirSync(join(root, 'usr/bin')).filter((name) => /clang|llvm/.test(name)),
        ).toEqual([]);
        const left = ['var/lib/apt/lists', 'var/cache/apt', 'var/log'].flatMap((folder) =>
          filesBelow(join(root, folder)),
        );
        expect(left).toEqual([]);
      }),
    );

    test(
      'has one koffi, for this processor, and node for it too',
      look(arch, (root) => {
        const native = filesBelow(join(root, 'app')).filter((path) => path.endsWith('.node'));
        expect(native.map((path) => basename(path))).toEqual(['koffi.node']);
        for (const path of [join('app', native[0] ?? ''), 'usr/local/bin/node']) {
          expect(machineOf(join(root, path)), path).toBe(MACHINES[arch]);
        }
      }),
    );

    test(
      'belongs to root, and everybody may read it but not write',
      look(arch, (root) => {
        const app = join(root, 'app');
        for (const path of ['.', ...pathsBelow(app)]) {
          const { uid, gid, mode } = lstatSync(join(app, path));
          expect([uid, gid], path).toEqual([0, 0]);
          expect(mode & 0o022, path).toBe(0);
          expect(mode & 0o004, path).toBe(0o004);
        }
      }),
    );

    test('adds little to its base', () => {
      const total = inspectImage(imageFor(arch)).Size;
      const own = total - inspectImage(baseFor(arch)).Size;
      const files = withFiles(imageFor(arch), (root) => sizeOf(join(root, 'app')));
      const megabytes = (bytes: number): string => (bytes / MEGABYTE).toFixed(1);
      console.log(
        `${arch}: ${megabytes(total)} MB, ${megabytes(own)} of it beyond the base; ` +
          `/app has ${megabytes(files)} MB of files`,
      );
      expect(own).toBeLessThan(OWN_SIZE_LIMIT);
      expect(files).toBeLessThan(OWN_SIZE_LIMIT);
    });
  });
}
