/**
 * What a value must look like: the type of a text or number, with `?` where it may be null or absent; a list of one shape; or an
 * object with these fields and perhaps others.
 */
export type Shape = 'text' | 'number' | 'number?' | 'text?' | 'flag' | readonly [Shape] | Fields;

export interface Fields {
  readonly [name: string]: Shape;
}

/** Whether a value that came from outside looks like this. */
export function matches(value: unknown, shape: Shape): boolean {
  if (typeof shape === 'string') return isOfType(value, shape);
  if (isList(shape)) return Array.isArray(value) && value.every((each) => matches(each, shape[0]));
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.entries(shape).every(([name, inner]) => matches(fields[name], inner));
}

function isList(shape: readonly [Shape] | Fields): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function isOfType(value: unknown, type: Extract<Shape, string>): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return Number.isFinite(value);
    case 'flag':
      return typeof value === 'boolean';
    case 'text?':
      return value === undefined || typeof value === 'string';
    case 'number?':
      return value === null || value === undefined || Number.isFinite(value);
  }
}
