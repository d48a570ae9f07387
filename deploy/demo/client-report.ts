/** What the client tells the demo. */
export type ClientReport =
  { readonly began: number } | { readonly refused: string; readonly time: number };
