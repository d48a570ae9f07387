import { readFileSync, writeFileSync } from 'node:fs';
import { prometheusRule } from './prometheus-rule.ts';

/** `npm run kubernetes`: writes the PrometheusRule manifest. Runs in the root of the checkout. */
const rules = readFileSync('deploy/prometheus/ephemeral-ports.rules.yml', 'utf8');
writeFileSync('deploy/kubernetes/base/prometheusrule.yaml', prometheusRule(rules));
