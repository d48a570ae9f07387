/** What a monitoring system reads out of the line of a plugin, by the grammar of the Monitoring Plugins guidelines. */
export interface PluginLine {
  readonly state: string;
  readonly text: string;
  readonly values: ReadonlyMap<string, PluginValue>;
}

export interface PluginValue {
  readonly value: number;
  readonly unit: string;
  readonly warning: number | undefined;
  readonly critical: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** Throws where the line is not of the grammar. */
export function parsePluginLine(output: string): PluginLine {
  const match = /^PORTS (OK|WARNING|CRITICAL|UNKNOWN) - ([^|\n]*?)(?: \|( [^|\n]*))?\n$/.exec(
    output,
  );
  if (match === null) throw new Error(`not the line of a plugin: ${JSON.stringify(output)}`);
  const [, state = '', text = '', data = ''] = match;
  return { state, text, values: parseData(data) };
}

const NUMBER = String.raw`-?\d+(?:\.\d+)?`;
const VALUE = new RegExp(
  `^ '((?:[^'=]|'')+)'=(${NUMBER})(|s|us|ms|%|B|KB|MB|TB|c);(${NUMBER})?;(${NUMBER})?;(${NUMBER})?;(${NUMBER})?`,
);

function parseData(data: string): ReadonlyMap<string, PluginValue> {
  const values = new Map<string, PluginValue>();
  let rest = data;
  while (rest !== '') {
    const match = VALUE.exec(rest);
    if (match === null) throw new Error(`not performance data: ${JSON.stringify(rest)}`);
    const [whole, label = '', value, unit = '', ...bounds] = match;
    if (values.has(label)) throw new Error(`${label} is there twice`);
    const [warning, critical, min, max] = bounds.map((bound?: string) =>
      bound === undefined ? undefined : Number(bound),
    );
    values.set(label, { value: Number(value), unit, warning, critical, min, max });
    rest = rest.slice(whole.length);
  }
  return values;
}
