import { setTimeout as sleep } from 'node:timers/promises';
import { readSocketCounts } from '../../src/kernel/proc/net/net-sockstat.ts';
import {
  closePopulation,
  openPopulation,
  type Population,
  type PopulationName,
} from './population.ts';

/** Sockets in TIME_WAIT and dead namespaces take the kernel a moment. */
const SETTLE_MS = 3000;

/** The populations, one at a time: a poll walks past the sockets of other namespaces too. */
export class Grounds {
  #name: PopulationName | undefined;
  #population: Population | undefined;

  /** Moves to a population; it stays open until another one is needed. */
  async enter(name: PopulationName): Promise<void> {
    if (this.#name === name) return;
    await this.close();
    const startMs = performance.now();
    this.#population = await openPopulation(name);
    this.#name = name;
    const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
    const { tcpInUse } = readSocketCounts('/proc/net');
    console.log(`(population ${name}: ${tcpInUse} TCP sockets, open after ${seconds} s)`);
    await sleep(SETTLE_MS);
  }

  async close(): Promise<void> {
    if (this.#population !== undefined) await closePopulation(this.#population);
    this.#population = undefined;
    this.#name = undefined;
  }
}
