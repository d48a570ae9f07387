import { defaultConfig } from '../../src/config/defaults.ts';
import { Namespaces } from '../../src/namespaces/namespaces.ts';
import { argument, serve, tell } from './child.ts';
import { cpuMs } from './clock.ts';
import { startProcesses } from './neighbours.ts';

/** A host with many processes, which looks for their network namespaces. */

const INTERVAL_MS = 5000;
const MINUTE_MS = 60_000;

await startProcesses(Number(argument()));
const options = { ...defaultConfig().namespaces, podLogs: '/var/log/pods' };
const namespaces = new Namespaces('/proc', options);
let nowMs = 0;
namespaces.look(nowMs, INTERVAL_MS);

/** The CPU time of the next minute's polls. */
function minute(): number {
  const [before, endMs] = [cpuMs(), nowMs + MINUTE_MS];
  while (nowMs < endMs) {
    nowMs += INTERVAL_MS;
    namespaces.look(nowMs, INTERVAL_MS);
  }
  return cpuMs() - before;
}

serve({ minute });
await tell('open');
