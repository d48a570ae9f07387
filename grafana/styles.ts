import {
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type ThresholdsConfig,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';

interface Buildable<T> {
  build(): T;
}

/** One colour whatever the value. Limits are drawn as series: a dashboard has no number that is configured elsewhere. */
export function noThresholds(): Buildable<ThresholdsConfig> {
  return steps([{ color: 'text', value: null }]);
}

/** Green at 0, `color` from 1 on: for counts of what should not be there. */
export function colorAboveZero(color: string): Buildable<ThresholdsConfig> {
  return steps([
    { color: 'green', value: null },
    { color, value: 1 },
  ]);
}

function steps(list: ThresholdsConfig['steps']): Buildable<ThresholdsConfig> {
  return { build: () => ({ mode: ThresholdsMode.Absolute, steps: list }) };
}

/** Names and colours of the values of `ephemeral_ports_risk_level` and `ephemeral_ports_endpoint_risk_level`. */
export const LEVELS: ValueMapping = {
  type: MappingType.ValueToText,
  options: {
    '0': { text: 'ok', color: 'green', index: 0 },
    '1': { text: 'info', color: 'blue', index: 1 },
    '2': { text: 'warning', color: 'orange', index: 2 },
    '3': { text: 'critical', color: 'red', index: 3 },
  },
};

const SEVERITY_COLORS = { info: 'blue', warning: 'orange', critical: 'red' } as const;

/** The same colour for all values. */
export function fixed(color: string): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(color);
}

const color = (name: string): DynamicConfigValue => ({ id: 'color', value: fixed(name).build() });

/** The style of a limit: a dashed line without an area that is not stacked on other series. */
function limit(name: string): readonly DynamicConfigValue[] {
  return [
    color(name),
    { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } },
    { id: 'custom.fillOpacity', value: 0 },
    { id: 'custom.stacking', value: { mode: 'none', group: 'limit' } },
  ];
}

/** How a series of a graph is drawn. */
export interface SeriesStyle {
  /** The legend of the series, or a regular expression for it between slashes. */
  readonly name: string;
  readonly properties: readonly DynamicConfigValue[];
}

/** Styles of the series `threshold info`, `threshold warning` and `threshold critical`, as `thresholdLines` names them. */
export function thresholdStyles(): readonly SeriesStyle[] {
  return Object.entries(SEVERITY_COLORS).map(([severity, name]) => ({
    name: `threshold ${severity}`,
    properties: limit(name),
  }));
}

/** The style of the limit with the legend `name`. */
export function limitStyle(name: string, colorName = 'text'): SeriesStyle {
  return { name, properties: limit(colorName) };
}

/** The same style where the legend is the kind of pool and the name, such as `udp capacity`. */
export function ofEachPool({ name, properties }: SeriesStyle): SeriesStyle {
  return { name: `/^\\w+ ${name}$/`, properties };
}

/** The style of a series that has its own colour and nothing else. */
export function colorStyle(name: string, colorName: string): SeriesStyle {
  return { name, properties: [color(colorName)] };
}
