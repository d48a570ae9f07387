/** Numbers as both renderings of the page show them: the server's and the browser's. */

const COUNT = new Intl.NumberFormat('en-US');

/** `28,232`; `–` where it is not known. */
export function countText(value: number | null): string {
  return value === null ? '–' : COUNT.format(value);
}

/** Rounded down: 99.95% is not yet 100%. */
export function ratioText(ratio: number): string {
  return `${(Math.floor(ratio * 1000) / 10).toFixed(1)}%`;
}

/** `35 s`, `3 min 5 s`, `4 h 12 min`, `3 d 4 h`; `–` where it is not known. */
export function durationText(seconds: number | null): string {
  if (seconds === null) return '–';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400)
    return pair(Math.floor(whole / 3600), 'h', Math.floor(whole / 60) % 60, 'min');
  return pair(Math.floor(whole / 86_400), 'd', Math.floor(whole / 3600) % 24, 'h');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** `1 port`, `2 ports`. */
export function plural(value: number, noun: string): string {
  return `${countText(value)} ${noun}${value === 1 ? '' : 's'}`;
}
