import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A temporary folder for configurations, logs and data. It is removed when this process exits; only SIGKILL leaves
 * it behind.
 */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'ephemeral-ports-demo-'));

  constructor() {
    process.once('exit', () => {
      rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
    });
  }

  /** The path of the file with this name in the folder. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Writes a configuration file and returns its path. The text is JSON, which all readers of YAML accept. */
  write(name: string, content: unknown): string {
    writeFileSync(this.at(name), JSON.stringify(content, null, 2));
    return this.at(name);
  }
}
