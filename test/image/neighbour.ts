import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Resident } from '../support/host.ts';
import { HIGH, LOW } from '../support/scenario.ts';
import { hold } from '../support/story.ts';

/** A process of this machine in a network namespace of its own, with real connections, as a pod has them. */
export class Neighbour {
  readonly #process: ChildProcess;
  readonly #resident: Resident;
  readonly #close: () => void;

  private constructor(child: ChildProcess, resident: Resident, held: number) {
    this.#process = child;
    this.#resident = resident;
    resident.inside((network) => {
      network.raiseLoopback();
      network.range(LOW, HIGH);
    });
    const sockets = hold(resident, held);
    this.#close = () => {
      sockets.dispose();
    };
  }

  /** It holds `held` of the 100 ports of its range towards one endpoint. */
  static async holding(held: number): Promise<Neighbour> {
    // It ends with this process, whichever way that ends: then its standard input does.
    const child = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return new Neighbour(child, new Resident(child.pid ?? 0), held);
  }

  /** The number that the label `netns` has. */
  get netns(): string {
    return this.#resident.netns;
  }

  end(): void {
    this.#close();
    this.#process.kill('SIGKILL');
  }
}
