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

/** One colour whatever the value: limits are series, never numbers written into a dashboard. */
export function noThresholds(): Buildable<ThresholdsConfig> {
  return steps([{ color: 'text', value: null }]);
}

/** Whether there is any. */
export function colorAboveZero(color: string): Buildable<ThresholdsConfig> {
  return steps([
    { color: 'green', value: null },
    { color, value: 1 },
  ]);
}

function steps(list: ThresholdsConfig['steps']): Buildable<ThresholdsConfig> {
  return { build: () => ({ mode: ThresholdsMode.Absolute, steps: list }) };
}

/** The values of the risk level families. */
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

export function fixed(color: string): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(color);
}

const color = (name: string): DynamicConfigValue => ({ id: 'color', value: fixed(name).build() });

/** A limit: a dashed line that is not stacked on anything and has no area. */
function limit(name: string): readonly DynamicConfigValue[] {
  return [
    color(name),
    { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } },
    { id: 'custom.fillOpacity', value: 0 },
    { id: 'custom.stacking', value: { mode: 'none', group: 'limit' } },
  ];
}

export interface SeriesStyle {
  /** The legend of the series, or a regular expression for it between slashes. */
  readonly name: string;
  readonly properties: readonly DynamicConfigValue[];
}

/** The series `threshold warning` and its like, as `thresholdLines` names them. */
export function thresholdStyles(): readonly SeriesStyle[] {
  return Object.entries(SEVERITY_COLORS).map(([severity, name]) => ({
    name: `threshold ${severity}`,
    properties: limit(name),
  }));
}

export function limitStyle(name: string, colorName = 'text'): SeriesStyle {
  return { name, properties: limit(colorName) };
}

/** The same for each pool, where the legend is the pool and the name. */
export function ofEachPool({ name, properties }: SeriesStyle): SeriesStyle {
  return { name: `/^\\w+ ${name}$/`, properties };
}

export function colorStyle(name: string, colorName: string): SeriesStyle {
  return { name, properties: [color(colorName)] };
}
