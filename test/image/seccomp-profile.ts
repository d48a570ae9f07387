import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromEnvironment } from './podman.ts';

interface Profile {
  readonly syscalls: readonly Rule[];
}

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly includes?: { readonly caps?: readonly string[] };
}

const ALLOW = 'SCMP_ACT_ALLOW';

/** A copy of Podman's own profile that allows bpf(2) for CAP_BPF too, as those of Docker and containerd do; its path. */
export function profileThatKnowsBpf(): string {
  const profile = JSON.parse(readFileSync(fromEnvironment('SECCOMP'), 'utf8')) as Profile;
  const rules = profile.syscalls.map((rule) => ({
    ...rule,
    names: rule.names.filter((name) => name !== 'bpf' || rule.action === ALLOW),
  }));
  const allowed = { names: ['bpf'], action: ALLOW, includes: { caps: ['CAP_BPF'] } };
  const path = join(mkdtempSync(join(tmpdir(), 'epe-seccomp-')), 'profile.json');
  writeFileSync(path, JSON.stringify({ ...profile, syscalls: [...rules, allowed] }));
  return path;
}
