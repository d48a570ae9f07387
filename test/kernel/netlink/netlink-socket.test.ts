import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KernelError } from '../../../src/kernel/kernel-error.ts';
import { decodeDiagRow } from '../../../src/kernel/netlink/inet-diag-row.ts';
import { NetlinkSocket } from '../../../src/kernel/netlink/netlink-socket.ts';
import type { NetlinkTransport } from '../../../src/kernel/netlink/transport.ts';
import { Request } from '../../../src/kernel/netlink/message.ts';
import { AF_INET } from '../../../src/kernel/netlink/address-family.ts';
import { SocketRow, TCP_TIME_WAIT } from '../../../src/kernel/socket-row.ts';

const [ERROR, DONE, SOCKET] = [2, 3, 20];
const MULTI = 2;
const TIMER_TIME_WAIT = 3;

interface Message {
  readonly type: number;
  readonly payload: Uint8Array;
  /** Added to the sequence number that was asked with. */
  readonly sequence?: number;
  readonly flags?: number;
}

/** Datagrams that a kernel could send, in answer to one request. */
class Recording implements NetlinkTransport {
  closed = false;
  readonly #datagrams: ((sequence: number) => Uint8Array)[];
  #sequence = 0;

  constructor(...datagrams: readonly (readonly Message[])[]) {
    this.#datagrams = datagrams.map((messages) => (sequence) => {
      return Buffer.concat(messages.map((message) => encode(message, sequence)));
    });
  }

  send(request: Uint8Array): void {
    this.#sequence = new Uint32Array(request.buffer)[2] ?? 0;
  }

  receive(into: Uint8Array): number {
    const datagram = this.#datagrams.shift();
    if (datagram === undefined) throw new KernelError('test', 'no answer within 2 s', 'EAGAIN');
    const bytes = datagram(this.#sequence);
    into.set(bytes.subarray(0, into.length));
    return bytes.length;
  }

  close(): void {
    this.closed = true;
  }
}

function encode({ type, payload, sequence = 0, flags = MULTI }: Message, asked: number): Buffer {
  const length = 16 + payload.length;
  const bytes = Buffer.alloc((length + 3) & ~3);
  new Uint32Array(bytes.buffer, bytes.byteOffset, 4).set([length, 0, asked + sequence, 0]);
  new Uint16Array(bytes.buffer, bytes.byteOffset, 4).set([type, flags], 2);
  bytes.set(payload, 16);
  return bytes;
}

function status(code: number): Uint8Array {
  return new Uint8Array(new Int32Array([code]).buffer);
}

function text(value: string): Message {
  return { type: SOCKET, payload: Buffer.from(value.padEnd(8)) };
}

const done: Message = { type: DONE, payload: status(0) };

function ask(...datagrams: readonly (readonly Message[])[]): string[] {
  const seen: string[] = [];
  const socket = new NetlinkSocket('sock_diag', new Recording(...datagrams));
  socket.request(new Request(SOCKET, 0, 0).bytes, ({ bytes, payload, end }) => {
    seen.push(Buffer.from(bytes.subarray(payload, end)).toString().trim());
  });
  return seen;
}

describe('an answer', () => {
  test('is all messages of all datagrams until the end', () => {
    expect(ask([text('a'), text('b')], [text('c')], [done])).toEqual(['a', 'b', 'c']);
  });

  test('to a question about one thing is one message', () => {
    expect(ask([{ ...text('a'), flags: 0 }])).toEqual(['a']);
  });

  test('may be empty', () => {
    expect(ask([done])).toEqual([]);
  });

  test('to another question is not taken for this one', () => {
    const foreign = { ...text('x'), sequence: 7 };
    const foreignEnd = { ...done, sequence: -1 };
    expect(ask([foreign, text('a')], [foreignEnd], [text('b'), done])).toEqual(['a', 'b']);
  });

  test.each([
    [[{ type: DONE, payload: status(-2) }], 'ENOENT', /no handler \(modules tcp_diag/],
    [[{ type: ERROR, payload: status(-1) }], 'EPERM', /not permitted/],
    [[{ type: ERROR, payload: status(-16) }], 'EBUSY', /another dump is still running/],
    [[{ type: ERROR, payload: status(-22) }], 'EINVAL', /does not know the request/],
    [[{ type: ERROR, payload: status(-71) }], 'errno 71', /refused \(errno 71\)/],
    [[{ type: 4, payload: status(0) }], '', /lost a part of the answer/],
  ])('that is an error is one: %j', (messages, errno, problem) => {
    const failure = failureOf(() => ask(messages));
    expect(failure.errno).toBe(errno);
    expect(failure.message).toMatch(problem);
  });

  test('that stops before its end is an error', () => {
    expect(failureOf(() => ask([text('a')])).message).toMatch(/no answer within 2 s/);
  });

  test('that never ends is an error after a while', () => {
    const endless: NetlinkTransport = {
      send: () => undefined,
      receive: () => 0,
      close: () => undefined,
    };
    const clock = performance.now.bind(performance);
    let jump = 0;
    performance.now = () => clock() + (jump += 1000);
    try {
      const socket = new NetlinkSocket('sock_diag', endless);
      const request = new Request(SOCKET, 0, 0).bytes;
      expect(() => socket.request(request, () => undefined)).toThrow(/did not end within 20 s/);
    } finally {
      performance.now = clock;
    }
  });

  test('whatever its bytes, ends or is an error that names the interface', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (datagrams) => {
        const left = [...datagrams];
        const transport: NetlinkTransport = {
          send: () => undefined,
          receive: (into) => {
            const bytes = left.shift();
            if (bytes === undefined) throw new KernelError('sock_diag', 'no answer', 'EAGAIN');
            into.set(bytes);
            return bytes.length;
          },
          close: () => undefined,
        };
        const socket = new NetlinkSocket('sock_diag', transport);
        const row = new SocketRow();
        try {
          socket.request(new Request(SOCKET, 0, 0).bytes, (message) => {
            decodeDiagRow(row, message);
          });
        } catch (error) {
          expect(error).toBeInstanceOf(KernelError);
          expect(String(error)).toContain('sock_diag');
        }
      }),
    );
  });

  test('that is cut in the middle of a message is an error', () => {
    const whole = encode(text('a'), 1);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: whole.length - 1 }), (length) => {
        const transport: NetlinkTransport = {
          send: () => undefined,
          receive: (into) => {
            into.set(whole.subarray(0, length));
            return length;
          },
          close: () => undefined,
        };
        const socket = new NetlinkSocket('sock_diag', transport);
        const request = new Request(SOCKET, 0, 0).bytes;
        expect(() => socket.request(request, () => undefined)).toThrow(/a message is cut/);
      }),
    );
  });
});

describe('a message that is no socket', () => {
  test.each([
    ['too short', Buffer.alloc(71, 2)],
    ['of another family', Buffer.from([1, 1, ...Array<number>(70).fill(0)])],
    ['in no state', Buffer.from([2, 0, ...Array<number>(70).fill(0)])],
  ])('%s is malformed', (_, payload) => {
    const rows: boolean[] = [];
    const transport = new Recording([{ type: SOCKET, payload }, done]);
    new NetlinkSocket('sock_diag', transport).request(
      new Request(SOCKET, 0, 0).bytes,
      (message) => {
        rows.push(decodeDiagRow(new SocketRow(), message));
      },
    );
    expect(rows).toEqual([false]);
  });
});

test('what is left of a TIME_WAIT is told to the millisecond', () => {
  const payload = Buffer.alloc(72);
  payload.set([AF_INET, TCP_TIME_WAIT, TIMER_TIME_WAIT]);
  new Uint32Array(payload.buffer, payload.byteOffset)[13] = 59_987;
  const row = new SocketRow();
  const transport = new Recording([{ type: SOCKET, payload }, done]);
  new NetlinkSocket('sock_diag', transport).request(new Request(SOCKET, 0, 0).bytes, (message) => {
    decodeDiagRow(row, message);
  });
  expect(row.remainingMs).toBe(59_987);
});

describe('the memory of answers', () => {
  const request = (): Uint8Array => new Request(SOCKET, 0, 0).bytes;
  const memoryOf = (socket: NetlinkSocket): unknown => {
    let memory: unknown;
    socket.request(request(), ({ bytes }) => {
      memory = bytes;
    });
    return memory;
  };
  const open = (...datagrams: readonly (readonly Message[])[]): NetlinkSocket =>
    new NetlinkSocket('sock_diag', new Recording(...datagrams));

  test('is shared by all sockets', () => {
    const [first, second] = [open([text('a'), done]), open([text('b'), done])];
    expect(memoryOf(first)).toBe(memoryOf(second));
  });

  test('is another for a question that is asked from within an answer', () => {
    const dump = open([text('a'), text('b'), text('c')], [text('d'), done]);
    const seen: string[] = [];
    dump.request(request(), (message) => {
      const { bytes, payload, end } = message;
      expect(memoryOf(open([text('x'.repeat(100)), text('y'), done]))).not.toBe(bytes);
      seen.push(Buffer.from(bytes.subarray(payload, end)).toString().trim());
    });
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
  });

  test('is given back where an answer is an error', () => {
    const before = memoryOf(open([text('a'), done]));
    expect(() => memoryOf(open([text('a')]))).toThrow('no answer');
    expect(memoryOf(open([text('a'), done]))).toBe(before);
  });
});

function failureOf(body: () => unknown): KernelError {
  try {
    body();
  } catch (error) {
    if (error instanceof KernelError) return error;
    throw error;
  }
  throw new Error('no error');
}
