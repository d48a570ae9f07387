import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built program; EXPORTER in the environment names another build of it. */
export const MAIN =
  process.env['EXPORTER'] ?? fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Readable by whoever the exporter is started as. */
const directory = mkdtempSync(join(tmpdir(), 'epe-'));
chmodSync(directory, 0o755);

/** Exports every endpoint of the own namespace, however little it uses. */
export const EXPORT_ALL = join(directory, 'export-all.yaml');
writeFileSync(
  EXPORT_ALL,
  'endpoints: { limit: 1000, limit_at_risk: 1000, min_ratio: 0 }\nnamespaces: { discover: off }\n',
);

/** The built-in configuration, but for other network namespaces than the own. */
export const ONLY_HERE = `--config.file=${temporaryFile('here.yaml', 'namespaces: { discover: off }\n')}`;

/** Writes a file into a folder that is new for each test file; returns its path. */
export function temporaryFile(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built program to its end, in the namespace that this thread is in. */
export function run(...args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

/** As `run`, while this thread goes on: what it serves may be asked. */
export function runLater(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
