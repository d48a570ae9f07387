import { setTimeout as sleep } from 'node:timers/promises';
import { startAlertmanager } from './alertmanager.ts';
import { httpGet } from './http-get.ts';
import type { ClientReport } from './client-report.ts';
import { startExporter } from './exporter.ts';
import type { Folder } from './folder.ts';
import type { Options } from './options.ts';
import { EXPORTER } from './addresses.ts';
import { scenarioOf } from './scenario.ts';
import type { Program } from './program.ts';
import { Programs } from './programs.ts';
import { startPrometheus } from './prometheus.ts';

/** How long a program may take until it answers: many times what it takes on a slow, busy machine. */
const START_TIMEOUT_SECONDS = 60;

/** All programs of the demo, started in order: service, exporter, Alertmanager, Prometheus, and later the client. */
export class Stack {
  readonly programs: Programs;
  readonly exporter: Program;
  readonly #service: Program;
  readonly #signal: AbortSignal;

  constructor(folder: Folder, signal: AbortSignal) {
    this.#signal = signal;
    this.programs = new Programs(folder);
    this.#service = this.programs.script('service');
    this.exporter = startExporter(this.programs, folder);
    startAlertmanager(this.programs, folder);
    startPrometheus(this.programs, folder);
  }

  /**
   * Waits until the service listens and the exporter is ready. Prometheus and Alertmanager are not waited for: they
   * are up long before the first alert.
   */
  async ready(): Promise<void> {
    let listens = false;
    this.#service.onMessage(() => (listens = true));
    await this.#until('the service listens', () => listens);
    const isReady = async () => (await httpGet(`${EXPORTER}/-/ready`)) !== undefined;
    await this.#until('the exporter is ready', isReady);
  }

  /** Starts the client; calls `onReport` with each message that it sends. */
  startClient(options: Options, onReport: (report: ClientReport) => void): void {
    const { error, localAddress } = scenarioOf(options);
    const client = this.programs.script(
      'client',
      String(options.leak),
      String(options.churn),
      error,
      ...(localAddress === undefined ? [] : [localAddress]),
    );
    client.onMessage((message) => {
      onReport(message as ClientReport);
    });
  }

  /** Waits. Throws where a program has ended by itself, and when a signal interrupts the demo. */
  async pause(milliseconds: number): Promise<void> {
    this.programs.assertRunning();
    await sleep(milliseconds, undefined, { signal: this.#signal });
  }

  async #until(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + START_TIMEOUT_SECONDS * 1000;
    while (!(await check())) {
      if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
      await this.pause(100);
    }
  }
}
