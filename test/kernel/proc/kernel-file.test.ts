import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KernelFileError, readKernelFile } from '../../../src/kernel/proc/kernel-file.ts';
import { readPortSettings } from '../../../src/kernel/proc/sysctl.ts';
import { inOwnNetwork } from '../own-network.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'epe-kernel-file-'));

function fileOf(bytes: number): string {
  const path = join(FOLDER, String(bytes));
  writeFileSync(path, 'x'.repeat(bytes));
  return path;
}

describe('a kernel file', () => {
  test.each([0, 1, 8191, 8192, 8193, 200_000, 524_287])('of %i bytes is read whole', (bytes) => {
    expect(readKernelFile(fileOf(bytes))).toBe('x'.repeat(bytes));
  });

  test('that is longer than any that Linux writes is an error', () => {
    const path = fileOf(524_288);
    expect(() => readKernelFile(path)).toThrow(`${path}: expected less than 524288 bytes`);
  });

  test('that does not exist is undefined', () => {
    expect(readKernelFile(join(FOLDER, 'nowhere'))).toBeUndefined();
  });

  test('that cannot be read is an error that keeps its cause', () => {
    let caught: unknown;
    try {
      readKernelFile(FOLDER);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(KernelFileError);
    expect(caught).toMatchObject({ errno: 'EISDIR', path: FOLDER, cause: { code: 'EISDIR' } });
  });

  test('that is a sysctl is read whole, although it answers the first read only', (context) => {
    const ports = Array.from({ length: 32_768 }, (_, index) => 2 * index + 1);
    inOwnNetwork(context, (network) => {
      network.sysctl({ 'ipv4.ip_local_reserved_ports': ports.join(',') });
      const text = readKernelFile('/proc/sys/net/ipv4/ip_local_reserved_ports');
      expect(text).toBe(`${ports.join(',')}\n`);
      const { reserved } = readPortSettings('/proc/sys/net');
      expect(reserved).toEqual(ports.map((port) => ({ low: port, high: port })));
    });
  });
});
