import type { VNode } from 'preact';
import type { PoolRow } from '../../../../answers/overview/overview.ts';
import { countText } from '../../model/format.ts';
import { type BarPart, barParts } from '../../model/bar-parts.ts';

/** What the bars are filled with, once for the whole page. */
export function Patterns(): VNode {
  return (
    <svg class="patterns" aria-hidden="true" focusable="false">
      <defs>
        <pattern
          id="reusable"
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect class="fill-reusable" width="6" height="6" />
          <rect class="fill-held" width="3" height="6" />
        </pattern>
        <pattern
          id="blocked"
          width="5"
          height="5"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(-45)"
        >
          <rect class="fill-blocked-ground" width="5" height="5" />
          <rect class="fill-blocked" width="2.5" height="5" />
        </pattern>
      </defs>
    </svg>
  );
}

/** Held, reusable, left and blocked ports as shares of all that connect() may have; with a mark at one half. */
export function Bar({
  row,
  isSmall = false,
}: {
  readonly row: PoolRow;
  readonly isSmall?: boolean;
}): VNode {
  const parts = barParts(row);
  const text = parts.map(({ name, ports }) => `${name} ${countText(ports)}`).join(', ');
  return (
    <svg
      class={isSmall ? 'bar small' : 'bar'}
      role="img"
      aria-label={isSmall ? undefined : text}
      aria-hidden={isSmall}
    >
      <rect class="fill-left" width="100%" height="100%" />
      {parts.map(({ name, from, share }) => (
        <rect
          key={name}
          class={`part-${name}`}
          fill={FILLS[name]}
          x={percent(from)}
          width={percent(share)}
          height="100%"
        />
      ))}
      {row.first_pass_ratio === null ? null : <HalfMark />}
    </svg>
  );
}

function HalfMark(): VNode {
  return (
    <>
      <line class="half-ground" x1="50%" x2="50%" y1="0" y2="100%" />
      <line class="half" x1="50%" x2="50%" y1="0" y2="100%" />
    </>
  );
}

const FILLS: Readonly<Record<BarPart['name'], string | undefined>> = {
  held: undefined,
  reusable: 'url(#reusable)',
  left: 'none',
  blocked: 'url(#blocked)',
};

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`;
}

/** What the parts of a bar are, in words and numbers. */
export function Legend({ row }: { readonly row: PoolRow }): VNode {
  return (
    <ul class="legend">
      {barParts(row).map(({ name, ports }) => (
        <li key={name}>
          <svg class="swatch" aria-hidden="true">
            <rect class="fill-left" width="100%" height="100%" />
            <rect class={`part-${name}`} fill={FILLS[name]} width="100%" height="100%" />
          </svg>
          {LABELS[name]} <b>{countText(ports)}</b>
        </li>
      ))}
      {row.first_pass_ratio === null ? null : (
        <li>
          <span class="half-swatch" aria-hidden="true" />
          half: from here on connect() is slow
        </li>
      )}
    </ul>
  );
}

const LABELS: Readonly<Record<BarPart['name'], string>> = {
  held: 'held',
  reusable: 'in TIME_WAIT, can be reused',
  left: 'free',
  blocked: 'blocked by bind()',
};
