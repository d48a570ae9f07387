import { isIP } from 'node:net';
import { isLoopback, parseAddress } from '../../kernel/address.ts';

const PATH = /(?<![\w.])\/[^\s:;,()"']+/g;
const IPV4 = /\d{1,3}(?:\.\d{1,3}){3}/g;
const IPV6 = /[\da-fA-F:.]{2,}/g;

/** Replaces names and addresses by others, the same by the same within one report: `pod-1`, `ipv4-2`. */
export class Aliases {
  readonly #byKind = new Map<string, Map<string, string>>();

  /** `pod-1` for the first text of its kind, `pod-2` for the next; an empty text stays empty. */
  of(kind: string, text: string): string {
    if (text === '') return '';
    const known = this.#byKind.get(kind) ?? new Map<string, string>();
    this.#byKind.set(kind, known);
    const alias = known.get(text) ?? `${kind}-${known.size + 1}`;
    known.set(text, alias);
    return alias;
  }

  /**
   * A text that others wrote, such as why a file could not be read: addresses, paths outside /proc and /sys, and all names
   * that have an alias by now are replaced.
   */
  inText(text: string): string {
    const withoutPaths = text.replace(PATH, (path) =>
      /^\/(?:proc|sys)(?:\/|$)/.test(path) ? path : this.of('path', path),
    );
    const withoutAddresses = withoutPaths
      .replace(IPV4, (word) => this.#ifAddress(word))
      .replace(IPV6, (word) => this.#ifAddress(word));
    const names = this.#names();
    if (names.size === 0) return withoutAddresses;
    const any = new RegExp([...names.keys()].map(escapeRegExp).join('|'), 'g');
    return withoutAddresses.replace(any, (name) => names.get(name) ?? name);
  }

  #ifAddress(word: string): string {
    return isIP(word) === 0 ? word : this.ofAddress(word);
  }

  /** Names of three letters and more with their aliases, the longest first: one name may be a part of another. */
  #names(): ReadonlyMap<string, string> {
    const pairs = [...this.#byKind.values()].flatMap((known) => [...known]);
    return new Map(
      pairs.filter(([name]) => name.length >= 3).toSorted(([a], [b]) => b.length - a.length),
    );
  }

  /** Loopback and wildcard addresses stay: they name nobody. */
  ofAddress(address: string): string {
    if (
      address === '' ||
      address === '0.0.0.0' ||
      address === '::' ||
      isLoopback(parseAddress(address), 0)
    )
      return address;
    return this.of(address.includes(':') ? 'ipv6' : 'ipv4', address);
  }

  /** `NAMESPACE/NAME` of a pod, or its uid. */
  ofPod(text: string): string {
    const [namespace = '', ...name] = text.split('/');
    if (name.length === 0) return this.of('pod', namespace);
    return `${this.of('pod-namespace', namespace)}/${this.of('pod', name.join('/'))}`;
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
