import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for configurations, logs and data. It goes with this process, however that ends by itself. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'ephemeral-ports-demo-'));

  constructor() {
    process.once('exit', () => {
      rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
    });
  }

  /** The path of what has this name in it. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Writes a configuration; JSON is YAML too. Returns its path. */
  write(name: string, content: unknown): string {
    writeFileSync(this.at(name), JSON.stringify(content, null, 2));
    return this.at(name);
  }
}
