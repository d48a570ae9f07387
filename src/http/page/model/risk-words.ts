import type { RiskLevel, Severity } from '../../../alerts/rules.ts';
import type { Health } from '../../../answers/overview/overview.ts';

/** A level in words and as a sign of its own shape, so that nobody has to tell colours apart. */
export interface LevelWords {
  readonly word: string;
  readonly sign: string;
  /** The class that colours it. */
  readonly tone: 'ok' | 'info' | 'warning' | 'critical' | 'unknown';
}

const OK: LevelWords = { word: 'OK', sign: '●', tone: 'ok' };
const LEVELS: Readonly<Record<Severity, LevelWords>> = {
  info: { word: 'Info', sign: '◆', tone: 'info' },
  warning: { word: 'Warning', sign: '▲', tone: 'warning' },
  critical: { word: 'Critical', sign: '■', tone: 'critical' },
};

const OF_RISK: readonly LevelWords[] = [OK, LEVELS.info, LEVELS.warning, LEVELS.critical];

export function wordsOfRisk(level: RiskLevel): LevelWords {
  return OF_RISK[level] ?? OK;
}

export function wordsOfSeverity(severity: Severity): LevelWords {
  return LEVELS[severity];
}

export function wordsOfHealth(status: Health['status']): LevelWords {
  if (status === 'ok') return OK;
  if (status === 'unknown') return { word: 'Not known', sign: '?', tone: 'unknown' };
  return LEVELS[status];
}
