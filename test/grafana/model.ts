/** Dashboards as Grafana and its linter read them: only what the tests look at. */

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly editable?: boolean;
  readonly schemaVersion: number;
  readonly timezone: string;
  readonly refresh?: string;
  readonly tags: readonly string[];
  readonly links: readonly { readonly tags: readonly string[]; readonly includeVars: boolean }[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly panels: readonly Panel[];
}

export interface Variable {
  readonly type: string;
  readonly name: string;
  readonly label?: string;
  readonly query: string;
  readonly regex?: string;
  readonly datasource?: Source;
  readonly multi: boolean;
  readonly includeAll: boolean;
  readonly allValue?: string;
  readonly refresh?: number;
}

export interface Source {
  readonly type?: string;
  readonly uid: string;
}

export interface Property {
  readonly id: string;
  readonly value: unknown;
}

export interface Override {
  readonly matcher: { readonly id: string; readonly options: string };
  readonly properties: readonly Property[];
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly format?: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly hide?: boolean;
  readonly panelId?: number;
  readonly datasource?: Source;
}

export interface Organize {
  readonly excludeByName: Readonly<Record<string, boolean>>;
  readonly indexByName: Readonly<Record<string, number>>;
  readonly renameByName: Readonly<Record<string, string>>;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: Source;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly Target[];
  readonly panels?: readonly Panel[];
  readonly links?: readonly { readonly url: string }[];
  readonly options?: { readonly reduceOptions?: { readonly fields?: string } };
  readonly transformations?: readonly {
    readonly id: string;
    readonly options: Partial<Organize>;
  }[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly noValue?: string;
      readonly mappings?: readonly unknown[];
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null }[] };
    };
    readonly overrides?: readonly Override[];
  };
}

/** All panels, those within rows too. */
export function panelsOf({ panels }: Pick<Dashboard, 'panels'>): readonly Panel[] {
  const within = (panel: Panel): readonly Panel[] => [
    panel,
    ...(panel.panels ?? []).flatMap(within),
  ];
  return panels.flatMap(within);
}

export function parseDashboard(text: string): Dashboard {
  return JSON.parse(text) as Dashboard;
}
