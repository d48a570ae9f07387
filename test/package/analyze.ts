import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MissingTool, reasonToSkip } from '../../deploy/demo/lab/tools.ts';
import { WORK } from './debian.ts';
import { TIERS, type Tier, UNIT } from './tiers.ts';

/** This machine's systemd judges the files of the checkout; nothing runs. */

/** Why the tests are skipped; undefined where systemd-analyze is there. */
export const NO_SYSTEMD = reasonToSkip(() => {
  const { status } = spawnSync('systemd-analyze', ['--version']);
  if (status !== 0) throw new MissingTool('there is no systemd-analyze here');
});

export function fileOf(name: string): string {
  return readFileSync(join('deploy/systemd', name), 'utf8');
}

/** A folder that `systemd-analyze` takes for a root file system, with the unit and its drop-in. */
export function stage(tier: Tier, unit = fileOf(UNIT)): string {
  const root = mkdtempSync(join(WORK, 'stage-'));
  const system = join(root, 'etc/systemd/system');
  mkdirSync(join(system, `${UNIT}.d`), { recursive: true });
  writeFileSync(join(system, UNIT), unit);
  const file = TIERS.find((each) => each.tier === tier)?.file ?? UNIT;
  if (file !== UNIT) writeFileSync(join(system, `${UNIT}.d`, file), fileOf(file));
  return root;
}

/** Whether the unit is no more exposed than this. */
export function isWithin(root: string, exposure: number): boolean {
  return security(root, `--threshold=${exposure * 10}`).status === 0;
}

/** What `systemd-analyze` finds open, in the order of the alphabet. */
export function openIn(root: string): readonly string[] {
  const checks = JSON.parse(security(root, '--json=short').stdout) as readonly Check[];
  return checks.flatMap(({ name, set }) => (set === false ? [name] : [])).sort();
}

interface Check {
  readonly name: string;
  /** Null where it does not apply. */
  readonly set: boolean | null;
}

function security(root: string, option: string): { status: number | null; stdout: string } {
  const options = ['security', '--offline=true', `--root=${root}`, option, UNIT];
  return spawnSync('systemd-analyze', options, { encoding: 'utf8', timeout: 30_000 });
}
