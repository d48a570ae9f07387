import { Network } from '../../deploy/demo/lab/network.ts';
import { SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from '../../deploy/demo/lab/syscalls.ts';
import * as sys from '../../deploy/demo/lab/syscalls.ts';
import { argument, Child, tell } from './child.ts';
import { putInFlight } from './in-flight.ts';

/** A process that opens connections and holds them until it is ended. */

/** Both ends of connections on the loopback device. */
interface BothEnds {
  readonly port: number;
  readonly count: number;
  /** Connections 0, 1, 2… go to an endpoint each; the last endpoint takes the rest. */
  readonly endpoints: number;
  /** Number of the first destination, so that two holders share none. */
  readonly firstDestination: number;
}

interface Loopback extends BothEnds {
  readonly role: 'both';
  /** Whether the sockets are among the open files of no process. */
  readonly inFlight: boolean;
}

/** The same in each of several new network namespaces, with a process in each, by which it is found. */
interface Crowd extends BothEnds {
  readonly role: 'crowd';
  readonly namespaces: number;
}

/** One end of connections between two namespaces. */
interface OneEnd {
  readonly role: 'serve' | 'dial';
  readonly address: string;
  readonly port: number;
  readonly count: number;
}

export type Holding = Loopback | Crowd | OneEnd;

/** Room for what has arrived and is not accepted yet: the kernel's default limit. */
const BACKLOG = 4096;

function listen(address: string, port: number): number {
  const fd = sys.socket(sys.AF_INET, SOCK_STREAM);
  sys.setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  sys.bind(fd, sys.socketAddress(address, port));
  sys.listen(fd, BACKLOG);
  return fd;
}

function dial(address: string, port: number): number {
  const fd = sys.socket(sys.AF_INET, SOCK_STREAM);
  sys.connect(fd, sys.socketAddress(address, port));
  return fd;
}

/** 127.1.0.0 and up: the whole of 127.0.0.0/8 is this host. */
function destination(number: number): string {
  return `127.${1 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
}

/** Each connection is accepted before the next is opened: none ever waits in the backlog. Returns both ends of all. */
function holdBoth({ port, count, endpoints, firstDestination }: BothEnds): number[] {
  const listener = listen('0.0.0.0', port);
  const sockets: number[] = [];
  for (let index = 0; index < count; index += 1) {
    sockets.push(dial(destination(firstDestination + Math.min(index, endpoints - 1)), port));
    sockets.push(sys.accept(listener));
  }
  return sockets;
}

function holdLoopback(loopback: Loopback): void {
  const sockets = holdBoth(loopback);
  if (loopback.inFlight) putInFlight(sockets);
}

function holdCrowd(crowd: Crowd): void {
  for (let entered = 0; entered < crowd.namespaces; entered += 1) {
    Network.enter();
    holdBoth({ ...crowd, firstDestination: crowd.firstDestination + entered * crowd.count });
    Child.program('sleep', 'infinity');
  }
}

async function serve({ address, port, count }: OneEnd): Promise<void> {
  const listener = listen(address, port);
  await tell('listening');
  for (let index = 0; index < count; index += 1) sys.accept(listener);
}

const holding = argument() as Holding;
if (holding.role === 'both') holdLoopback(holding);
else if (holding.role === 'crowd') holdCrowd(holding);
else if (holding.role === 'serve') await serve(holding);
else for (let index = 0; index < holding.count; index += 1) dial(holding.address, holding.port);
process.once('disconnect', () => process.exit());
await tell('open');
