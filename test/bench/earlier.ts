/** A row of a page that was written before, as it stands there. */
export interface EarlierRow {
  readonly question: string;
  readonly measured: string;
  readonly ratio: string;
  readonly reached: string;
  /** The machine, and the day. */
  readonly where: string;
}

/** The machine on which the rows were measured that no other is named for. */
const MACHINE = /^(Linux .*)\.$/m;
const ELSEWHERE = /^Measured before, on (Linux .*): (`.*`)\.$/gm;
const ROW = /^\| `(\S+)` *\| ([^|]*) \| ([^|]*) \| ([^|]*) \| [^|]* \| ([^|]*) \|$/gm;

/** The rows of a page by their names; those that say nothing are left out. */
export function earlierRows(page: string): ReadonlyMap<string, EarlierRow> {
  const machine = MACHINE.exec(page)?.[1] ?? '';
  const elsewhere = new Map(
    Array.from(page.matchAll(ELSEWHERE)).flatMap(([, where = '', names = '']) =>
      Array.from(names.matchAll(/`(\S+?)`/g), ([, name = '']) => [name, where] as const),
    ),
  );
  const rows = Array.from(page.matchAll(ROW), ([, name = '', ...cells]) => {
    const [question = '', measured = '', ratio = '', reached = ''] = cells.map((cell) =>
      cell.trim(),
    );
    const where = elsewhere.get(name) ?? machine;
    return [name, { question, measured, ratio, reached, where }] as const;
  });
  return new Map(rows.filter(([, { reached }]) => reached !== ''));
}

/** Says which rows were measured on another machine or another kernel. */
export function elsewhereLines(rows: ReadonlyMap<string, EarlierRow>): readonly string[] {
  const places = new Set([...rows.values()].map(({ where }) => where));
  return [...places].map((place) => {
    const names = [...rows].filter(([, { where }]) => where === place).map(([name]) => name);
    return `Measured before, on ${place}: ${names.map((name) => `\`${name}\``).join(', ')}.`;
  });
}
