import { bracketed } from '../../../kernel/address-text.ts';
import type { Overview, PoolRow, RemedyRow, Risk } from '../../../answers/overview/overview.ts';
import { duration, percent } from '../../../answers/words.ts';
import { counted, grouped, widthOf } from '../draw/text.ts';

/** The name that the configuration gives comes first: it is what people say. */
export function whereTo({ name, remote_name }: PoolRow): string {
  return remote_name === '' ? name : `${remote_name} (${name})`;
}

/** The same in a cell: without room for both ends the remote one stays, with its port. */
export function whereToIn(pool: PoolRow, width: number): string {
  const whole = whereTo(pool);
  if (widthOf(whole) <= width || pool.remote_name !== '') return whole;
  const [, remote] = pool.name.split(' → ');
  return remote === undefined ? whole : `→ ${remote}`;
}

/** Who holds it, or at least where: nothing is known of the owner of most quiet pools. */
export function who({ owner, namespace }: PoolRow): string {
  return owner === '' ? namespace : owner;
}

export function used({ usage_ratio }: PoolRow): string {
  return percent(usage_ratio);
}

/** Says also where no alert fires for it yet. */
export function severityText({ severity, is_pending }: Risk): string {
  return severity.toUpperCase() + (is_pending ? ' (no alert yet)' : '');
}

/** Empty where it is not heading for its end. */
export function timeLeft({ time_left_seconds }: PoolRow): string {
  return time_left_seconds === null ? '' : duration(time_left_seconds);
}

/** `27,500 taken, 120 blocked, 732 of 28,232 left`. */
export function portsText({ capacity, available, blocked }: PoolRow): string {
  const others = blocked === 0 ? '' : `, ${grouped(blocked)} blocked`;
  const taken = grouped(Math.max(0, capacity - available));
  return `${taken} taken${others}, ${grouped(available)} of ${grouped(capacity)} left`;
}

/** `412 refused in the last minute, 903 in all`; empty where there are none, or nobody counts them. */
export function refusedText({ refused, refused_last_minute }: PoolRow): string {
  if (refused === null || refused === 0) return '';
  const all = `${counted(refused, 'call')} refused`;
  if (refused_last_minute === null || refused_last_minute === 0) return `${all}, none lately`;
  return `${all}, ${grouped(refused_last_minute)} in the last minute`;
}

/** What fires for a pool; undefined where nothing does. */
export function riskOf({ id }: PoolRow, { risks }: Overview): Risk | undefined {
  return risks.find(({ pool }) => pool.id === id);
}

/** The first remedy that is a line for a shell. */
export function remedyLine(risk: Risk | undefined): string {
  return risk?.remedies.find(({ command }) => command !== '')?.command ?? '';
}

/** What to do first, and beside it the line that `y` copies; each with what it gives, empty where there is none. */
export function remedyTexts(risk: Risk): { readonly first: string; readonly line: string } {
  const [first] = risk.remedies;
  const withLine = risk.remedies.find(({ command }) => command !== '');
  return {
    first: first === undefined ? '' : first.text + given(first),
    line: withLine === undefined ? '' : withLine.command + given(withLine),
  };
}

function given({ effect }: RemedyRow): string {
  return effect === '' ? '' : ` (${effect})`;
}

/** A line for a shell in the pool's network namespace that shows the sockets; empty where no such line tells them. */
export function socketsLine({
  pool,
  protocol,
  local_address,
  remote_address,
  remote_port,
}: PoolRow): string {
  if (pool === 'udp') return 'ss -Huan';
  if (pool !== 'connect' || protocol !== 'tcp') return '';
  return `ss -Htan 'src ${bracketed(local_address)} and dst ${bracketed(remote_address)}:${remote_port}'`;
}
