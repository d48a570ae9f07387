import { causesOf, worstOfEachPool } from '../causes.ts';
import { sourceNote } from '../source-words.ts';
import { failedParts, partNote } from '../part-words.ts';
import { unwatchedNote } from '../namespace-words.ts';
import { ownersSentence } from '../owner-words.ts';
import { explainTaken, nameOfServicePort, reserveLine } from '../service-port-words.ts';
import { nameOfPoolIn, shortVerdict } from '../verdict-words.ts';
import { verdictOf } from '../verdict.ts';
import { diagnose } from '../diagnosis/diagnosis.ts';
import { diagnosisSentences } from '../diagnosis/diagnosis-words.ts';
import { surroundingsOf } from '../diagnosis/surroundings.ts';
import { explain } from '../words.ts';
import { fold, plain } from './fold.ts';
import { namespaceLines } from './namespace-text.ts';
import type { Report } from './report.ts';

/** Namespaces with a section of their own: the host's, and those at the highest risk. The others are counted. */
const MAX_NAMESPACES = 5;

/**
 * The report as text in lines of 60 columns, within a fence of Markdown: nothing in it has an effect in a ticket or a chat. Words
 * that are longer, such as two IPv6 addresses, have a line of their own.
 */
export function reportText(report: Report): string {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['', headLines(report)],
    ['VERDICT', verdictLines(report)],
    ['ALERTS', alertLines(report)],
    ['CAUSES AND REMEDIES', causeLines(report)],
    ...namespaceSections(report),
    ['SERVICE PORTS', servicePortLines(report)],
    ['NOT KNOWN', unknownLines(report)],
  ];
  const blocks = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [...(title === '' ? [] : [title]), ...lines].map(plain).join('\n'));
  return `\`\`\`text\n${blocks.join('\n\n')}\n\`\`\``;
}

function headLines({ facts, details }: Report): readonly string[] {
  const { build, hostName, kernel, nodeVersion } = facts;
  const revision = build.revision === '' ? '' : ` (${build.revision.slice(0, 12)})`;
  const sources = details.sources.map(({ source, rows }) => `${source} (${rows} rows)`).join(', ');
  return [
    `ephemeral-port-exporter ${build.version}${revision}`,
    `time     ${new Date(details.takenAtSeconds * 1000).toISOString()}`,
    `host     ${hostName}`,
    `kernel   ${kernel}`,
    `node     ${nodeVersion}`,
    `read by  ${sources}, one poll`,
  ].flatMap((line) => fold(line, ' '.repeat(9)));
}

function verdictLines({ details, isWhole }: Report): readonly string[] {
  const verdict = verdictOf(details, isWhole);
  return [verdict.level.toUpperCase(), ...fold(shortVerdict(verdict, details))];
}

/** The worst of each pool: what else fires for it says no more. */
function alertLines({ details }: Report): readonly string[] {
  return worstOfEachPool(details.alerts.firing).flatMap(({ severity, alert, identity, pool }) => {
    const what = `${nameOfPoolIn(identity, pool)}: ${explain(alert, pool)}`;
    const text = `- ${severity} ${alert}: ${what}.${ownersSentence(pool.owners)}`;
    return fold(text, '  ');
  });
}

/** Why each pool ran out, and what to do: one for each cause. */
function causeLines({ details }: Report): readonly string[] {
  return causesOf(details.alerts.firing).flatMap(({ head: { identity, pool } }) => {
    const diagnosis = diagnose(pool, surroundingsOf(details, pool.namespaceId));
    const text = diagnosisSentences(diagnosis);
    return text === '' ? [] : fold(`- ${nameOfPoolIn(identity, pool)}: ${text}`, '  ');
  });
}

function namespaceSections(report: Report): readonly (readonly [string, readonly string[]])[] {
  const [host, ...others] = report.details.namespaces;
  const worst = others.toSorted((a, b) => b.riskLevel - a.riskLevel).slice(0, MAX_NAMESPACES);
  const shown = [...(host === undefined ? [] : [host]), ...worst];
  const more = report.details.namespaces.length + report.details.gated.length - shown.length;
  const sections = shown.map((namespace) => namespaceLines(namespace, report, namespace === host));
  return [
    ...sections,
    ['', more > 0 ? [`… and ${more} more network namespaces at no higher risk`] : []],
  ];
}

function servicePortLines({ details }: Report): readonly string[] {
  return details.servicePorts.namespaces.flatMap((namespace) =>
    namespace.taken.flatMap((port) => {
      const subject = nameOfServicePort(namespace.identity, port);
      const text = `- ${subject}: ${explainTaken(port, details.takenAtSeconds)}. ${reserveLine(namespace)}`;
      return fold(text, '  ');
    }),
  );
}

function unknownLines({ facts, details }: Report): readonly string[] {
  const { counts, problems, ownersSight } = details;
  const notes = [
    ...failedParts(details).map(partNote),
    sourceNote(details),
    counts.denied > 0 ? `${counts.denied} network namespaces cannot be read` : '',
    counts.unwatched > 0 ? unwatchedNote(counts.unwatched) : '',
    problems.settings === '' ? '' : `settings of other network namespaces: ${problems.settings}`,
    problems.names === '' ? '' : `names of pods: ${problems.names}`,
    ownersSight.problem === '' ? '' : `owners: ${ownersSight.problem}`,
    facts.sysctlProblem,
    'one poll has no past: no peak, no forecast, no refused calls',
  ];
  return notes.filter((note) => note !== '').flatMap((note) => fold(`- ${note}`, '  '));
}
