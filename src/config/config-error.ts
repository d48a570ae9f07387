/** The configuration file is not good; each problem names file, line and key. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
