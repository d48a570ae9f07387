import { Network } from '../../deploy/demo/lab/network.ts';
import { FailureProgram } from '../../src/kernel/bpf/failure-program.ts';
import { argument, serve } from './child.ts';
import { costed } from './cost.ts';

/** A process whose connects are refused, in a namespace of its own with a range of 100 ports, counted or not. */

const TARGET = { to: '127.0.0.1', port: 80 };
const calls = Number(argument());

const network = Network.enter();
network.range(40_000, 40_099);
network.listen(TARGET.to, TARGET.port);
for (let held = 0; held < 100; held += 1) network.connect(TARGET);

let refused = 0;
let program: FailureProgram | undefined;

const work = costed(() => {
  refused = 0;
  for (let call = 0; call < calls; call += 1) {
    try {
      network.connect(TARGET);
    } catch {
      refused += 1;
    }
  }
});

serve({
  counted: () => {
    program ??= FailureProgram.open();
    const before = total();
    const cost = work();
    if (refused !== calls || total() - before !== calls)
      throw new Error(`${refused} were refused, ${total() - before} counted`);
    return cost;
  },
  plain: () => {
    program?.close();
    program = undefined;
    return work();
  },
});

function total(): number {
  return (program?.namespaces() ?? []).reduce((sum, { failures }) => sum + failures, 0);
}
