import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The ways in which a configuration file gets another content. */
export type Write = (directory: string, content: string) => void;

let revision = 0;

/** As the kubelet does it: a new folder, and the symbolic link `..data` swapped to it. */
const configMap: Write = (directory, content) => {
  revision += 1;
  const folder = `..${revision}`;
  mkdirSync(join(directory, folder));
  writeFileSync(join(directory, folder, 'config.yaml'), content);
  symlinkSync(folder, join(directory, '..data_tmp'));
  renameSync(join(directory, '..data_tmp'), join(directory, '..data'));
  rmSync(join(directory, `..${revision - 1}`), { recursive: true, force: true });
};

const renameOver: Write = (directory, content) => {
  writeFileSync(join(directory, 'config.yaml.new'), content);
  renameSync(join(directory, 'config.yaml.new'), join(directory, 'config.yaml'));
};

const inPlace: Write = (directory, content) => {
  writeFileSync(join(directory, 'config.yaml'), content);
};

const deleteAndCreate: Write = (directory, content) => {
  rmSync(join(directory, 'config.yaml'), { force: true });
  writeFileSync(join(directory, 'config.yaml'), content);
};

export const WRITES: Readonly<Record<string, Write>> = {
  'ConfigMap swap': configMap,
  'rename over': renameOver,
  'in place': inPlace,
  'delete and create': deleteAndCreate,
};

/** Makes `config.yaml` a link into `..data`, as in a mounted ConfigMap. */
export function linkThroughData(directory: string): void {
  symlinkSync('..data/config.yaml', join(directory, 'config.yaml'));
}
