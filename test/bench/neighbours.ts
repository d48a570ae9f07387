import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readNetInode } from '../../src/kernel/netns/netns.ts';
import { Child } from './child.ts';
import { Namespace } from './namespace.ts';

/** What else there is on the host on which a script is PID 1 (`Child.host`). It ends with that script. */

const PORT = 10_000;
const ENDPOINTS = 5;

/** A network namespace with `connections` on its loopback device. */
export async function startBusy(connections: number): Promise<void> {
  const home = Namespace.here();
  const there = Namespace.enterNew();
  const holder = Child.script('holder', {
    role: 'both',
    port: PORT,
    count: connections,
    endpoints: ENDPOINTS,
    firstDestination: 0,
  });
  home.enter();
  home.close();
  there.close();
  await holder.message();
}

/** `count` network namespaces with a process each and no socket. */
export async function startIdle(count: number): Promise<void> {
  const wanted = netDirectories().length + count;
  loop(count, 'unshare --net sleep infinity');
  while (netDirectories().length < wanted) await sleep(50);
}

/** `count` processes that do nothing. */
export async function startProcesses(count: number): Promise<void> {
  const wanted = pids().length + count;
  loop(count, 'sleep infinity');
  while (pids().length < wanted) await sleep(50);
}

/** The procfs `net` directory of one process of each network namespace. */
export function netDirectories(): string[] {
  return onePidEach().map((pid) => `/proc/${pid}/net`);
}

/** The file through which each network namespace can be entered. */
export function namespacePaths(): string[] {
  return onePidEach().map((pid) => `/proc/${pid}/ns/net`);
}

function onePidEach(): string[] {
  const byInode = new Map(pids().map((pid) => [readNetInode(`/proc/${pid}/net`), pid] as const));
  byInode.delete(0);
  return [...byInode.values()];
}

function pids(): string[] {
  return readdirSync('/proc').filter((name) => Number(name) > 0);
}

/** Starts `command` so often, side by side. */
function loop(count: number, command: string): void {
  const script = `i=0; while [ $i -lt ${count} ]; do ${command} & i=$((i + 1)); done; wait`;
  Child.program('sh', '-c', script);
}
