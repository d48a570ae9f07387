import type { RemedyRow, Risk } from '../../answers/overview/overview.ts';
import { html, type Html } from './html.ts';
import { countText, durationText, ratioText } from './model/format.ts';
import { poolTitle } from './model/pool-columns.ts';
import { wordsOfSeverity } from './model/risk-words.ts';

/** One cause of trouble, for a browser without scripts. */
export function riskPart(risk: Risk): Html {
  const { pool, evidence, also, proof, severity, sentence, remedies } = risk;
  const { word, sign, tone } = wordsOfSeverity(severity);
  return html`<article class="risk tone-${tone}">
    <h3>
      <span class="badge"><span class="sign" aria-hidden="true">${sign}</span> ${word}</span>
      ${poolTitle(pool)}
    </h3>
    <p class="who">${whoText(pool)}</p>
    <p class="sentence">${sentence}.</p>
    ${figures(pool)}
    <p>Cause: ${risk.cause}. ${evidence}.</p>
    ${also.length > 0 ? html`<p>Also in trouble: ${also.join('; ')}.</p>` : html``}
    <ol class="remedies">
      ${remedies.map(remedyPart)}
    </ol>
    ${
      proof === ''
        ? html``
        : html`<p>See for yourself:</p>
            <pre><code>${proof}</code></pre>`
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
      html`<div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>`,
  );
  return html`<dl class="figures">${items}</dl>`;
}

function whoText({ owner, namespace }: Risk['pool']): string {
  return owner === '' ? `in ${namespace}` : `${owner}, in ${namespace}`;
}

function remedyPart({ text, effect, command, manifest, danger }: RemedyRow): Html {
  return html`<li>
    <p>${text}${effect === '' ? '' : `: ${effect}`}</p>
    ${danger === '' ? html`` : html`<p class="danger">First: ${danger}</p>`}
    ${command === '' ? html`` : html`<pre><code>${command}</code></pre>`}
    ${
      manifest === ''
        ? html``
        : html`<p>In a pod:</p>
            <pre><code>${manifest}</code></pre>`
    }
  </li>`;
}
