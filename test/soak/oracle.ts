import { setTimeout as sleep } from 'node:timers/promises';
import { UNBINDS_SHARED_PORTS } from '../support/kernel-version.ts';
import {
  measure,
  predict,
  predictConnects,
  measureConnects,
  type Verdict,
} from '../support/verdict.ts';
import type { Findings } from './findings.ts';
import { pageOf } from './page-checks.ts';
import type { Scrapes } from './scrapes.ts';
import { TARGETS, type Tenant } from './tenant.ts';

/** After this a TIME_WAIT that could be taken over a moment ago can be; before 6.14 that takes a second. */
const SETTLED_MS = 1200;
/** A TIME_WAIT lasts 60 s: beyond, ports come back between the poll and the kernel's answer. */
const MOST_AGE_MS = 55_000;
const PATIENCE_MS = 20_000;

/** Compares what the page says is left in a namespace with what the kernel then grants. */
export class Oracle {
  /** Comparisons, and the numbers that were compared in them. */
  comparisons = 0;
  numbers = 0;
  /** Namespaces that were too old, or shown too late, to be compared. */
  leftOut = 0;
  /** Numbers of connects where programs bind before they connect: what is not seen there is documented. */
  binderNumbers = 0;
  bindersOff = 0;
  mostBindersOff = 0;
  readonly #scrapes: Scrapes;
  readonly #findings: Findings;

  constructor(scrapes: Scrapes, findings: Findings) {
    this.#scrapes = scrapes;
    this.#findings = findings;
  }

  /** Pauses the tenant and compares. One that is not lasting is full afterwards. */
  async compare(tenant: Tenant): Promise<void> {
    tenant.isPaused = true;
    const text = await this.#pageAfter(Date.now() / 1000 + SETTLED_MS / 1000);
    const isTooOld = tenant.kind !== 'lasting' && performance.now() - tenant.bornMs > MOST_AGE_MS;
    const page = pageOf(text, tenant.netns);
    if (isTooOld || page.find('capacity', { protocol: 'tcp' }) === undefined) this.leftOut += 1;
    else this.#compare(tenant, page);
    tenant.isPaused = false;
  }

  #compare(tenant: Tenant, page: ReturnType<typeof pageOf>): void {
    const { kind, network, resident } = tenant;
    const targets = kind === 'lasting' ? [] : TARGETS;
    const isConnectsAlone = kind !== 'lasting' && !UNBINDS_SHARED_PORTS;
    const [said, granted] = isConnectsAlone
      ? [predictConnects(page, targets), resident.inside(() => measureConnects(network, targets))]
      : [predict(page, targets), resident.inside(() => measure(network, targets))];
    this.comparisons += 1;
    for (const [what, count] of Object.entries(granted)) this.#look(tenant, what, count, said);
  }

  #look({ kind, netns }: Tenant, what: string, granted: number, said: Verdict): void {
    const off = Math.abs((said[what] ?? Number.NaN) - granted);
    if (kind === 'binders' && what.startsWith('connect')) {
      this.binderNumbers += 1;
      this.bindersOff += Number(off !== 0);
      this.mostBindersOff = Math.max(this.mostBindersOff, off);
      return;
    }
    this.numbers += 1;
    if (off !== 0)
      this.#findings.add(`${kind} ${netns}: ${what}: ${said[what]} said, ${granted} granted`);
  }

  /** The page of a poll that began after that time. */
  async #pageAfter(seconds: number): Promise<string> {
    const endMs = performance.now() + PATIENCE_MS;
    while (this.#scrapes.polledAtSeconds <= seconds && performance.now() < endMs) await sleep(50);
    return this.#scrapes.polledAtSeconds > seconds ? this.#scrapes.text : '';
  }
}
