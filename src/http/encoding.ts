/**
 * Whether a client prefers gzip to the plain text, by its Accept-Encoding header (RFC 9110, section 12.5.3): `*` stands for
 * the codings that are not named, and the plain text (`identity`) is acceptable unless it is refused.
 */
export function prefersGzip(header: string | readonly string[] | undefined): boolean {
  const weights = weightsOf(String(header ?? ''));
  const others = weights.get('*');
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? others ?? 0;
  return gzip > 0 && gzip >= (weights.get('identity') ?? others ?? 0);
}

/** The codings that a header names, in lower case, with their weights from 0 to 1. */
function weightsOf(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const item of header.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim());
    const weight = parameters.find((text) => text.startsWith('q='))?.slice(2);
    const value = Number(weight ?? 1);
    if (coding !== '') weights.set(coding, value >= 0 && value <= 1 ? value : 0);
  }
  return weights;
}
