import { createHash } from 'node:crypto';

/** Headers of every answer, by their names in lower case. */
export type Headers = Readonly<Record<string, string>>;

/** For each answer; `styles` are the texts of the style elements that our pages have. */
export function securityHeaders(styles: readonly string[]): Headers {
  return {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'content-security-policy': contentPolicy(styles),
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
  };
}

/** For a page that loads scripts, styles and images from here, and asks here; nothing stands in the page itself. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** No script, no form, no frame, nothing from elsewhere; only the styles with these hashes. */
function contentPolicy(styles: readonly string[]): string {
  const hashes = styles.map(
    (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `style-src ${hashes.join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
