import type { SyntaxNode } from '@lezer/common';
import { Query } from './promql.ts';

/** Metrics with one series for each pool: a sum over them without the pool adds up unlike things. */
const BY_POOL = /^ephemeral_ports_(endpoint_\w+|alert)$/;

/**
 * The sums in a PromQL expression that add up pools of several kinds. A port can be in a connect and in a bind
 * pool, so such a sum counts it twice. A sum names the pool by keeping the label, or by a matcher in each of
 * its selectors; a dashboard's variable is none, for it can stand for all kinds.
 */
export function sumsAcrossPools(expr: string): readonly string[] {
  const query = Query.promql(expr);
  if (query === undefined) throw new Error(`no PromQL: ${expr}`);
  return query
    .nodes('AggregateExpr')
    .filter((node) => query.text(node.getChild('AggregateOp')) === 'sum')
    .filter((node) => !keepsPool(query, node) && selectsSeveralKinds(query, node))
    .map((node) => query.text(node));
}

function keepsPool(query: Query, sum: SyntaxNode): boolean {
  const modifier = sum.getChild('AggregateModifier');
  const labels = modifier?.getChild('GroupingLabels')?.getChildren('LabelName') ?? [];
  const isListed = labels.some((label) => query.text(label) === 'pool');
  return modifier?.getChild('By') ? isListed : Boolean(modifier?.getChild('Without')) && !isListed;
}

function selectsSeveralKinds(query: Query, sum: SyntaxNode): boolean {
  return query
    .nodes('VectorSelector')
    .filter(({ from, to }) => sum.from <= from && to <= sum.to)
    .filter((selector) => BY_POOL.test(query.text(selector.getChild('Identifier'))))
    .some((selector) => {
      const matchers = query.matchers(selector);
      return !matchers.some(({ label, value }) => label === 'pool' && !value.startsWith('$'));
    });
}
