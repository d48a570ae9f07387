/** The type of a value that came from outside as JSON. */
type Scalar = 'text' | 'text or absent' | 'number' | 'number or null' | 'number or absent' | 'flag';

/** What a value must look like: of a type; a list of one shape; or an object with these fields and perhaps others. */
export type Shape = Scalar | readonly [Shape] | Fields;

export interface Fields {
  readonly [name: string]: Shape;
}

/** Whether a value that came from outside looks like this. */
export function matches(value: unknown, shape: Shape): boolean {
  if (typeof shape === 'string') return CHECKS[shape](value);
  if (isList(shape)) return Array.isArray(value) && value.every((each) => matches(each, shape[0]));
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.entries(shape).every(([name, inner]) => matches(fields[name], inner));
}

function isList(shape: readonly [Shape] | Fields): shape is readonly [Shape] {
  return Array.isArray(shape);
}

const CHECKS: Readonly<Record<Scalar, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  'text or absent': (value) => value === undefined || typeof value === 'string',
  number: Number.isFinite,
  'number or null': (value) => value === null || Number.isFinite(value),
  'number or absent': (value) => value === undefined || Number.isFinite(value),
  flag: (value) => typeof value === 'boolean',
};
