/** How to read one network namespace from where this thread is now. */
export interface NetnsView {
  /** The namespace's procfs `net` directory. */
  readonly net: string;
  /** Its `sys/net`; undefined where only that of another namespace could be read. */
  readonly sysctl: string | undefined;
  /**
   * Whether sockets that this thread opens belong to it, and may stay open: one that stays open keeps the
   * namespace alive.
   */
  readonly sockets: 'lasting' | 'brief' | 'none';
}
