import { printable } from '../../answers/printable.ts';

/**
 * The output of a monitoring plugin: one line of text, and behind a `|` performance data
 * (https://www.monitoring-plugins.org/doc/guidelines.html).
 */

/** Exit statuses of the guidelines. */
export const PLUGIN_STATUS = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const;

export type PluginLevel = keyof typeof PLUGIN_STATUS;

/** One value of the performance data: `'label'=value[UOM];[warn];[crit];[min];[max]`. */
export interface PerformanceValue {
  readonly label: string;
  readonly value: number;
  readonly unit?: '%';
  /** Above these values it is a warning, and critical. */
  readonly warning?: number | undefined;
  readonly critical?: number | undefined;
  readonly min: number;
  readonly max?: number;
}

/** NRPE 2 cuts what is longer than 1023 bytes, within the performance data if need be (`MAX_PACKETBUFFER_LENGTH`). */
const MAX_BYTES = 1000;
/** Chosen: what a notification shows of it; the rest is for performance data. */
const MAX_TEXT_BYTES = 600;

/** `PORTS CRITICAL - …|'…'=…`: sentences and values for which there is no room are left out. */
export function pluginLine(
  level: PluginLevel,
  sentences: readonly string[],
  values: readonly PerformanceValue[],
): string {
  const [first = '', ...others] = sentences.map(pluginText);
  const start = cut(`PORTS ${level.toUpperCase()} - ${first}`, MAX_TEXT_BYTES);
  const text = joinWithin([start, ...others], '. ', MAX_TEXT_BYTES);
  const room = MAX_BYTES - Buffer.byteLength(`${text} | `);
  const data = joinWithin(values.map(performanceText), ' ', room);
  return data === '' ? text : `${text} | ${data}`;
}

/** The text in one line, and without the character that ends it. */
export function pluginText(text: string): string {
  return printable(text).replaceAll('|', String.raw`\x7c`);
}

/** The longest beginning of a text in `maxBytes` bytes of UTF-8 that does not cut a character. */
export function cut(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const ellipsis = '...';
  let kept = '';
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > maxBytes - ellipsis.length) break;
    kept += character;
  }
  return kept + ellipsis;
}

/** The texts in their order, without those that would make it longer than `maxBytes`. */
function joinWithin(texts: readonly string[], separator: string, maxBytes: number): string {
  let joined = '';
  for (const text of texts) {
    const longer = joined === '' ? text : joined + separator + text;
    if (Buffer.byteLength(longer) <= maxBytes) joined = longer;
  }
  return joined;
}

function performanceText(value: PerformanceValue): string {
  const { label, unit = '', warning = '', critical = '', min, max = '' } = value;
  return `'${labelText(label)}'=${value.value}${unit};${warning};${critical};${min};${max}`;
}

/** A label may not have an equals sign or a quote, and `|` begins the performance data. The arrow is not ASCII, and graphs want that. */
function labelText(label: string): string {
  return printable(label).replaceAll(' → ', '->').replace(/['=|]/g, '_');
}
