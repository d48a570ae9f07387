import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { Risk } from '../../../../answers/overview/overview.ts';
import { countText } from '../../model/format.ts';
import { RiskCard } from './risk-card.tsx';
import { useSteadyOrder } from '../steady-order.ts';

interface RiskListProps {
  /** Those that the filter lets through. */
  readonly risks: readonly Risk[];
  readonly total: number;
  readonly filter: string;
}

const idOf = ({ alert, pool }: Risk): string => `${alert} ${pool.id}`;

/** What fires, worst first. */
export function RiskList({ risks, total, filter }: RiskListProps): VNode {
  const list = useRef<HTMLDivElement>(null);
  const { rows, isHeld } = useSteadyOrder(risks, idOf, list, filter);
  const hidden = total - risks.length;
  return (
    <section aria-labelledby="risk-title">
      <h2 id="risk-title">
        At risk{' '}
        <span class="order">
          worst first{hidden > 0 ? `, ${countText(hidden)} left out by the filter` : ''}
          {isHeld ? ', order held' : ''}
        </span>
      </h2>
      {risks.length === 0 ? (
        <p class="none">{total === 0 ? 'Nothing is at risk.' : 'The filter leaves nothing.'}</p>
      ) : null}
      <div ref={list}>
        {rows.map((risk) => (
          <RiskCard key={idOf(risk)} risk={risk} filter={filter} />
        ))}
      </div>
    </section>
  );
}
