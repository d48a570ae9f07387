import { describe, expect, test } from 'vitest';
import { UNBINDS_SHARED_PORTS } from '../../support/kernel-version.ts';
import { MAX_JUDGED } from '../../../src/pools/tables/endpoints.ts';
import {
  FIRST_PASS,
  MadeUpPolls,
  type MadeUpSocket,
  SECOND_PASS,
} from '../../support/made-up-sockets.ts';
import { Random } from '../../support/random.ts';

/** Each rule of the judgement alone, on sockets that leave it nothing else to go by. */

/** `count` ports in no order, as `bind()` takes them. */
function atRandom(ports: readonly number[], count: number): number[] {
  return new Random(7).shuffled(ports).slice(0, count);
}

/** Open sockets whose inode numbers grow. */
function opened(ports: readonly number[], from = 5000): MadeUpSocket[] {
  return ports.map((port, index) => ({ port, inode: from + index }));
}

/** Sockets that were closed at once, one every 100 ms, the last one half a second ago. */
function closed(ports: readonly number[]): MadeUpSocket[] {
  return ports.map((port, index) => ({
    port,
    closedAgoMs: 500 + 100 * (ports.length - index),
  }));
}

function portsOf(sockets: readonly MadeUpSocket[]): number[] {
  return sockets.map(({ port }) => port).toSorted((a, b) => a - b);
}

const NOTHING = { bound: [], undecided: [] };

describe('a socket that appeared between two polls', () => {
  test('on a port of the second pass, while the first had room, was bound', () => {
    const polls = new MadeUpPolls();
    const before = opened(FIRST_PASS.slice(0, 5));
    expect(polls.poll(before)).toEqual(NOTHING);
    const [port = 0] = SECOND_PASS;
    expect(polls.poll([...before, { port, inode: 5100 }]).bound).toEqual([port]);
  });

  test('on a port of the second pass, while the first was full, was not', () => {
    const polls = new MadeUpPolls();
    const [port = 0, other = 0] = SECOND_PASS;
    const full = opened(FIRST_PASS);
    // A port that was bound brings the address into question.
    const bound = { port: other, remotePort: 81, uid: 2000, inode: 5090 };
    polls.poll([]);
    expect(polls.poll([...full, bound]).bound).toEqual([other]);
    expect(polls.poll([...full, bound, { port, inode: 5100 }]).bound).toEqual([other]);
  });

  test('keeps its verdict, whatever else its user opens', () => {
    const polls = new MadeUpPolls();
    const plain = opened(FIRST_PASS.slice(0, 3));
    polls.poll(plain);
    const bound = opened(atRandom(SECOND_PASS, 20), 9000);
    for (let poll = 0; poll < 3; poll += 1) {
      expect(polls.poll([...plain, ...bound]).bound).toEqual(portsOf(bound));
    }
  });

  test('keeps its verdict, whatever fills up later', () => {
    const polls = new MadeUpPolls();
    polls.poll([]);
    const bound = opened(atRandom(SECOND_PASS, 10));
    const ports = portsOf(bound);
    expect(polls.poll(bound).bound).toEqual(ports);
    const others = opened(FIRST_PASS, 9000).map((socket) => ({
      ...socket,
      uid: 2000,
    }));
    for (let poll = 0; poll < 3; poll += 1) {
      expect(polls.poll([...bound, ...others]).bound).toEqual(ports);
    }
  });
});

describe('ports that a bind() owned at the last poll, and no longer', () => {
  test('were lost to connect() when sockets appeared since', () => {
    const polls = new MadeUpPolls();
    const binder = (ports: readonly number[]): MadeUpSocket[] =>
      opened(ports, 9000).map((socket) => ({
        ...socket,
        remotePort: 81,
        uid: 2000,
      }));
    const second = binder(atRandom(SECOND_PASS, SECOND_PASS.length));
    const first = binder(FIRST_PASS.slice(0, 40)).map((socket) => ({
      ...socket,
      inode: 9600 + (socket.port % 100),
    }));
    const plain = opened(FIRST_PASS.slice(40));
    polls.poll([]);
    polls.poll(second);
    expect(polls.poll([...second, ...first, ...plain]).bound).toEqual(
      portsOf([...second, ...first]),
    );
    // The first pass was full for connect(), which went on to three ports that the program had given up; then it gave up more.
    const left = [...second.slice(3), ...first.slice(30)];
    const more = opened(
      second.slice(0, 3).map(({ port }) => port),
      5100,
    );
    expect(polls.poll([...left, ...plain, ...more]).bound).toEqual(portsOf(left));
  });
});

describe('more endpoints than are judged', () => {
  const [plain = 0] = FIRST_PASS;
  const ports = SECOND_PASS.slice(0, 4);
  /** Connections of one user each to a destination of its own, and then four that were bound, each to one of its own too. */
  const crowd = (count: number): readonly MadeUpSocket[] => [
    ...Array.from({ length: count }, (_, index) => ({
      port: plain,
      remotePort: 100 + index,
      inode: 5000,
    })),
    ...ports.map((port, index) => ({
      port,
      remotePort: 60_000 + index,
      uid: 2000,
      inode: 9000 + index,
    })),
  ];

  test('are counted, and their ports may be bound; those seen first are judged', () => {
    const polls = new MadeUpPolls();
    polls.poll([]);
    const seen = polls.poll(crowd(MAX_JUDGED - 2));
    expect(seen).toEqual({
      bound: ports.slice(0, 2),
      undecided: ports.slice(2),
    });
    expect(polls.poll(crowd(MAX_JUDGED - 2))).toEqual(seen);
    const held = polls.pools(crowd(MAX_JUDGED - 2)).filter(({ kind }) => kind === 'connect');
    expect(held.reduce((sum, each) => sum + each.held, 0)).toBe(MAX_JUDGED + 2);
  });

  test('are judged as soon as others have gone', () => {
    const polls = new MadeUpPolls();
    polls.poll([]);
    polls.poll(crowd(MAX_JUDGED - 2));
    for (let poll = 0; poll < 3; poll += 1) polls.poll(crowd(1000));
    expect(polls.poll(crowd(1000))).toEqual({ bound: ports, undecided: [] });
  });
});

describe('what is known of a group', () => {
  test('counts more than what its user does elsewhere', () => {
    const polls = new MadeUpPolls();
    polls.poll([]);
    const second = atRandom(SECOND_PASS, SECOND_PASS.length);
    const bound = opened(second.slice(0, 5));
    const plain = opened(FIRST_PASS.slice(0, 10), 7000).map((each) => ({
      ...each,
      remotePort: 81,
    }));
    const sockets = [...bound, ...plain];
    expect(polls.poll(sockets).bound).toEqual(portsOf(bound));
    const others = opened(second.slice(5), 9000).map((each) => ({
      ...each,
      uid: 2000,
      remotePort: 82,
    }));
    sockets.push(...others);
    expect(polls.poll(sockets).bound).toEqual(portsOf([...bound, ...others]));
    const more = { port: FIRST_PASS[20] ?? 0, inode: 5900 };
    expect(polls.poll([...sockets, more]).bound).toEqual(portsOf([...bound, ...others, more]));
  });

  test('ports of the first pass were bound too once bind() found no other', () => {
    const polls = new MadeUpPolls();
    polls.poll([]);
    const second = opened(atRandom(SECOND_PASS, SECOND_PASS.length));
    polls.poll(second);
    const first = opened(atRandom(FIRST_PASS, 10), 8000);
    const ports = portsOf([...second, ...first]);
    expect(polls.poll([...second, ...first]).bound).toEqual(ports);
  });

  test('the same, though ports of the second pass came back before the next poll', () => {
    const polls = new MadeUpPolls();
    polls.poll([]);
    const second = opened(atRandom(SECOND_PASS, SECOND_PASS.length));
    polls.poll(second);
    const left = second.slice(20);
    const first = opened(atRandom(FIRST_PASS, 10), 8000);
    const ports = portsOf([...left, ...first]);
    expect(polls.poll([...left, ...first]).bound).toEqual(ports);
  });

  test('counts before what its user did at another endpoint', () => {
    const polls = new MadeUpPolls();
    const second = opened(atRandom(SECOND_PASS, SECOND_PASS.length));
    const others = (round: number): MadeUpSocket[] =>
      opened(FIRST_PASS.slice(0, 25), 9000 + 100 * round).map((socket) => {
        return { ...socket, remotePort: 81 };
      });
    polls.poll([]);
    polls.poll([{ port: SECOND_PASS[0] ?? 0, remotePort: 82, uid: 3000, inode: 4000 }]);
    for (let round = 0; round < 4; round += 1) polls.poll(others(round));
    polls.poll(second);
    const first = opened(FIRST_PASS.slice(30, 35), 9900);
    expect(polls.poll([...second, ...first]).bound).toEqual(portsOf([...second, ...first]));
  });

  test('says nothing of another user at the same endpoint', () => {
    const polls = new MadeUpPolls();
    polls.poll([]);
    const second = opened(atRandom(SECOND_PASS, SECOND_PASS.length));
    polls.poll(second);
    const others = opened(FIRST_PASS.slice(0, 10), 8000).map((socket) => ({
      ...socket,
      uid: 2000,
    }));
    const ports = portsOf(second);
    expect(polls.poll([...second, ...others]).bound).toEqual(ports);
  });

  test('outlives its last socket', () => {
    const polls = new MadeUpPolls();
    polls.poll([]);
    polls.poll(opened(atRandom(SECOND_PASS, 10)));
    polls.poll([]);
    // Of these no poll could tell by itself: the first pass is full.
    const others = opened(FIRST_PASS, 9000).map((socket) => ({
      ...socket,
      uid: 2000,
    }));
    polls.poll(others);
    const again = opened(atRandom(SECOND_PASS, 4), 9500);
    const ports = portsOf(again);
    expect(polls.poll([...others, ...again]).bound).toEqual(ports);
  });
});

describe('a port that a bound socket and a connect()ed one of another address share', () => {
  test('is owned by the bind() until the bound one is gone, before Linux 6.18 until both are', () => {
    const polls = new MadeUpPolls();
    const [port = 0] = FIRST_PASS;
    const plain = { port, remotePort: 82, uid: 2000, inode: 4000 };
    const bound = opened([...atRandom(SECOND_PASS, SECOND_PASS.length), port]).map((socket) => {
      return { ...socket, local: '127.0.0.6' };
    });
    polls.poll([plain]);
    polls.poll([plain, ...bound.slice(0, -1)]);
    for (let poll = 0; poll < 2; poll += 1)
      expect(polls.poll([plain, ...bound]).bound).toEqual(portsOf(bound));
    for (let poll = 0; poll < 2; poll += 1)
      expect(polls.poll([plain]).bound).toEqual(UNBINDS_SHARED_PORTS ? [] : [port]);
  });
});

describe('by one poll alone', () => {
  test.each([
    ['inode numbers', opened],
    ['ages', closed],
  ])('%s show which pass was used up first', (_title, sockets) => {
    const second = atRandom(SECOND_PASS, SECOND_PASS.length);
    const first = atRandom(FIRST_PASS, 20);
    const all = [...second, ...first].toSorted((a, b) => a - b);
    expect(new MadeUpPolls().poll(sockets([...second, ...first])).bound).toEqual(all);
    const others = [...FIRST_PASS, ...SECOND_PASS.slice(0, 20)];
    expect(new MadeUpPolls().poll(sockets(others))).toEqual(NOTHING);
  });

  test('inode numbers of another batch show nothing', () => {
    const first = opened(FIRST_PASS.slice(0, 20), 9 * 1024);
    const second = opened(atRandom(SECOND_PASS, SECOND_PASS.length), 2 * 1024);
    expect(new MadeUpPolls().poll([...first, ...second]).bound).toEqual([]);
  });

  test('many ports of the second pass in no order, none of the first', () => {
    const ports = atRandom(SECOND_PASS, 25);
    expect(new MadeUpPolls().poll(opened(ports)).bound).toEqual(ports.toSorted((a, b) => a - b));
  });

  test('TIME_WAITs may be those of a user who has ports of the first pass too', () => {
    const live = opened(FIRST_PASS.slice(0, 30));
    expect(new MadeUpPolls().poll([...live, ...closed(atRandom(SECOND_PASS, 25))]).bound).toEqual(
      [],
    );
  });

  test('what others did says nothing of them while the first pass is nearly empty', () => {
    const second = [SECOND_PASS[30] ?? 0, SECOND_PASS[3] ?? 0];
    const ports = [...FIRST_PASS.slice(20, 24), ...second];
    const ended = ports.map((port) => ({ port, closedAgoMs: 5000 }));
    const { undecided } = new MadeUpPolls().poll([...opened(FIRST_PASS.slice(0, 3)), ...ended]);
    expect(undecided).toEqual(expect.arrayContaining(second));
  });

  test('a port that two destinations share was given by connect()', () => {
    const shared = atRandom(SECOND_PASS, 25);
    const all = [80, 81].flatMap((remotePort) =>
      opened(shared, remotePort * 100).map((socket) => ({
        ...socket,
        remotePort,
      })),
    );
    expect(new MadeUpPolls().poll(all).bound).toEqual([]);
  });

  test('ports one after the other, of both passes, were named', () => {
    const ports = [...FIRST_PASS, ...SECOND_PASS].toSorted((a, b) => a - b).slice(10, 30);
    expect(new MadeUpPolls().poll(opened(ports)).bound).toEqual(ports);
  });

  test('small steps on the second pass are those of connect()', () => {
    // As connect() passes over some by chance.
    const ports = SECOND_PASS.filter((_port, index) => index % 7 === 0 || index % 7 === 3);
    expect(new MadeUpPolls().poll(opened(ports))).toEqual(NOTHING);
  });

  test('of connections closed at the same time, the lowest ports alone are no small steps', () => {
    const byAge = [[9, 36, 46], [12], [39, 13], [14, 45], [17, 30], [18, 48]];
    const sockets = byAge.flatMap((indices, group) =>
      indices.map((index) => ({
        port: SECOND_PASS[index] ?? 0,
        closedAgoMs: 900 - 20 * group,
      })),
    );
    const { bound, undecided } = new MadeUpPolls().poll(sockets);
    expect([...bound, ...undecided].toSorted((a, b) => a - b)).toEqual(portsOf(sockets));
  });

  test('of connections closed at the same time nobody knows the order', () => {
    const sockets = [0, 2, 4].flatMap((from, group) =>
      SECOND_PASS.filter((_port, index) => index % 6 === from && index < 48).map((port) => ({
        port,
        closedAgoMs: 900 - 20 * group,
      })),
    );
    expect(new MadeUpPolls().poll(sockets)).toEqual({ bound: [], undecided: portsOf(sockets) });
  });

  test('in the lower half of the range, which is all that bind() takes with SO_REUSEADDR, steps are small', () => {
    const ports = [0, 4, 9, 13, 17, 20, 24].map((index) => SECOND_PASS[index] ?? 0);
    expect(new MadeUpPolls().poll(opened(ports))).toEqual({ bound: [], undecided: ports });
  });

  test('the last ports that bind() finds lie side by side: they are no small steps', () => {
    const polls = new MadeUpPolls();
    polls.poll([]);
    // All of the second pass but for a few runs, and no room in the first pass to tell by.
    const runs = [...SECOND_PASS.slice(10, 15), ...SECOND_PASS.slice(30, 35)];
    const others = opened([...FIRST_PASS, ...SECOND_PASS].filter((port) => !runs.includes(port)));
    const elsewhere = others.map((socket) => ({
      ...socket,
      remotePort: 81,
      uid: 2000,
    }));
    const last = opened(runs, 8000);
    polls.poll(elsewhere);
    const { bound, undecided } = polls.poll([...elsewhere, ...last]);
    expect([...bound, ...undecided]).toEqual(expect.arrayContaining(portsOf(last)));
  });

  test('all of both passes, closed at the same time: undecided', () => {
    const polls = new MadeUpPolls();
    polls.poll([]);
    const sockets = [...FIRST_PASS, ...SECOND_PASS].map((port) => ({
      port,
      closedAgoMs: 500,
    }));
    expect(polls.poll(sockets)).toEqual({ bound: [], undecided: portsOf(sockets) });
  });

  test('two of the first pass that were closed last do not tell of all others that bind() ran out', () => {
    const ports = [...FIRST_PASS, ...SECOND_PASS];
    const sockets = ports.map((port, index) => ({
      port,
      closedAgoMs: index < 2 ? 500 : 520,
    }));
    expect(new MadeUpPolls().poll(sockets).bound).toEqual([]);
  });

  test('large steps over ports that others have are those of connect() too', () => {
    const polls = new MadeUpPolls();
    polls.poll([]);
    const second = opened(atRandom(SECOND_PASS, SECOND_PASS.length), 9000);
    const free = [3, 20, 36, 5, 22, 38].map((index) => FIRST_PASS[index] ?? 0);
    const first = opened(
      FIRST_PASS.filter((port) => !free.includes(port)),
      9200,
    );
    const binder = [...second, ...first].map((socket) => ({
      ...socket,
      uid: 2000,
      remotePort: 81,
    }));
    polls.poll(binder.slice(0, 20));
    polls.poll(binder);
    const plain = opened(free);
    const { bound } = polls.poll([...binder, ...plain]);
    expect(bound.filter((port) => free.includes(port))).toEqual([]);
  });

  test('too few to judge are said to be undecided', () => {
    const [port = 0, other = 0] = [SECOND_PASS[30], SECOND_PASS[3]];
    const { bound, undecided } = new MadeUpPolls().poll(opened([port, other]));
    expect({ bound, undecided }).toEqual({
      bound: [],
      undecided: [other, port],
    });
  });
});

describe('listeners that opened and closed unseen', () => {
  /** What they accepted looks like one connection to each of many client ports. */
  function accepted(ports: readonly number[]): MadeUpSocket[] {
    return ports.map((port, index) => ({
      port,
      remotePort: 50_000 + index,
      closedAgoMs: 5000,
    }));
  }

  test('half of the connections on either pass: all of them are those of listeners', () => {
    const ports = [...atRandom(FIRST_PASS, 6), ...atRandom(SECOND_PASS, 6)];
    const { bound } = new MadeUpPolls().poll(accepted(ports));
    expect(bound).toEqual(ports.toSorted((a, b) => a - b));
  });

  test('two connections to each of three services are those of a binder and of a client', () => {
    const polls = new MadeUpPolls();
    polls.poll([]);
    const to = (ports: readonly number[], uid: number): MadeUpSocket[] =>
      ports.map((port, index) => ({
        port,
        uid,
        inode: 100 * uid + index,
        remotePort: 80 + (index >> 1),
      }));
    const binder = to(atRandom(SECOND_PASS, 4), 1001);
    const client = to(FIRST_PASS.slice(0, 2), 1002).map((each) => ({
      ...each,
      remotePort: 82,
    }));
    expect(polls.poll([...binder, ...client]).bound).toEqual(portsOf(binder));
  });

  test('nearly all on the first pass: a client of many destinations', () => {
    const ports = [...atRandom(FIRST_PASS, 12), SECOND_PASS[7] ?? 0];
    expect(new MadeUpPolls().poll(accepted(ports)).bound).toEqual([]);
  });
});
