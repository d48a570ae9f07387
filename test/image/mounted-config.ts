import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A configuration file in a folder that a container mounts, as Kubernetes mounts a ConfigMap. */
export class MountedConfig {
  readonly #folder = mkdtempSync(join(tmpdir(), 'epe-image-config-'));
  /** What podman is told. */
  readonly mount = `--volume=${this.#folder}:/etc/ephemeral-port-exporter:ro`;
  /** What the exporter is told. */
  readonly flag = '--config.file=/etc/ephemeral-port-exporter/config.yaml';

  constructor(content: string) {
    chmodSync(this.#folder, 0o755);
    this.write(content);
  }

  write(content: string): void {
    writeFileSync(join(this.#folder, 'config.yaml'), content);
  }
}
