import type { RemedyRow, Risk } from '../../answers/overview/overview.ts';
import { type Html, markup } from './html.ts';
import { countText, durationText, ratioText } from './model/format.ts';
import { poolTitle } from './model/pool-columns.ts';
import { wordsOfSeverity } from './model/risk-words.ts';

/** One cause of trouble, for a browser without scripts. */
export function riskPart(risk: Risk): Html {
  const { pool, evidence, also, proof, severity, sentence, remedies } = risk;
  const { word, sign, tone } = wordsOfSeverity(severity);
  return markup`<article class="risk tone-${tone}">
    <h3>
      <span class="badge"><span class="sign" aria-hidden="true">${sign}</span> ${word}</span>
      ${poolTitle(pool)}
    </h3>
    <p class="who">${whoText(pool)}</p>
    <p class="sentence">${sentence}.</p>
    ${figures(pool)}
    <p>Cause: ${risk.cause}. ${evidence}.</p>
    ${also.length > 0 ? markup`<p>Also in trouble: ${also.join('; ')}.</p>` : markup``}
    <ol class="remedies">
      ${remedies.map(remedyPart)}
    </ol>
    ${
      proof === ''
        ? markup``
        : markup`<p>This line proves the ports held:</p><pre><code>${proof}</code></pre>`
    }
  </article> `;
}

function figures(pool: Risk['pool']): Html {
  const pairs = [
    ['Left', countText(pool.available)],
    ['Held', countText(pool.held)],
    ['Blocked', countText(pool.blocked)],
    ['Used', ratioText(pool.usage_ratio)],
    ['Time left', durationText(pool.time_left_seconds)],
    ['Refused', pool.refused === null ? 'not counted' : countText(pool.refused)],
  ] as const;
  const items = pairs.map(
    ([name, value]) =>
      markup`<div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>`,
  );
  return markup`<dl class="figures">${items}</dl>`;
}

function whoText({ owner, namespace }: Risk['pool']): string {
  return owner === '' ? `in ${namespace}` : `${owner}, in ${namespace}`;
}

function remedyPart({ text, effect, command, manifest, danger }: RemedyRow): Html {
  return markup`<li>
    <p>${text}${effect === '' ? '' : `: ${effect}`}</p>
    ${danger === '' ? markup`` : markup`<p class="danger">First: ${danger}</p>`}
    ${command === '' ? markup`` : markup`<pre><code>${command}</code></pre>`}
    ${manifest === '' ? markup`` : markup`<p>In a pod:</p><pre><code>${manifest}</code></pre>`}
  </li>`;
}
