import { type View, VIEWS } from './view.ts';
import type { Sort } from './sort.ts';

/** What is looked at: all of it stands in the URL behind `#`, so that a link shows the same. */
export interface Route {
  readonly view: View;
  /** The endpoint that is looked at in detail; empty where none is. */
  readonly id: string;
  readonly filter: string;
  /** Undefined: the view's own order. */
  readonly sort: Sort | undefined;
}

const DETAIL = 'endpoint';

/** Reads `#/endpoints?filter=dst:db&sort=left` and `#/endpoint/ID?…`; what is not understood is left out. */
export function parseRoute(hash: string): Route {
  const [path, query] = split(hash.replace(/^#\/?/, ''));
  const parameters = new URLSearchParams(query);
  const [first, rest] = split(path, '/');
  const isDetail = first === DETAIL;
  return {
    view: viewOf(isDetail ? parameters.get('from') : first),
    id: isDetail ? decoded(rest) : '',
    filter: parameters.get('filter') ?? '',
    sort: sortOf(parameters.get('sort') ?? ''),
  };
}

export function formatRoute({ view, id, filter, sort }: Route): string {
  const parameters = new URLSearchParams();
  if (id !== '' && view !== 'risk') parameters.set('from', view);
  if (filter !== '') parameters.set('filter', filter);
  if (sort !== undefined) parameters.set('sort', (sort.isReversed ? '-' : '') + sort.key);
  const query = parameters.toString();
  const path = id === '' ? view : `${DETAIL}/${encodeURIComponent(id)}`;
  return `#/${path}${query === '' ? '' : `?${query}`}`;
}

function viewOf(text: string | null): View {
  return VIEWS.find((view) => view === text) ?? 'risk';
}

function sortOf(text: string): Sort | undefined {
  const [, sign = '', key = ''] = /^(-?)(\w+)$/.exec(text) ?? [];
  return key === '' ? undefined : { key, isReversed: sign === '-' };
}

/** At the first separator. */
function split(text: string, separator = '?'): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
