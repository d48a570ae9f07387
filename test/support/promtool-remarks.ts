/**
 * What promtool has to say about a page, without what is known: a threshold that is a count ends in `_count`, which promtool
 * keeps for histograms. Empty where there is nothing else.
 */
export function promtoolRemarks(printed: string): string {
  return printed.replace(
    'ephemeral_ports_alert_threshold_count non-histogram and non-summary metrics should not have "_count" suffix\n',
    '',
  );
}
