import { expect, test } from 'vitest';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { diagnose } from '../../src/answers/diagnosis/diagnosis.ts';
import type { Remedy } from '../../src/answers/diagnosis/remedy.ts';
import { surroundingsOf } from '../../src/answers/diagnosis/surroundings.ts';
import { countConnects } from '../support/kernel-oracle.ts';
import { HAS_REUSE_DELAY } from '../support/kernel-version.ts';
import { Polls, SOURCES } from '../support/polls.ts';
import { Random } from '../support/random.ts';
import { inNetwork, letReuseBegin, REUSED_AT_ONCE_MS, reuseDelay } from '../support/scenario.ts';

/**
 * Several remedies at once, in random mixtures: a range with reserved ports, listeners outside it, connections of which some are
 * open and the others in TIME_WAIT. What the kernel then grants is what the remedies say together.
 */

const CASES = Number(process.env['REMEDY_CASES'] ?? 8);
const SEED = Number(process.env['MIXTURE_SEED'] ?? Date.now() % 1_000_000);
const TARGET: Target = { to: '127.0.0.1', port: 5432 };
const SECOND = '127.0.0.77';
const LOW = 60_000;

interface Advice {
  readonly left: number;
  readonly wider: Remedy | undefined;
  readonly reuse: Remedy | undefined;
  readonly second: Remedy | undefined;
}

function stage(network: Network, random: Random): void {
  network.sysctl({ 'ipv4.tcp_tw_reuse': 0, ...reuseDelay(REUSED_AT_ONCE_MS) });
  network.range(LOW, LOW + 99 + 2 * random.below(100));
  const within = random.oneIn(2) ? `${LOW + 5}-${LOW + 5 + random.below(20)},` : '';
  // Only some of what a wider range takes in is free, so that the kernel need not be asked for 50,000 ports.
  network.sysctl({
    'ipv4.ip_local_reserved_ports': `${within}10240-${59_000 + random.below(900)},60999-65535`,
  });
  for (let listeners = 0; listeners < random.below(5); listeners += 1) {
    network.listen('127.0.0.9', 59_950 + listeners);
  }
  const listener = network.listen(TARGET.to, TARGET.port);
  const connections = network.connections(60 + random.below(20), TARGET, listener);
  for (const { client, server } of connections.slice(0, random.below(50))) {
    network.close(client);
    network.close(server);
  }
}

/** By each source: all say the same. */
async function advice(): Promise<Advice> {
  const found: Advice[] = [];
  for (const source of SOURCES) {
    const polls = new Polls({ flags: [`--poll.source=${source}`], once: true });
    await polls.next();
    const { details } = polls;
    polls.close();
    const [pool] = details.namespaces[0]?.fullest.get('connect') ?? [];
    if (pool === undefined) throw new Error('nothing is held');
    const { remedies } = diagnose(pool, surroundingsOf(details, pool.namespaceId));
    const by = (text: string): Remedy | undefined =>
      remedies.find((each) => (each.command ?? each.text).includes(text));
    found.push({
      left: pool.available,
      wider: by('ip_local_port_range'),
      reuse: by('tcp_tw_reuse'),
      second: by('A second local address'),
    });
  }
  const [first, ...others] = found;
  if (first === undefined) throw new Error('there is no source');
  for (const other of others) expect(other).toEqual(first);
  return first;
}

/** Puts a setting of the line in force, as its user would. */
function follow(network: Network, { command = '', danger = '' }: Remedy): void {
  const reserve = /ip_local_reserved_ports=(\S+)/.exec(danger)?.[1];
  if (reserve !== undefined) network.sysctl({ 'ipv4.ip_local_reserved_ports': reserve });
  const [, name = '', value = ''] = /net\.(\S+?)="?([^"]*)"?$/.exec(command) ?? [];
  network.sysctl({ [name]: value });
}

test.runIf(HAS_REUSE_DELAY)(
  `${CASES} mixtures of remedies give what they say, from seed ${SEED}`,
  { timeout: 300_000 },
  async () => {
    const followed = new Set<string>();
    for (let seed = SEED; seed < SEED + CASES; seed += 1) {
      await inNetwork(async (network) => {
        const random = new Random(seed);
        stage(network, random);
        letReuseBegin();
        const { left, wider, reuse, second } = await advice();
        const chosen = { wider: random.oneIn(2), reuse: random.oneIn(2), second: random.oneIn(2) };
        const gained = (remedy: Remedy | undefined, isChosen: boolean): number =>
          isChosen ? (remedy?.gainedPorts ?? 0) : 0;
        if (chosen.wider && wider !== undefined) follow(network, wider);
        if (chosen.reuse && reuse !== undefined) follow(network, reuse);
        const more = gained(wider, chosen.wider);
        const expected = left + more + gained(reuse, chosen.reuse);
        const where = `seed ${seed}: ${JSON.stringify(chosen)}`;
        expect(countConnects(network, TARGET), where).toBe(expected);
        if (chosen.second && second !== undefined) {
          const there = countConnects(network, { ...TARGET, from: SECOND });
          expect(there, where).toBe((second.gainedPorts ?? 0) + more);
        }
        for (const [name, isChosen] of Object.entries(chosen)) if (isChosen) followed.add(name);
      });
    }
    expect(followed.size).toBeGreaterThan(1);
  },
);
