import { closeSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Files, links and whatever else is no folder, below `root`; the paths begin there. */
export function filesBelow(root: string): string[] {
  return pathsBelow(root).filter((path) => !lstatSync(join(root, path)).isDirectory());
}

/** Everything below `root`, folders too; links are not followed. */
export function pathsBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' });
}

/** How many bytes the files below `root` have. */
export function sizeOf(root: string): number {
  return filesBelow(root).reduce((sum, path) => sum + lstatSync(join(root, path)).size, 0);
}

/** `e_machine` of an ELF header (elf.h). */
export const MACHINES = { amd64: 62, arm64: 183 } as const;

/** The processor that a program or library is for, as `e_machine` says. */
export function machineOf(path: string): number {
  const header = Buffer.alloc(20);
  const fd = openSync(path, 'r');
  try {
    readSync(fd, header, 0, header.length, 0);
  } finally {
    closeSync(fd);
  }
  if (header.toString('latin1', 1, 4) !== 'ELF') throw new Error(`${path} is no ELF file`);
  return header.readUInt16LE(18);
}
