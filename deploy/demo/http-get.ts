/**
 * The body of the answer to a GET of `http://URL`. Undefined where the program does not answer with a 2xx status
 * within 5 seconds, for example because it is still starting; all programs are on loopback and answer in
 * milliseconds.
 */
export async function httpGet(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`http://${url}`, { signal: AbortSignal.timeout(5000) });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}
