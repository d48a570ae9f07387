import { beforeAll, describe, expect, it } from 'vitest';
import { Debian, packageIn } from './debian.ts';
import { listFiles } from './files.ts';
import { UNIT } from './tiers.ts';

/** A host where no systemd runs, as while an image is built. */

const NAME = 'ephemeral-port-exporter';
const WANTED = `etc/systemd/system/multi-user.target.wants/${UNIT}`;

describe('where systemd does not run', () => {
  let debian: Debian;
  let path: string;
  let before: readonly string[];

  const ok = (script: string): string => {
    const { status, output } = debian.run(script);
    expect({ script, status, output }).toMatchObject({ status: 0 });
    return output;
  };

  beforeAll(() => {
    debian = new Debian();
    path = debian.receive(packageIn('first'));
    before = listFiles(debian.root);
  });

  it('dpkg alone says that Node.js is missing', () => {
    const { status, output } = debian.run(`dpkg --install ${path}`);
    expect(status).not.toBe(0);
    expect(output).toContain('depends on nodejs (>= 20.19)');
    ok(`dpkg --purge ${NAME}`);
  });

  it('is installed, and will be started at the next boot', () => {
    ok('apt-get install --quiet --yes --no-install-recommends nodejs');
    expect(ok(`dpkg --install ${path}`)).not.toMatch(/fail|error|warning/i);
    expect(listFiles(debian.root)).toContain(`./${WANTED}`);
    expect(ok(`${NAME} --once --once.format=table`)).toMatch(/^Network namespace host: /);
  });

  it('is removed but for what is under /etc', () => {
    expect(ok(`dpkg --remove ${NAME}`)).not.toMatch(/fail|error/i);
    const left = listFiles(debian.root).filter((file) => file.includes(NAME));
    expect(left).toContain(`./etc/${NAME}/config.yaml`);
    expect(left).toContain(`./etc/default/${NAME}`);
    expect(left.filter((file) => file.startsWith('./usr'))).toEqual([]);
  });

  it('is purged, and nothing is left', () => {
    ok(`dpkg --purge ${NAME}; apt-get purge --quiet --yes --autoremove nodejs`);
    expect(listFiles(debian.root)).toEqual(before);
  });
});
