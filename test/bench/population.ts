import { execFileSync } from 'node:child_process';
import { tool } from '../../deploy/demo/lab/tools.ts';
import { Child } from './child.ts';
import type { Holding } from './holder.ts';
import { Namespace } from './namespace.ts';

/** What is open in the namespace in which a question is asked. Sockets are counted at both ends. */
export type PopulationName =
  'idle' | '1k' | '100k' | '800k' | '800k-in-flight' | '800k-endpoints' | 'inbound';

/** Both ends of this many connections stay below the 20,000 files that one process may open. */
const CONNECTIONS_PER_HOLDER = 9400;
const ENDS_PER_HOLDER = 18_000;

/** Ports of the listeners: below the range, so that they are not counted among the used. */
const FIRST_PORT = 10_000;

/** Opening is the kernel's work: more processes at a time than cores gain nothing. */
const OPENERS = 2;

/** An open population; this thread is in its namespace. */
export interface Population {
  readonly namespaces: readonly Namespace[];
  readonly holders: readonly Child[];
}

/** Opens a population in a new namespace and enters it. */
export function openPopulation(name: PopulationName): Promise<Population> {
  return RECIPES[name]();
}

/** Ends the holders, and with them the sockets; the namespace goes when this thread leaves it. */
export async function closePopulation({ namespaces, holders }: Population): Promise<void> {
  await Promise.all(holders.map((holder) => holder.end()));
  for (const namespace of namespaces) namespace.close();
}

const RECIPES: Readonly<Record<PopulationName, () => Promise<Population>>> = {
  idle: () => loopback(0, () => 0),
  '1k': () => loopback(500, () => 5),
  '100k': () => loopback(50_000, () => 5),
  '800k': () => loopback(400_000, () => 5),
  '800k-in-flight': () => loopback(400_000, () => 5, true),
  '800k-endpoints': () => loopback(400_000, (count) => count),
  inbound: () => inbound(100_000, 1000),
};

/** Connections on the loopback device. Of 5 endpoints of a holder one has nearly all its connections. */
async function loopback(
  connections: number,
  endpointsOf: (count: number) => number,
  inFlight = false,
): Promise<Population> {
  const namespace = Namespace.enterNew();
  const holders = await openLoopback(connections, endpointsOf, inFlight);
  return { namespaces: [namespace], holders };
}

/** The same in the namespace that this thread is in. Where they are `inFlight`, no process lists the sockets. */
export function openLoopback(
  connections: number,
  endpointsOf: (count: number) => number,
  inFlight = false,
): Promise<Child[]> {
  return inTurn(shares(connections, CONNECTIONS_PER_HOLDER), async (count, index) => {
    const firstDestination = index * CONNECTIONS_PER_HOLDER;
    const port = FIRST_PORT + index;
    const endpoints = endpointsOf(count);
    const holder = hold({ role: 'both', port, count, endpoints, firstDestination, inFlight });
    await holder.message();
    return [holder];
  });
}

/** So many new namespaces, each with `connections` on its loopback device, to an endpoint each. */
export function openCrowd(namespaces: number, connections: number): Promise<Child[]> {
  const limit = Math.max(1, Math.floor(CONNECTIONS_PER_HOLDER / connections));
  return inTurn(shares(namespaces, limit), async (share, index) => {
    const firstDestination = index * limit * connections;
    const endpoints = { port: FIRST_PORT, count: connections, endpoints: connections };
    const holder = hold({ role: 'crowd', namespaces: share, firstDestination, ...endpoints });
    await holder.message();
    return [holder];
  });
}

const SERVER = '10.9.0.1';
const CLIENT = '10.9.0.2';

/** A server: its clients are in another namespace, and it is a client there now and then. */
async function inbound(inboundCount: number, outboundCount: number): Promise<Population> {
  const clients = Namespace.enterNew();
  const server = Namespace.enterNew();
  connectNamespaces(server, clients);
  const here = await inTurn(shares(inboundCount, ENDS_PER_HOLDER), (count, index) =>
    across([server, SERVER], clients, FIRST_PORT + index, count),
  );
  const there = await across([clients, CLIENT], server, FIRST_PORT - 1, outboundCount);
  server.enter();
  return { namespaces: [server, clients], holders: [...here, ...there] };
}

/** A veth pair: one device in each namespace. */
function connectNamespaces(server: Namespace, clients: Namespace): void {
  const ip = (...args: readonly string[]): void => {
    execFileSync(tool('ip', 'iproute2'), args);
  };
  const up = (address: string): void => {
    ip('address', 'add', `${address}/24`, 'dev', 'bench');
    ip('link', 'set', 'bench', 'up');
  };
  ip('link', 'add', 'bench', 'type', 'veth', 'peer', 'name', 'bench', 'netns', clients.path);
  up(SERVER);
  clients.enter();
  up(CLIENT);
  server.enter();
}

/** `count` connections from the namespace `from` to `address` in the namespace `to`. */
async function across(
  [to, address]: readonly [Namespace, string],
  from: Namespace,
  port: number,
  count: number,
): Promise<Child[]> {
  to.enter();
  const server = hold({ role: 'serve', address, port, count });
  await server.message();
  from.enter();
  const client = hold({ role: 'dial', address, port, count });
  await Promise.all([server.message(), client.message()]);
  return [server, client];
}

function hold(holding: Holding): Child {
  return Child.script('holder', holding);
}

/** `total` in equal shares of at most `limit`. */
function shares(total: number, limit: number): number[] {
  const parts = Math.ceil(total / limit);
  return Array.from({ length: parts }, (_, part) => {
    return Math.floor(((part + 1) * total) / parts) - Math.floor((part * total) / parts);
  });
}

/** Does one share after the other, a few at a time. */
async function inTurn(
  counts: readonly number[],
  open: (count: number, index: number) => Promise<Child[]>,
): Promise<Child[]> {
  const queue = counts.entries();
  const lane = async (): Promise<Child[]> => {
    const opened: Child[] = [];
    for (const [index, count] of queue) opened.push(...(await open(count, index)));
    return opened;
  };
  return (await Promise.all(Array.from({ length: OPENERS }, lane))).flat();
}
