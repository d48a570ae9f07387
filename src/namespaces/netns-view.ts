/** How to read one network namespace from where this thread is now. */
export interface NetnsView {
  /** The namespace's procfs `net` directory. */
  readonly net: string;
  /** Its procfs `sys/net` directory; undefined where only that of another namespace could be read. */
  readonly sysctl: string | undefined;
  /**
   * Whether sockets that this thread opens belong to the namespace, and may stay open after the visit
   * (`lasting`) or not (`brief`): an open socket keeps a namespace alive. `none`: they belong to another one, for
   * this thread is not in the namespace, or what it reads is a saved copy of a procfs.
   */
  readonly sockets: 'lasting' | 'brief' | 'none';
}
