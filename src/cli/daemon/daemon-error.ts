/** Why a daemon gave no answer. */
export type NoAnswer =
  /** Nobody listens there. */
  | 'absent'
  /** It wants a user, or a client certificate. */
  | 'unauthorized'
  /** It does not know the path: another program, or another version. */
  | 'unknown path'
  /** It has no good poll that is fresh, as when it has just started. */
  | 'not ready'
  | 'failed';

/** A daemon gave no answer; the message says which, why, and where possible what to do. */
export class DaemonError extends Error {
  override readonly name = 'DaemonError';
  readonly kind: NoAnswer;

  constructor(kind: NoAnswer, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
