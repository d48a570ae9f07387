import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BpfError } from '../../src/kernel/bpf/bpf-object.ts';
import { KernelError } from '../../src/kernel/kernel-error.ts';
import { KernelFileError } from '../../src/kernel/proc/kernel-file.ts';
import type { SocketSource, SourceName } from '../../src/kernel/socket-row.ts';
import type { Namespace } from '../../src/namespaces/namespace.ts';
import type { NetnsView } from '../../src/namespaces/netns-view.ts';
import { BpfRows } from '../../src/scan/bpf-rows.ts';
import { type ReadBy, Sources } from '../../src/scan/sources.ts';
import { inNetwork } from '../support/scenario.ts';

const INTERVAL_MS = 1000;
const LOST = 'netlink sock_diag: no answer within 2 s';

function view(sockets: NetnsView['sockets']): NetnsView {
  return { net: '/proc/thread-self/net', sysctl: '/proc/sys/net', sockets };
}

/** A namespace that is read poll after poll; which of its attempts by netlink fail is the test's choice. */
class Place implements Namespace {
  readonly id = 1;
  readonly enterBy = '';
  readonly identity = {
    netns: '1',
    nsInode: '',
    podNamespace: '',
    podName: '',
    name: '',
    containerId: '',
  };
  readonly #view: NetnsView;
  /** The error of the next attempts by netlink; undefined: they succeed. */
  error: Error | undefined;
  readonly attempts: SourceName[] = [];
  readonly sockets: NetnsView['sockets'];

  constructor(sockets: NetnsView['sockets']) {
    this.sockets = sockets;
    this.#view = view(sockets);
  }

  visit<T>(read: (view: NetnsView) => T): T {
    return read(this.#view);
  }

  /** Reads it by `sources`; returns the sources that were tried, in order. */
  read(sources: Sources): string {
    this.attempts.length = 0;
    sources.with(this, this.#view, (source) => {
      this.#read(source);
    });
    return this.attempts.join(' ');
  }

  #read({ name }: SocketSource): void {
    this.attempts.push(name);
    if (name === 'netlink' && this.error !== undefined) throw this.error;
  }
}

/** A host on which no BPF program may be loaded. */
function withoutBpf(): BpfRows {
  return new BpfRows(() => {
    throw new BpfError('BPF', 'needs CAP_BPF');
  });
}

/** What is tried at each of `count` polls. */
function polls(sources: Sources, place: Place, count: number, firstPoll = 0): string[] {
  return Array.from({ length: count }, (_, poll) => {
    sources.begin((firstPoll + poll) * INTERVAL_MS, INTERVAL_MS);
    return place.read(sources);
  });
}

function failing(sockets: NetnsView['sockets']): Place {
  const place = new Place(sockets);
  place.error = new KernelError('netlink sock_diag', 'no answer within 2 s');
  return place;
}

describe.each(['lasting', 'brief'] as const)('auto, where sockets are %s', (sockets) => {
  test('reads by netlink alone where that works', () => {
    expect(polls(new Sources('auto', withoutBpf()), new Place(sockets), 3)).toEqual([
      'netlink',
      'netlink',
      'netlink',
    ]);
  });

  test('tries netlink again after a failure at the start, later and later, once at a poll', () => {
    expect(polls(new Sources('auto', withoutBpf()), failing(sockets), 9)).toEqual([
      'netlink netlink proc',
      'netlink proc',
      'proc',
      'netlink proc',
      'proc',
      'proc',
      'proc',
      'netlink proc',
      'proc',
    ]);
  });

  test('returns to netlink as soon as an attempt succeeds', () => {
    const sources = new Sources('auto', withoutBpf());
    const place = failing(sockets);
    polls(sources, place, 2);
    place.error = undefined;
    expect(polls(sources, place, 3, 2)).toEqual(['proc', 'netlink', 'netlink']);
    expect([sources.fallbackReason, sources.problemElsewhere]).toEqual(['', '']);
  });

  test('tries it at once after a reload', () => {
    const sources = new Sources('auto', withoutBpf());
    const place = failing(sockets);
    polls(sources, place, 2);
    sources.choose('auto');
    expect(polls(sources, place, 1, 2)).toEqual(['netlink netlink proc']);
  });

  test('a lost reply costs nothing but a second attempt', () => {
    const sources = new Sources('auto', withoutBpf());
    const place = new Place(sockets);
    polls(sources, place, 1);
    sources.begin(INTERVAL_MS, INTERVAL_MS);
    const seen: string[] = [];
    sources.with(place, view(sockets), ({ name }) => {
      seen.push(name);
      if (seen.length === 1) throw new KernelError('netlink sock_diag', 'a message is cut');
    });
    expect(seen).toEqual(['netlink', 'netlink']);
    expect(polls(sources, place, 1, 2)).toEqual(['netlink']);
  });

  test('a file that cannot be read is no failure of netlink', () => {
    const place = new Place(sockets);
    place.error = new KernelFileError('/proc/net/sockstat', 'cannot be read');
    const sources = new Sources('auto', withoutBpf());
    expect(() => polls(sources, place, 1)).toThrow('/proc/net/sockstat: cannot be read');
    expect(place.attempts).toEqual(['netlink']);
    place.error = undefined;
    expect(polls(sources, place, 1, 1)).toEqual(['netlink']);
  });
});

describe('auto, in several namespaces', () => {
  test('says why it reads /proc: for the own one and for others apart', () => {
    const sources = new Sources('auto', withoutBpf());
    polls(sources, failing('brief'), 3);
    expect([sources.fallbackReason, sources.problemElsewhere]).toEqual(['', LOST]);
    sources.begin(3 * INTERVAL_MS, INTERVAL_MS);
    expect(sources.problemElsewhere).toBe('');
    polls(sources, failing('lasting'), 3, 4);
    expect([sources.fallbackReason, sources.problemElsewhere]).toEqual([LOST, '']);
  });

  test('a failure in one says nothing about the others', () => {
    const sources = new Sources('auto', withoutBpf());
    polls(sources, failing('brief'), 1);
    expect(polls(sources, new Place('brief'), 1)).toEqual(['netlink']);
    expect(polls(sources, new Place('lasting'), 1)).toEqual(['netlink']);
  });

  test('what fails in the own one is not tried in others before it is tried there again', () => {
    const sources = new Sources('auto', withoutBpf());
    const [own, other] = [failing('lasting'), new Place('brief')];
    const tried = [0, 1, 2, 3].map((poll) => {
      sources.begin(poll * INTERVAL_MS, INTERVAL_MS);
      if (poll === 3) own.error = undefined;
      return [own.read(sources), other.read(sources)];
    });
    expect(tried).toEqual([
      ['netlink netlink proc', 'proc'],
      ['netlink proc', 'proc'],
      ['proc', 'proc'],
      ['netlink', 'netlink'],
    ]);
  });

  test('one that this thread has no sockets in is read from /proc, and that is no failure', () => {
    const sources = new Sources('auto', withoutBpf());
    expect(polls(sources, failing('none'), 2)).toEqual(['proc', 'proc']);
    expect([sources.fallbackReason, sources.problemElsewhere]).toEqual(['', '']);
  });
});

describe('a source that was chosen', () => {
  test('proc is read alone', () => {
    expect(polls(new Sources('proc'), new Place('lasting'), 1)).toEqual(['proc']);
  });

  test.each(['lasting', 'brief'] as const)(
    'netlink that fails is a failure, and is tried once at each poll (%s)',
    (sockets) => {
      const sources = new Sources('netlink');
      const place = failing(sockets);
      const attempts = [0, 1, 2].map((poll) => {
        sources.begin(poll * INTERVAL_MS, INTERVAL_MS);
        expect(() => place.read(sources)).toThrow(LOST);
        return place.attempts.join(' ');
      });
      expect(attempts).toEqual(['netlink netlink', 'netlink', 'netlink']);
      expect(sources.fallbackReason).toBe('');
    },
  );

  test.each(['lasting', 'brief'] as const)(
    'netlink: the last attempt may miss a part, and is the only one while that fails (%s)',
    withUdp((sockets) => {
      const [sources, place] = [new Sources('netlink'), new Place(sockets)];
      const seen = [0, 1, 2].map((poll) => {
        sources.begin(poll * INTERVAL_MS, INTERVAL_MS);
        return allowances(sources, place, (source, mayMiss) => {
          if (poll < 2) cutUdp(source, mayMiss);
        });
      });
      expect(seen).toEqual([[false, true], [true], [true]]);
      expect(allowances(sources, place, () => undefined)).toEqual([false]);
    }),
  );

  test.each(['lasting', 'brief'] as const)(
    'netlink: a socket with a part of an answer left is closed (%s)',
    withUdp((sockets) => {
      const [sources, place] = [new Sources('netlink'), new Place(sockets)];
      const open = netlinkSockets();
      polls(sources, place, 1);
      const used: SocketSource[] = [];
      allowances(sources, place, (source, mayMiss) => {
        used.push(source);
        cutUdp(source, mayMiss);
      });
      expect(netlinkSockets()).toBe(open);
      allowances(sources, place, (source) => {
        expect(used).not.toContain(source);
        expect(source.readUdp(() => undefined, ALL_PORTS).rows).toBeGreaterThan(0);
      });
      sources.choose('proc');
      expect(netlinkSockets()).toBe(open);
    }),
  );

  test.each(['auto', 'proc'] as const)('%s misses a part only where /proc does', (choice) => {
    const [sources, place] = [new Sources(choice, withoutBpf()), failing('lasting')];
    const seen: string[] = [];
    sources.with(place, view('lasting'), ({ name }, mayMiss) => {
      seen.push(`${name} ${mayMiss}`);
      if (name === 'netlink') throw new KernelError(name, 'is cut');
    });
    expect(seen.filter((each) => each.startsWith('netlink true'))).toEqual([]);
    expect(seen.at(-1)).toBe('proc true');
  });
});

/** A test in a network namespace that has a UDP socket. */
function withUdp(body: (sockets: 'lasting' | 'brief') => void) {
  return (sockets: 'lasting' | 'brief'): Promise<void> =>
    inNetwork((network) => {
      network.bindUdp('127.0.0.1', 0);
      body(sockets);
    });
}

const NETLINK_SOCK_DIAG = '4';
const ALL_PORTS = { low: 1, high: 65535 };

/** Reads by `read`; what each attempt was allowed to miss. */
function allowances(sources: Sources, place: Place, read: ReadBy<void>): readonly boolean[] {
  const allowed: boolean[] = [];
  sources.with(place, view(place.sockets), (source, mayMiss) => {
    allowed.push(mayMiss);
    read(source, mayMiss);
  });
  return allowed;
}

/** Breaks off in the midst of the kernel's answer about UDP; fails with it unless that part may be missing. */
function cutUdp(source: SocketSource, mayMiss: boolean): void {
  try {
    source.readUdp(() => {
      throw new KernelError('netlink sock_diag', 'a message is cut');
    }, ALL_PORTS);
  } catch (error) {
    if (!mayMiss) throw error;
  }
}

function netlinkSockets(): number {
  const rows = readFileSync('/proc/thread-self/net/netlink', 'utf8').split('\n');
  return rows.filter((row) => row.split(/\s+/)[1] === NETLINK_SOCK_DIAG).length;
}
