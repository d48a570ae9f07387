import type { PortRange, PortSettings } from '../../kernel/proc/sysctl.ts';

/** Settings that somebody thinks of changing; undefined ones stay. */
export type ChangedSettings = Partial<Pick<PortSettings, 'range' | 'reserved' | 'timeWaitReuse'>>;

/** What is expected, for an error. */
export const EXPECTED_CHANGE =
  'expected range=LOW-HIGH, reserved=PORTS or tw_reuse=0, 1 or 2, as in range=10240-60999';

/** Reads changes such as `range=10240-60999`; undefined where one of them is none. */
export function parseChanges(texts: readonly string[]): ChangedSettings | undefined {
  const changes = texts.map(parseChange);
  if (changes.some((change) => change === undefined)) return undefined;
  return Object.assign({}, ...changes) as ChangedSettings;
}

/** The settings with the changes. */
export function changed(settings: PortSettings, changes: ChangedSettings): PortSettings {
  return { ...settings, ...changes, rangeAssumed: changes.range ? false : settings.rangeAssumed };
}

function parseChange(text: string): ChangedSettings | undefined {
  const [, key, value = ''] = /^([a-z_]+)=(.*)$/.exec(text) ?? [];
  if (key === 'range') {
    const range = portRange(value, /^(\d{1,5})[- ](\d{1,5})$/);
    return range && { range };
  }
  if (key === 'reserved') {
    const ranges =
      value === ''
        ? []
        : value.split(',').map((part) => portRange(part, /^(\d{1,5})(?:-(\d{1,5}))?$/));
    return ranges.every((range) => range !== undefined) ? { reserved: ranges } : undefined;
  }
  return key === 'tw_reuse' && /^[012]$/.test(value) ? { timeWaitReuse: Number(value) } : undefined;
}

function portRange(text: string, form: RegExp): PortRange | undefined {
  const [, low, high = low] = form.exec(text) ?? [];
  const range = { low: Number(low), high: Number(high) };
  return range.low >= 1 && range.low <= range.high && range.high <= 65_535 ? range : undefined;
}
