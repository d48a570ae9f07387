import { fileURLToPath } from 'node:url';
import type { Folder } from './folder.ts';
import { Program } from './program.ts';

/** All processes of the demo; they are killed when the demo exits. */
export class Programs {
  readonly #folder: Folder;
  readonly #all: Program[] = [];

  constructor(folder: Folder) {
    this.#folder = folder;
    process.once('exit', () => {
      for (const program of this.#all) program.kill();
    });
  }

  /** Starts a command; its log gets this name. */
  start(name: string, ...command: readonly string[]): Program {
    return this.#add(new Program(name, command, this.#logFile(name)));
  }

  /** Starts a compiled script of this folder, which can send messages. */
  script(name: string, ...args: readonly string[]): Program {
    const path = fileURLToPath(new URL(`${name}.js`, import.meta.url));
    const command = [process.execPath, path, ...args];
    return this.#add(new Program(name, command, this.#logFile(name), true));
  }

  /** Throws where one has ended by itself. */
  assertRunning(): void {
    for (const program of this.#all) program.assertRunning();
  }

  /** Ends all and waits until they are gone. */
  async stop(): Promise<void> {
    await Promise.all(this.#all.map((program) => program.stop()));
  }

  #logFile(name: string): string {
    return this.#folder.at(`${name}.log`);
  }

  #add(program: Program): Program {
    this.#all.push(program);
    return program;
  }
}
