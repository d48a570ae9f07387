import { judge, PollerProcess } from './poll-cost.ts';
import type { PopulationName } from './population.ts';
import type { Question } from './question.ts';
import { compare, type Pair } from './rounds.ts';

/** A poll by BPF beside one by netlink of the same sockets, in turn. */
export function bpfAgainstNetlink(population: PopulationName, wanted: number): Question {
  return {
    id: `bpf-${population}`,
    question: `one poll by bpf against one by netlink, ${population} sockets`,
    wanted: `≤ ${wanted}×`,
    source: 'bpf',
    answer: async (grounds) => {
      await grounds.enter(population);
      const start = (): Promise<Pair> => {
        const [bpf, netlink] = [new PollerProcess('bpf'), new PollerProcess('netlink')];
        const end = async (): Promise<void> => {
          await Promise.all([bpf.end(), netlink.end()]);
        };
        return Promise.resolve({ sides: [bpf.side('poll'), netlink.side('poll')], end });
      };
      return judge(await compare(start), wanted);
    },
  };
}
