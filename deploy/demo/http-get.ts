/** Asks a program of the demo. Undefined where it does not answer within seconds, as while it starts. */
export async function httpGet(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`http://${url}`, { signal: AbortSignal.timeout(5000) });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}
