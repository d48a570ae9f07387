/** A package with its version. */
export interface Named {
  readonly name: string;
  readonly version: string;
}

/** The versions of each component of a software bill of materials in CycloneDX. Throws where it is none. */
export function versionsIn(text: string): ReadonlyMap<string, readonly string[]> {
  const sbom = JSON.parse(text) as { bomFormat: string; components: readonly Named[] };
  if (sbom.bomFormat !== 'CycloneDX') throw new Error(`it is of format ${sbom.bomFormat}`);
  const versions = new Map<string, string[]>();
  for (const { name, version } of sbom.components) {
    versions.set(name, [...(versions.get(name) ?? []), version]);
  }
  return versions;
}
