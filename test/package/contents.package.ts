import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { versionsIn } from '../support/sbom.ts';
import { Debian, packageIn, WORK } from './debian.ts';

/** What is in the package; nothing of it runs here. */

const NAME = 'ephemeral-port-exporter';
const LIB = `usr/lib/${NAME}`;

/** Builds it from the checkout anew, under habits of a user that must not matter. */
function build(architecture: string, folder: string): void {
  const command = ['deploy/debian/build.sh', architecture, join(WORK, folder)];
  execFileSync('bash', ['-c', 'umask 077 && exec "$0" "$@"', ...command], {
    env: { ...process.env, TZ: 'Asia/Tokyo', LC_ALL: 'C', TMPDIR: WORK },
    stdio: 'pipe',
    timeout: 400_000,
  });
}

/** Unpacks a package below its folder. */
function unpack(folder: string): string {
  const root = join(WORK, folder, 'root');
  execFileSync('dpkg-deb', ['--raw-extract', packageIn(folder), root]);
  return root;
}

/** The folders of npm packages below `modules`, those in packages too. */
function packagesBelow(modules: string): readonly string[] {
  const found = readdirSync(modules, { recursive: true, encoding: 'utf8' });
  return found.flatMap((path) => {
    const folder = /^((?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1];
    return folder === undefined ? [] : [folder];
  });
}

/** The machine that an ELF file is for: `e_machine` of elf(5). */
function machineOf(path: string): number {
  return readFileSync(path).readUInt16LE(18);
}

describe('the package', () => {
  let root: string;
  let aarch64Root: string;

  beforeAll(() => {
    root = unpack('first');
    build('arm64', 'arm64');
    aarch64Root = unpack('arm64');
  }, 420_000);

  it('has the same bytes when it is built again, elsewhere', () => {
    build('amd64', 'second');
    const [first, second] = ['first', 'second'].map((folder) => readFileSync(packageIn(folder)));
    expect(second?.equals(first ?? Buffer.alloc(0))).toBe(true);
  });

  it('has the binary of its processor, and one only', () => {
    const roots = [root, aarch64Root];
    const binaries = roots.map((each) =>
      readdirSync(each, { recursive: true, encoding: 'utf8' }).filter((path) =>
        path.endsWith('.node'),
      ),
    );
    const at = (cpu: string): string =>
      `${LIB}/node_modules/@koromix/koffi-linux-${cpu}/linux_${cpu}/koffi.node`;
    expect(binaries).toEqual([[at('x64')], [at('arm64')]]);
    const [x86, aarch64] = [62, 183];
    expect(machineOf(join(roots[0] ?? '', at('x64')))).toBe(x86);
    expect(machineOf(join(roots[1] ?? '', at('arm64')))).toBe(aarch64);
    expect(readFileSync(join(roots[1] ?? '', 'DEBIAN/control'), 'utf8')).toContain(
      'Architecture: arm64\n',
    );
  });

  it('has the BPF programs, the same for both processors, and recommends what loads them', () => {
    const programs = [root, aarch64Root].map((each) => {
      const folder = join(each, LIB, 'dist/bpf');
      return readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'base64')]);
    });
    expect(programs[0]?.map(([name]) => name)).toEqual([
      'failures.bpf.o',
      'open-sockets.bpf.o',
      'tcp-sockets.bpf.o',
      'tcp-walk.bpf.o',
    ]);
    expect(programs[1]).toEqual(programs[0]);
    const control = readFileSync(join(root, 'DEBIAN/control'), 'utf8');
    expect(control).toMatch(/^Recommends: libbpf1$/m);
    const copyright = readFileSync(join(root, `usr/share/doc/${NAME}/copyright`), 'utf8');
    expect(copyright).toMatch(/^Files: .*dist\/bpf\/\*\nComment: .*libbpf/m);
    const sbom = readFileSync(join(root, `usr/share/doc/${NAME}/sbom.cdx.json`), 'utf8');
    expect(versionsIn(sbom).get('libbpf')).toEqual([expect.stringMatching(/^\d+\.\d+$/)]);
  });

  it('has the version and the Node.js of package.json', () => {
    const { version, engines } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      version: string;
      engines: { node: string };
    };
    const control = readFileSync(join(root, 'DEBIAN/control'), 'utf8');
    expect(control).toContain(`Version: ${version}\n`);
    expect(control).toContain(`nodejs (>= ${engines.node.replace('>=', '')})`);
  });

  it('leaves all under /etc to the administrator', () => {
    const conffiles = readFileSync(join(root, 'DEBIAN/conffiles'), 'utf8');
    expect(conffiles).toBe(`/etc/default/${NAME}\n/etc/${NAME}/config.yaml\n`);
  });

  it('has the license of each npm package in it', () => {
    const text = readFileSync(join(root, `usr/share/doc/${NAME}/copyright`), 'utf8');
    const apart = Array.from(
      text.matchAll(/^Files: (.+node_modules.+)\/\*$/gm),
      ([, path]) => path,
    );
    const there = packagesBelow(join(root, LIB, 'node_modules'));
    expect(apart.sort()).toEqual(there.map((path) => `${LIB}/node_modules/${path}`).sort());
    const bundled = Array.from(text.matchAll(/^ (\S+) \d[\w.-]* \(([\w.-]+)\): \S/gm));
    const names = bundled.map(([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(['chokidar', 'fastify', 'pino', 'prom-client']));
    expect(text).not.toMatch(/^Copyright:\n(?: .+\n)*.*(?:You must|\[yyyy\]|permission)/im);
    const licenses = new Set(bundled.map(([, , license]) => license));
    const given = Array.from(text.matchAll(/^License: (\S+)\n /gm), ([, name]) => name);
    expect(given).toEqual(expect.arrayContaining([...licenses]));
    const kinds = new Set([...licenses].map((name) => name?.replace(/-\d+$/, '')));
    expect([...kinds].sort()).toEqual(['Apache-2.0', 'BSD-3-Clause', 'Expat', 'ISC']);
  });

  it('says which packages are in it, each with its version', () => {
    const versions = versionsIn(
      readFileSync(join(root, `usr/share/doc/${NAME}/sbom.cdx.json`), 'utf8'),
    );
    const text = readFileSync(join(root, `usr/share/doc/${NAME}/copyright`), 'utf8');
    const bundled = Array.from(text.matchAll(/^ (\S+) (\d[\w.-]*) \([\w.-]+\): \S/gm));
    expect(bundled.length).toBeGreaterThan(10);
    for (const [, name = '', version] of bundled)
      expect(versions.get(name), name).toContain(version);
    const binaries = [...versions.keys()].filter((name) => name.startsWith('@koromix/'));
    expect(binaries).toEqual(['@koromix/koffi-linux-x64']);
  });

  it('has a manual page that says what --help says', () => {
    const page = gunzipSync(readFileSync(join(root, `usr/share/man/man1/${NAME}.1.gz`)));
    const plain = page.toString().replaceAll('\\-', '-').replaceAll('\\&', '');
    const help = execFileSync(process.execPath, [join(root, LIB, 'dist/main.js'), '--help'], {
      encoding: 'utf8',
    });
    const flags = Array.from(help.matchAll(/^ {2}(--\S+) +(.*)$/gm), ([, flag, text]) => [
      flag,
      text,
    ]);
    expect(flags.length).toBe(help.match(/^ +--/gm)?.length);
    const options = Array.from(plain.matchAll(/^\.TP\n\.B (--\S+)\n(.*)$/gm), ([, flag, text]) => [
      flag,
      text,
    ]);
    expect(options).toEqual(flags);
  });

  it('is what lintian calls clean', () => {
    const debian = new Debian();
    const path = debian.receive(packageIn('first'));
    const user = 'setpriv --reuid=nobody --regid=nogroup --clear-groups';
    const lintian = `${user} lintian --profile debian --fail-on error,warning --tag-display-limit 0 ${path}`;
    expect(debian.run(lintian)).toEqual({ status: 0, output: '' });
  });

  it('has example configurations that the program takes', () => {
    const template = readFileSync(join(root, 'etc', NAME, 'config.yaml'), 'utf8');
    const text = template.replace(/^#(?=( *[A-Za-z]+:))/gm, '');
    expect(text).toMatch(/^poll:$/m);
    const debian = join(WORK, 'example.yaml');
    execFileSync('tee', [debian], { input: text, stdio: ['pipe', 'ignore', 'inherit'] });
    const main = join(root, LIB, 'dist/main.js');
    execFileSync(process.execPath, [main, '--config.check', `--config.file=${debian}`]);
  });
});
