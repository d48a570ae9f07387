import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CONTEXT_IMAGE, imageFor, inspectImage, REVISION, withFiles } from './podman.ts';
import { filesBelow } from './files.ts';

/** What the image says of itself, and what it is made from. */

const dockerfile = readFileSync('Dockerfile', 'utf8');
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly version: string;
  readonly license: string;
};

describe('the Dockerfile', () => {
  test('has two stages, both on Node.js 24', () => {
    expect(dockerfile.match(/^FROM .*$/gm)).toEqual([
      'FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS build',
      'FROM node:24-bookworm-slim',
    ]);
  });

  test('installs of Debian what compiles the BPF programs, in the first stage, and what loads them, in the last', () => {
    const installed = Array.from(
      dockerfile.matchAll(/apt-get install --yes --no-install-recommends (.*?)(?: \\)?$/gm),
      ([, names]) => names,
    );
    expect(installed).toEqual(['clang libbpf-dev', 'libbpf1']);
    expect(dockerfile.match(/apt-get install/g)).toHaveLength(2);
  });

  test('has the version of package.json', () => {
    expect(/image\.version="(.*)"/.exec(dockerfile)?.[1]).toBe(manifest.version);
  });

  test('is sent what it copies, and nothing else', () => {
    const files = withFiles(CONTEXT_IMAGE, (root) => filesBelow(root));
    const beside = files.filter((path) => !path.startsWith('src/'));
    expect(beside.sort()).toEqual([
      '.config/page-assets.ts',
      '.config/rolldown.config.ts',
      'LICENSE',
      'deploy/app/assemble.sh',
      'deploy/app/sbom.js',
      'deploy/image/healthcheck.sh',
      'package-lock.json',
      'package.json',
      'tsconfig.json',
    ]);
    expect(files).toContain('src/main.ts');
  });
});

for (const arch of ['amd64', 'arm64'] as const) {
  describe(`the image for ${arch}`, () => {
    const image = inspectImage(imageFor(arch));

    test('is for that processor', () => {
      expect(image.Architecture).toBe(arch);
    });

    test('runs as somebody who has a number, so that the kubelet can tell that it is not root', () => {
      expect(image.User).toBe('59065:59065');
    });

    test('starts node itself, without a shell or script between', () => {
      expect(image.Config.Entrypoint).toEqual([
        '/usr/local/bin/node',
        '--disable-sigusr1',
        '/app/dist/main.js',
      ]);
      expect(image.Config.Cmd ?? []).toEqual([]);
    });

    test('names its port, version and commit', () => {
      expect(Object.keys(image.Config.ExposedPorts ?? {})).toEqual(['9065/tcp']);
      expect(image.Config.Env).toContain('NODE_ENV=production');
      expect(image.Config.Env).toContain(`REVISION=${REVISION}`);
    });

    test('has the labels of the OCI', () => {
      const own = Object.entries(image.Labels)
        .filter(([name]) => name.startsWith('org.opencontainers.image.'))
        .map(([name, value]) => [name.slice('org.opencontainers.image.'.length), value]);
      expect(Object.fromEntries(own)).toMatchObject({
        title: 'ephemeral-port-exporter',
        version: manifest.version,
        revision: REVISION,
        licenses: manifest.license,
        'base.name': 'docker.io/library/node:24-bookworm-slim',
      });
      for (const name of ['description', 'url', 'source', 'documentation']) {
        expect(image.Labels[`org.opencontainers.image.${name}`], name).toMatch(/\w{5}/);
      }
    });

    test('has a health check that starts no node', () => {
      expect(image.Healthcheck?.Test).toEqual(['CMD', '/bin/bash', '/app/healthcheck.sh']);
      expect(image.Healthcheck?.Interval).toBe(30e9);
      const script = readFileSync('deploy/image/healthcheck.sh', 'utf8').replace(/^#.*$/gm, '');
      expect(script).not.toMatch(/\b(node|curl|wget)\b/);
    });
  });
}
