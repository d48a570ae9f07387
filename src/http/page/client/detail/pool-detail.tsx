import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { takenFromOthers } from '../../../../answers/bound-words.ts';
import type { HeldSample } from '../../../../answers/held-sample.ts';
import type { Overview, PoolRow, Risk } from '../../../../answers/overview/overview.ts';
import { nameOfOwner } from '../../../../answers/owner-words.ts';
import { printable } from '../../../../answers/printable.ts';
import { countText, ratioText } from '../../model/format.ts';
import { poolTitle } from '../../model/pool-columns.ts';
import { formatRoute, type Route } from '../../model/route.ts';
import { wordsOfRisk } from '../../model/risk-words.ts';
import { VIEW_TITLES } from '../../model/view.ts';
import { Badge } from '../parts/badge.tsx';
import { Bar, Legend } from '../parts/bar.tsx';
import { Calculation } from './calculation.tsx';
import { useAsked } from './asked.ts';
import { type Explained, explainedIn, explainUrl } from './explained.ts';
import { HistoryChart } from './history-chart.tsx';
import { Figures, Trouble } from '../risk/risk-card.tsx';
import { Incidents, INCIDENTS_MS } from './incidents.tsx';
import { joined, useSamples } from './samples.ts';
import { Spark } from '../parts/spark.tsx';

interface PoolDetailProps {
  readonly overview: Overview;
  readonly route: Route;
  readonly prefix: string;
}

/** Everything about one pool; a link leads here, whatever else is shown. */
export function PoolDetail({ overview, route, prefix }: PoolDetailProps): VNode {
  const row = poolIn(overview, route.id);
  const takenAt = overview.taken_at_seconds;
  const samples = useSamples(row, takenAt);
  const explanation = useAsked(explainUrl(prefix, row));
  const incidents = useAsked(`${prefix}/api/v1/incidents`, INCIDENTS_MS);
  const explained = explanation === undefined ? undefined : explainedIn(explanation, row);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const risk = overview.risks.find(({ pool }) => pool.id === route.id);
  return (
    <section class="detail" aria-labelledby="detail-title">
      <p class="back">
        <a href={formatRoute({ ...route, id: '' })}>← {VIEW_TITLES[route.view]}</a>
      </p>
      <h2 id="detail-title" ref={title} tabIndex={-1}>
        {printable(row === undefined ? route.id : poolTitle(row))}
      </h2>
      {row === undefined ? (
        <p class="none">
          The last poll found nothing of it, or it is not among the fullest endpoints, which are
          listed.
        </p>
      ) : (
        <Known {...{ row, risk, samples, explained, incidents }} />
      )}
    </section>
  );
}

interface KnownProps {
  readonly row: PoolRow;
  readonly risk: Risk | undefined;
  readonly samples: readonly HeldSample[];
  readonly explained: Explained | undefined;
  /** What the API has answered. */
  readonly incidents: unknown;
}

function Known({ row, risk, samples, explained, incidents }: KnownProps): VNode {
  return (
    <>
      <p class="who">
        <Badge words={wordsOfRisk(row.risk_level)} />{' '}
        {row.owner === '' ? null : <b>{printable(row.owner)}</b>} in {printable(row.namespace)}
      </p>
      {explained === undefined ? null : <p class="sentence">{printable(explained.sentence)}.</p>}
      <Harm row={row} />
      <Bar row={row} />
      <Legend row={row} />
      <Figures pool={row} />
      {risk === undefined ? null : (
        <section class="trouble" aria-labelledby="trouble-title">
          <h3 id="trouble-title">What is wrong</h3>
          <p class="sentence">{printable(risk.sentence)}.</p>
          <Trouble risk={risk} />
        </section>
      )}
      <History row={row} risk={risk} samples={joined(explained?.history?.samples ?? [], samples)} />
      <Incidents answer={incidents} row={row} />
      <States row={row} />
      <Owners owners={explained?.owners ?? []} />
      {explained === undefined ? null : <Calculation explained={explained} />}
    </>
  );
}

/** What it does to others. */
function Harm({ row: { pool, bound } }: { readonly row: PoolRow }): VNode | null {
  const text = takenFromOthers(pool, bound);
  return text === '' ? null : <p class="harm">{text}.</p>;
}

function History({ row, risk, samples }: Pick<KnownProps, 'row' | 'risk' | 'samples'>): VNode {
  const isTold = samples.length >= 2;
  return (
    <section aria-labelledby="history-title">
      <h3 id="history-title">Ports held over time</h3>
      {isTold ? <HistoryChart samples={samples} capacity={row.capacity} /> : null}
      {isTold || risk === undefined ? null : (
        <Spark values={risk.history} capacity={row.capacity} />
      )}
      {isTold ? null : <p class="note">The chart begins with the next poll.</p>}
    </section>
  );
}

function States({ row }: { readonly row: PoolRow }): VNode {
  const states = [
    ['ESTABLISHED', row.established],
    ['SYN_SENT', row.syn_sent],
    ['CLOSE_WAIT', row.close_wait],
    ['TIME_WAIT', row.time_wait],
    ['Other', row.other],
  ] as const;
  return (
    <table class="states">
      <caption>Held ports by state</caption>
      <tbody>
        {states.map(([name, ports]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{countText(ports)}</td>
            <td class="number">{ratioText(ports / Math.max(1, row.held))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Owners({ owners }: { readonly owners: NonNullable<Explained['owners']> }): VNode | null {
  if (owners.length === 0) return null;
  return (
    <table class="states">
      <caption>Who holds them</caption>
      <tbody>
        {owners.map(({ owner_kind: kind, owner, ports }) => (
          <tr key={`${kind} ${owner}`}>
            <th scope="row">{nameOfOwner({ kind, name: owner })}</th>
            <td class="number">{countText(ports)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function poolIn({ risks, endpoints, shared }: Overview, id: string): PoolRow | undefined {
  const isIt = (row: PoolRow): boolean => row.id === id;
  return endpoints.find(isIt) ?? shared.find(isIt) ?? risks.map(({ pool }) => pool).find(isIt);
}
