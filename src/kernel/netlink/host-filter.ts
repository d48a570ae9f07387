import { ADDRESS_WORDS, isIpv4 } from '../address.ts';
import { networkWord } from '../byte-order.ts';
import { AF_INET, AF_INET6 } from './address-family.ts';

/** One end of a TCP socket, as a filter of inet_diag compares it. */
export interface HostCondition {
  readonly end: 'local' | 'remote';
  /** Four words as in address.ts; IPv4 matches v4-mapped sockets too (`inet_diag_bc_run`). */
  readonly address: Int32Array;
  /** Undefined: any. */
  readonly port: number | undefined;
}

/** Conditions in one filter, at most: the kernel compares each socket with all of them. Chosen. */
export const MAX_CONDITIONS = 16;

const [BC_JMP, BC_S_COND, BC_D_COND] = [1, 7, 8];
/** Bytes of `struct inet_diag_bc_op`, and of `struct inet_diag_hostcond` in front of its address. */
const [OPERATION, CONDITION] = [4, 8];
const ANY_PORT = -1;

/**
 * A filter that lets sockets pass which meet one of the conditions (`inet_diag_bc_run` in net/ipv4/inet_diag.c). Behind
 * each condition stands a jump to the end, which is to pass. A condition that is not met goes on to the next; the last
 * one goes beyond the end, which is to be rejected.
 */
export function hostFilter(conditions: readonly HostCondition[]): Uint8Array {
  const sizes = conditions.map(({ address }) => OPERATION + CONDITION + 4 * wordsOf(address));
  const total = sizes.reduce((sum, size) => sum + size + OPERATION, 0);
  const bytes = new Uint8Array(total);
  const [halves, words] = [new Uint16Array(bytes.buffer), new Int32Array(bytes.buffer)];
  let at = 0;
  conditions.forEach(({ end, address, port }, index) => {
    const size = sizes[index] ?? 0;
    const jump = at + size;
    const isLast = jump + OPERATION === total;
    bytes.set([end === 'local' ? BC_S_COND : BC_D_COND, size], at);
    halves[(at >> 1) + 1] = size + OPERATION + (isLast ? OPERATION : 0);
    writeCondition(bytes, words, at + OPERATION, address, port);
    bytes.set([BC_JMP, OPERATION], jump);
    halves[(jump >> 1) + 1] = total - jump;
    at = jump + OPERATION;
  });
  return bytes;
}

function wordsOf(address: Int32Array): number {
  return isIpv4(address, 0) ? 1 : ADDRESS_WORDS;
}

function writeCondition(
  bytes: Uint8Array,
  words: Int32Array,
  at: number,
  address: Int32Array,
  port = ANY_PORT,
): void {
  const count = wordsOf(address);
  bytes.set([count === 1 ? AF_INET : AF_INET6, 32 * count], at);
  words[(at + 4) >> 2] = port;
  for (let word = 0; word < count; word += 1) {
    words[((at + CONDITION) >> 2) + word] = networkWord(address[ADDRESS_WORDS - count + word] ?? 0);
  }
}
