import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import type { Incident } from './incident.ts';
import { asIncidents } from './incident-shape.ts';

/** Something is wrong with the file of incidents; the message names it and says what was expected. */
export class IncidentFileError extends Error {
  override readonly name = 'IncidentFileError';
}

/** Far above what a full list takes. */
const MAX_BYTES = 8 * 1024 * 1024;

const [PROGRAM, SCHEMA] = ['ephemeral-port-exporter', 1];

/** The incidents of the file, the oldest first; none where it is not there yet. Throws `IncidentFileError`. */
export async function readIncidents(path: string): Promise<readonly Incident[]> {
  const text = await textOf(path);
  if (text === undefined) return [];
  const { program, schema, incidents } = contentOf(path, text);
  if (program !== PROGRAM) throw foreign(path);
  if (schema !== SCHEMA)
    throw new IncidentFileError(
      `${path}: expected incidents of schema ${SCHEMA}, found ${String(schema)}`,
    );
  const found = asIncidents(incidents);
  if (found === undefined) throw foreign(path);
  return found;
}

/** Writes the file as a whole or not at all: beside it first, then in its place. Throws what the file system says. */
export async function writeIncidents(path: string, incidents: readonly Incident[]): Promise<void> {
  const text = JSON.stringify({ program: PROGRAM, schema: SCHEMA, incidents });
  const beside = `${path}.new`;
  // What is left of an attempt that was cut off. A link that somebody has put there is not followed.
  await rm(beside, { force: true });
  const file = await open(beside, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw new IncidentFileError(`${path}: expected a regular file`);
    if (stats.size > MAX_BYTES)
      throw new IncidentFileError(`${path}: expected ${MAX_BYTES} bytes at most`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof IncidentFileError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new IncidentFileError(`${path}: cannot be read (${String(error)})`, { cause: error });
  }
}

function contentOf(path: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content === 'object' && content !== null) return { ...content };
  } catch (error) {
    throw foreign(path, error);
  }
  throw foreign(path);
}

function foreign(path: string, cause?: unknown): IncidentFileError {
  return new IncidentFileError(`${path}: expected a file of incidents, as this program writes it`, {
    cause,
  });
}
