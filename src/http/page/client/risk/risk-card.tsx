import type { VNode } from 'preact';
import type { PoolRow, RemedyRow, Risk } from '../../../../answers/overview/overview.ts';
import { printable } from '../../../../answers/printable.ts';
import { countText, durationText, ratioText } from '../../model/format.ts';
import { poolTitle } from '../../model/pool-columns.ts';
import { formatRoute } from '../../model/route.ts';
import { wordsOfSeverity } from '../../model/risk-words.ts';
import { Badge } from '../parts/badge.tsx';
import { Bar, Legend } from '../parts/bar.tsx';
import { CopyLine } from '../parts/copy-line.tsx';
import { Spark } from '../parts/spark.tsx';

/** One cause of trouble: who, where to, how many are left and for how long, why, and what to do. */
export function RiskCard({
  risk,
  filter,
}: {
  readonly risk: Risk;
  readonly filter: string;
}): VNode {
  const { pool, severity, sentence, history } = risk;
  const words = wordsOfSeverity(severity);
  const link = formatRoute({ view: 'risk', id: pool.id, filter, sort: undefined });
  return (
    <article class={`risk tone-${words.tone}`}>
      <header>
        <Badge words={words} />
        <h3>
          <a href={link}>{printable(poolTitle(pool))}</a>
        </h3>
        <p class="who">
          {pool.owner === '' ? null : <b>{printable(pool.owner)}</b>} in {printable(pool.namespace)}
        </p>
      </header>
      <p class="sentence">{printable(sentence)}.</p>
      <div class="measures">
        <div class="measure">
          <Bar row={pool} />
          <Legend row={pool} />
        </div>
        <Spark values={history} capacity={pool.capacity} />
        <Figures pool={pool} />
      </div>
      <Trouble risk={risk} />
    </article>
  );
}

/** Why, and what to do: each with a line to copy where there is one. */
export function Trouble({ risk }: { readonly risk: Risk }): VNode {
  return (
    <>
      <Why risk={risk} />
      <Remedies remedies={risk.remedies} />
      {risk.proof === '' ? null : (
        <div class="proof">
          <p>This line, in {printable(risk.pool.namespace)}, proves the ports held:</p>
          <CopyLine text={risk.proof} what="the line that proves the ports held" />
        </div>
      )}
    </>
  );
}

/** The numbers that matter first. */
export function Figures({ pool }: { readonly pool: PoolRow }): VNode {
  const refused = pool.refused_last_minute;
  return (
    <dl class="figures">
      <Figure name="Left" value={countText(pool.available)} />
      <Figure name="Held" value={countText(pool.held)} />
      <Figure name="Used" value={ratioText(pool.usage_ratio)} />
      <Figure name="Time left" value={durationText(pool.time_left_seconds)} />
      <Figure
        name="Refused, last minute"
        value={refused === null ? 'not counted' : countText(refused)}
      />
    </dl>
  );
}

export function Figure({ name, value }: { readonly name: string; readonly value: string }): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Why({ risk: { cause, evidence, also } }: { readonly risk: Risk }): VNode {
  return (
    <>
      <p class="cause">
        <span class="cause-name">{printable(cause)}</span> {printable(evidence)}.
      </p>
      {also.length === 0 ? null : (
        <details class="also">
          <summary>Also in trouble by it: {countText(also.length)}</summary>
          <ul>
            {also.map((name) => (
              <li key={name}>{printable(name)}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Remedies({ remedies }: { readonly remedies: readonly RemedyRow[] }): VNode | null {
  if (remedies.length === 0) return null;
  return (
    <div class="what-to-do">
      <h4>What to do</h4>
      <ol class="remedies">
        {remedies.map((remedy) => (
          <Remedy key={remedy.text} remedy={remedy} />
        ))}
      </ol>
    </div>
  );
}

function Remedy({ remedy }: { readonly remedy: RemedyRow }): VNode {
  const { text, effect, command, manifest, danger } = remedy;
  return (
    <li>
      <p>
        {printable(text)}
        {effect === '' ? null : <span class="effect"> {printable(effect)}</span>}
      </p>
      {danger === '' ? null : <p class="danger">First: {printable(danger)}</p>}
      {command === '' ? null : <CopyLine text={command} what="the command" />}
      {manifest === '' ? null : (
        <details>
          <summary>The same for a pod</summary>
          <CopyLine text={manifest} what="the manifest" />
        </details>
      )}
    </li>
  );
}
