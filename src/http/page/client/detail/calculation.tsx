import type { VNode } from 'preact';
import { countText } from '../../model/format.ts';
import { CopyLine } from '../parts/copy-line.tsx';
import type { Explained } from './explained.ts';

/** Sign, field, words, and the proof that goes with it. */
const LINES: readonly (readonly [sign: string, field: string, words: string, proof: string])[] = [
  ['', 'range', 'ports of the range', 'range'],
  ['−', 'reserved', 'reserved', 'reserved'],
  ['−', 'blocked', 'blocked: a bind() owns them', 'listeners'],
  ['=', 'capacity', 'capacity of an endpoint', ''],
  ['−', 'held', 'held by this one', 'held'],
  ['+', 'bound', 'of these blocked or reserved, counted above', ''],
  ['+', 'reusable', 'of these in TIME_WAIT, can be reused', ''],
  ['−', 'held_by_others', 'held by sockets without a device', ''],
  ['=', 'available', 'left', ''],
];

/** How many are left, and why: each number with the line for a shell that proves it. */
export function Calculation({ explained }: { readonly explained: Explained }): VNode {
  const { calculation, proofs } = explained;
  const lines = LINES.filter(([sign, field]) => sign === '=' || calculation[field] !== 0);
  return (
    <section aria-labelledby="calculation-title">
      <h3 id="calculation-title">How many are left, and why</h3>
      <table class="calculation">
        <tbody>
          {lines.map(([sign, field, words, proof]) => (
            <tr key={field} class={sign === '=' ? 'sum' : ''}>
              <td class="sign-cell">{sign}</td>
              <td class="number">{countText(calculation[field] ?? null)}</td>
              <th scope="row">
                {words}
                <Proof line={proofs[proof]} words={words} />
              </th>
            </tr>
          ))}
        </tbody>
      </table>
      <Returning explained={explained} />
    </section>
  );
}

/** When TIME_WAITs give their ports back. */
function Returning({ explained: { returning } }: { readonly explained: Explained }): VNode | null {
  if (returning.length === 0) return null;
  const steps = returning.map(
    ({ within_seconds: seconds, ports }) => `${countText(ports)} within ${seconds} s`,
  );
  return <p class="note">Ports that come back from TIME_WAIT: {steps.join(', ')}.</p>;
}

function Proof({
  line,
  words,
}: {
  readonly line: string | null | undefined;
  readonly words: string;
}): VNode | null {
  if (line === undefined || line === null || line === '') return null;
  return <CopyLine text={line} what={`the line that proves: ${words}`} />;
}
