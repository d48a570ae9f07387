import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { newerTool, reasonToSkip, tool } from '../../deploy/demo/lab/tools.ts';

/** What is delivered for Prometheus and Alertmanager, and the versions it must work with. */

interface Programs {
  readonly prometheus: string;
  readonly promtool: string;
  readonly alertmanager: string;
  readonly amtool: string;
}

export interface Monitoring {
  readonly name: string;
  /** Why tests with it are skipped; undefined where it is there. */
  readonly reason: string | undefined;
  readonly programs: Programs;
}

const HERE: Programs = {
  get prometheus() {
    return tool('prometheus', 'prometheus');
  },
  get promtool() {
    return tool('promtool', 'prometheus');
  },
  get alertmanager() {
    return tool('prometheus-alertmanager', 'prometheus-alertmanager');
  },
  get amtool() {
    return tool('amtool', 'prometheus-alertmanager');
  },
};

const NEWER: Programs = {
  get prometheus() {
    return newerTool('prometheus', ['prometheus', 'promtool']);
  },
  get promtool() {
    return newerTool('promtool', ['prometheus', 'promtool']);
  },
  get alertmanager() {
    return newerTool('prometheus-alertmanager', ['prometheus-alertmanager']);
  },
  get amtool() {
    return newerTool('amtool', ['prometheus-alertmanager']);
  },
};

/** They are fetched when somebody asks for the reason. */
function monitoring(name: string, programs: Programs): Monitoring {
  return {
    name,
    get reason() {
      return reasonToSkip(() => ({ ...programs }));
    },
    programs,
  };
}

const OWN = monitoring("Debian's own versions", HERE);
const THREE = monitoring('Prometheus 3', NEWER);

/** This machine's versions (bookworm: Prometheus 2.42, Alertmanager 0.25), and those of the next Debian. */
export const MONITORING: readonly Monitoring[] = [OWN, THREE];

/** `npm test` asks this machine's versions, and `npm run test:clock` the newer ones the same: they are 60 MB to fetch. */
export const ASKED_MONITORING: Monitoring = process.env['GENERATION'] === 'newer' ? THREE : OWN;

export const DEPLOY = fileURLToPath(new URL('../../deploy', import.meta.url));
export const PASSED_THROUGH = `${DEPLOY}/prometheus/ephemeral-ports.rules.yml`;
export const BY_PROMETHEUS = `${DEPLOY}/prometheus/ephemeral-ports-by-prometheus.rules.yml`;
export const ALERTMANAGER = `${DEPLOY}/prometheus/alertmanager.example.yml`;

/** A rule of a file for Prometheus. */
export interface PrometheusRule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly PrometheusRule[];
}

export function ruleGroups(path: string): readonly RuleGroup[] {
  return (parse(readFileSync(path, 'utf8')) as { groups: RuleGroup[] }).groups;
}

/** Runs a program to its end: what it returns, and all it prints. */
export function outcome(
  program: string,
  ...args: readonly string[]
): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}
