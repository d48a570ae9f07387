import type { VNode } from 'preact';
import type { PoolRow } from '../../../../answers/overview/overview.ts';
import { printable } from '../../../../answers/printable.ts';
import { countText, durationText } from '../../model/format.ts';

/** What is shown of an entry of `GET /api/v1/incidents`. */
interface Incident {
  readonly id: string;
  readonly began_at_seconds: number;
  readonly ended_at_seconds: number | null;
  readonly times: number;
  readonly namespace: { readonly netns: string };
  readonly pool: Pick<
    PoolRow,
    'pool' | 'protocol' | 'local_address' | 'remote_address' | 'remote_port'
  >;
  readonly cause: string;
  readonly evidence: string;
  readonly worst: { readonly available: number; readonly capacity: number };
}

/** How often they are asked for, in milliseconds: they seldom change. */
export const INCIDENTS_MS = 30_000;

interface IncidentsProps {
  /** What the API has answered; undefined where it has not. */
  readonly answer: unknown;
  readonly row: PoolRow;
}

/** When the pool was critical before, and why. */
export function Incidents({ answer, row }: IncidentsProps): VNode | null {
  if (answer === undefined) return null;
  const { incidents } = answer as { readonly incidents: readonly Incident[] };
  const own = incidents.filter((incident) => isOf(incident, row));
  if (own.length === 0) return null;
  return (
    <section aria-labelledby="incidents-title">
      <h3 id="incidents-title">When it was critical</h3>
      <ul class="incidents">
        {own.map((incident) => (
          <li key={incident.id}>
            <b>{spanText(incident)}</b> {printable(incident.cause)}: {printable(incident.evidence)}.
            Fewest left: {countText(incident.worst.available)} of{' '}
            {countText(incident.worst.capacity)}.
          </li>
        ))}
      </ul>
    </section>
  );
}

function isOf({ namespace, pool }: Incident, row: PoolRow): boolean {
  return (
    namespace.netns === row.netns &&
    pool.pool === row.pool &&
    pool.protocol === row.protocol &&
    pool.local_address === row.local_address &&
    pool.remote_address === row.remote_address &&
    pool.remote_port === row.remote_port
  );
}

/** `26 Nov, 23:51:02, for 4 min, 3 times`. */
function spanText({ began_at_seconds: began, ended_at_seconds: ended, times }: Incident): string {
  const at = new Date(began * 1000).toLocaleString('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'medium',
  });
  const often = times > 1 ? `, ${countText(times)} times` : '';
  return ended === null
    ? `${at}, and still${often}`
    : `${at}, for ${durationText(ended - began)}${often}`;
}
