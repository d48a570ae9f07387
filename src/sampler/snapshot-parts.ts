import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { NamespaceSnapshot, Snapshot } from '../snapshot/snapshot.ts';

/**
 * A snapshot on its way between the threads. To receive an object holds the main thread for as long as it is
 * large, and hundreds of namespaces take milliseconds. So they are sent apart from the rest, some at a time, over
 * a port of their own, from which they are taken one after the other.
 */

/** A snapshot whose namespaces follow in so many messages. */
export interface SnapshotHead extends Omit<Snapshot, 'namespaces'> {
  readonly messages: number;
}

/** Namespaces in one part: received in about half a millisecond, with the endpoints exported of each. */
const PART = 20;

/** Sends the namespaces over `port`; what it returns is sent as any message. */
export function sendParts({ namespaces, ...rest }: Snapshot, port: MessagePort): SnapshotHead {
  const messages = Math.ceil(namespaces.length / PART);
  for (let part = 0; part < messages; part += 1) {
    port.postMessage(namespaces.slice(part * PART, (part + 1) * PART));
  }
  return { ...rest, messages };
}

/**
 * Takes the namespaces that belong to `head` from `port`; other events of the main thread come between. Undefined where
 * a part is missing: the thread that sends them has died.
 */
export async function receiveParts(
  { messages, ...rest }: SnapshotHead,
  port: MessagePort,
): Promise<Snapshot | undefined> {
  const namespaces: NamespaceSnapshot[] = [];
  for (let part = 0; part < messages; part += 1) {
    await yieldToEventLoop();
    const received = receiveMessageOnPort(port) as
      { readonly message: readonly NamespaceSnapshot[] } | undefined;
    if (received === undefined) return undefined;
    namespaces.push(...received.message);
  }
  return { ...rest, namespaces };
}
