import { createHash } from 'node:crypto';
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { join } from 'node:path';

/** Files, links and whatever else is no folder, below `root`; the paths begin there. */
export function filesBelow(root: string): string[] {
  return pathsBelow(root).filter((path) => !lstatSync(join(root, path)).isDirectory());
}

/** What each file below `root` holds, as a checksum; of a link where it leads. */
export function digestsBelow(root: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    filesBelow(root).map((path) => {
      const full = join(root, path);
      if (lstatSync(full).isSymbolicLink()) return [path, readlinkSync(full)];
      return [path, createHash('sha256').update(readFileSync(full)).digest('hex')];
    }),
  );
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
export const MACHINES = { amd64: 62, arm64: 183, bpf: 247 } as const;

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
