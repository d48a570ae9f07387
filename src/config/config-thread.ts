import { parentPort, workerData } from 'node:worker_threads';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './load.ts';
import { readFileNow, readFileSettled } from './regular-file.ts';
import type { Config } from './schema.ts';

/** What the thread is to read. */
export interface ThreadData {
  readonly configFile: string;
  /** Whether to wait until the file is not being written. */
  readonly settled: boolean;
}

/** What the thread sends back, once. */
export type Outcome =
  | { readonly config: Config; readonly hash: string; readonly identity: string }
  | { readonly problem: string; readonly hash: string };

/** Reads and checks a configuration file in a thread of its own: see `ConfigFile`. */
function read({ configFile, settled }: ThreadData): Outcome {
  let hash = '';
  try {
    const content = settled ? readFileSettled(configFile) : readFileNow(configFile);
    hash = content.hash;
    return { config: parseConfig(configFile, content.text), hash, identity: content.identity };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problem: error.message, hash: error.hash === '' ? hash : error.hash };
  }
}

parentPort?.postMessage(read(workerData as ThreadData));
