/** A message from the client: when it began, or the first refused call. Times are Unix milliseconds. */
export type ClientReport =
  { readonly began: number } | { readonly refused: string; readonly time: number };
