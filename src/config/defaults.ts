import * as v from 'valibot';
import { type Config, ConfigSchema } from './schema.ts';

/** The configuration in force without any file. */
export function defaultConfig(): Config {
  return v.parse(ConfigSchema, {});
}
