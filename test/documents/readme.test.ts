import { describe, expect, test } from 'vitest';
import { sourceNote } from '../../src/answers/source-words.ts';
import { renderTable } from '../../src/cli/once/table.ts';
import { defaultConfig } from '../../src/config/defaults.ts';
import { RemoteNames } from '../../src/config/remote-names.ts';
import { Poller } from '../../src/sampler/poll.ts';
import { ROOT, readDocument, rowsOf } from '../support/documents.ts';
import { pollOptions } from '../support/pools.ts';

const README = readDocument('README.md');

describe('README.md', () => {
  test('is a page and a half', () => {
    expect(README.trimEnd().split('\n').length).toBeLessThanOrEqual(200);
    expect(Buffer.byteLength(README)).toBeLessThanOrEqual(12_288);
  });

  test('opens with the two commands', () => {
    const [, , , start, check] = README.split('\n');
    expect(start).toMatch(/^npm ci && npm start /);
    expect(check).toMatch(/^npm ci && npm test /);
  });

  test('quotes the table as it is printed', () => {
    const poller = new Poller({ ...pollOptions(`${ROOT}test/fixtures/mixed`), once: true });
    poller.poll();
    const details = poller.details();
    expect(details).toBeDefined();
    if (details === undefined) return;
    // On a sick host netlink is read; the fixture is a saved procfs, and the table says so.
    const savedOnly = `? ${sourceNote(details)}\n\n`;
    const printed = renderTable(details, new RemoteNames([]));
    expect(printed).toContain(savedOnly);
    expect(README).toContain(printed.replace(savedOnly, ''));
  });

  test('has each alert, with its runbook, its default thresholds and its hold', () => {
    const listed = rowsOf(README).filter(([name = '']) => name.startsWith('[EphemeralPorts'));
    expect(listed.map(([name, thresholds, hold]) => [name, thresholds, hold])).toEqual(
      Object.entries(defaultConfig().alerts).map(([name, settings]) => [
        `[${name}](deploy/runbooks/${name}.md)`,
        thresholdsText(settings, name.endsWith('Failing') ? String : shareOrTime),
        durationText(settings.for),
      ]),
    );
  });

  test('says from which usage on a forecast counts', () => {
    const { min_usage_ratio: floor } = defaultConfig().alerts.EphemeralPortsForecast;
    const row = rowsOf(README).find(([name = '']) => name.startsWith('[EphemeralPortsForecast]'));
    expect(row?.at(-1)).toContain(`${100 * floor}% of the ports`);
  });
});

/** `warning 70%, critical 90%`, as `textOf` writes a threshold. */
function thresholdsText(
  settings: Readonly<Partial<Record<string, number>>>,
  textOf: (threshold: number) => string,
): string {
  return ['info', 'warning', 'critical']
    .flatMap((severity) => {
      const threshold = settings[severity];
      if (threshold === undefined) return [];
      return `${severity} ${textOf(threshold)}`;
    })
    .join(', ');
}

function shareOrTime(threshold: number): string {
  return threshold < 1 ? `${100 * threshold}%` : durationText(threshold);
}

function durationText(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${seconds / 60} min`;
}
