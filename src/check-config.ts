import { Access } from './http/access/access.ts';
import type { SettingsLoader } from './settings.ts';
import { FlagError } from './cli/flags/flag.ts';
import type { Flags } from './cli/flags/flags.ts';

/**
 * Checks flags, configuration file and web configuration together, as the daemon does; returns what to print. Throws
 * `ConfigError`, and `FlagError` without a file.
 */
export async function checkConfig(flags: Flags, loader: SettingsLoader): Promise<string> {
  const { configFile, webConfigFile } = flags;
  const files = [configFile, webConfigFile].filter((file) => file !== undefined);
  if (files.length === 0)
    throw new FlagError('--config.check: needs --config.file or --web.config.file');
  await loader.load(false);
  if (webConfigFile !== undefined) await checkAccess(webConfigFile);
  return files.map((file) => `${file}: good`).join('\n');
}

/** Certificates and keys that the file names are read too. */
async function checkAccess(path: string): Promise<void> {
  await Access.open({ path, pass: ignore, changed: ignore, refused: ignore });
}

function ignore(): void {
  // Nobody comes in.
}
