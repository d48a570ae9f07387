import { parse, stringify } from 'yaml';

const HEADER =
  '# Made from deploy/prometheus/ephemeral-ports.rules.yml by `npm run kubernetes`; change that one.\n';

/**
 * The text of a PrometheusRule manifest with the groups of a rules file for Prometheus. Long lines are not folded,
 * because kustomize adds an empty line where it writes folded text again. Aliases are replaced by what they stand
 * for, because not every reader of manifests knows them.
 */
export function prometheusRule(rulesFile: string): string {
  const rule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'ephemeral-port-exporter' },
    spec: parse(rulesFile) as unknown,
  };
  return HEADER + stringify(rule, { lineWidth: 0, aliasDuplicateObjects: false });
}
