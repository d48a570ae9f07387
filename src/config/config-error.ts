/**
 * The configuration cannot be used. The message has one line for each problem, with file, line and key. `hash` is that of
 * the file's content, where it could be read.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly hash: string;

  constructor(
    message: string,
    { hash = '', ...options }: ErrorOptions & { readonly hash?: string } = {},
  ) {
    super(message, options);
    this.hash = hash;
  }
}
