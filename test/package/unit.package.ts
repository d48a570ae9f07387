import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileOf, isWithin, NO_SYSTEMD, openIn, stage } from './analyze.ts';
import { DROP_INS, TIERS, UNIT } from './tiers.ts';

/** `systemd-analyze` does not ask for it; the tests of the service do. */
const NOT_JUDGED = ['PrivateIPC=yes'];

const SANDBOX =
  /^(?:DynamicUser|PrivateUsers|[A-Za-z]*Capabilit|NoNew|Restrict[A-Z]|Keyring|UMask|Protect|Private|Device|RemoveIPC|Lock|SystemCall(?:Arch|Filter)).*$/gm;

/** Set to what systemd does anyway: the comment beside it is what counts. */
const OPEN = /=(?:no|default|all)$/;

describe.skipIf(NO_SYSTEMD !== undefined)('the unit', () => {
  it.each(TIERS)('is exposed as its comment says: tier $tier, $exposure', (each) => {
    const { tier, file, exposure, open } = each;
    const root = stage(tier);
    expect(isWithin(root, exposure)).toBe(true);
    expect(isWithin(root, exposure - 0.1)).toBe(false);
    expect(openIn(root)).toEqual(open);
    expect(fileOf(file)).toMatch(new RegExp(`security\` gives [a-z ]+ ${exposure}[;.]`));
  });

  const unit = fileOf(UNIT);
  const options = (unit.match(SANDBOX) ?? []).filter((option) => !OPEN.test(option));

  it.each(options.filter((option) => !NOT_JUDGED.includes(option)))('needs %s', (option) => {
    const without = unit.replace(`${option}\n`, '');
    const found = TIERS.map(({ tier }) => openIn(stage(tier, without)));
    expect(found).not.toEqual(TIERS.map(({ open }) => open));
  });

  it('has many options to judge', () => {
    expect(options.length).toBeGreaterThan(20);
  });

  it.each(TIERS)('has no fault that systemd finds: tier $tier', ({ tier }) => {
    const system = join(stage(tier), 'etc/systemd/system');
    const { status, stderr } = spawnSync(
      'systemd-analyze',
      ['verify', '--man=no', '--recursive-errors=no', join(system, UNIT)],
      { encoding: 'utf8', timeout: 30_000 },
    );
    expect({
      status,
      stderr: stderr.replace(/^.*is not executable: No such file.*\n/gm, ''),
    }).toEqual({
      status: 0,
      stderr: '',
    });
  });

  it('says why where it is not at its strictest', () => {
    const lines = unit.split('\n');
    const bare = lines.filter((line, index) => OPEN.test(line) && !isExplained(lines, index));
    expect(bare).toEqual([]);
    for (const file of Object.values(DROP_INS)) {
      const comments = fileOf(file).match(/^#/gm);
      expect(comments?.length, file).toBeGreaterThan(8);
    }
  });
});

/** A comment stands right above it. */
function isExplained(lines: readonly string[], index: number): boolean {
  return lines[index - 1]?.startsWith('#') === true;
}
