/**
 * Asks a terminal to put a text into its clipboard, also one at the other end of SSH (xterm's "Operating System Command" 52).
 * In Base64 nothing of the text is a control character.
 */
export function osc52(text: string): string {
  return `\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`;
}
