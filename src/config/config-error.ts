/** The configuration file cannot be used. The message has one line for each problem, with file, line and key. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
