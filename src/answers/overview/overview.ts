import type { RiskLevel, Severity } from '../../alerts/rules.ts';

/**
 * What the live page and `top` show of one poll: words and numbers, ready to be drawn. Its fields are those of
 * `GET /api/v1/overview` (src/http/README.md); null means "not known".
 */
export interface Overview {
  readonly schema: 1;
  /** Unix time at which the poll began. */
  readonly taken_at_seconds: number;
  readonly interval_seconds: number;
  readonly health: Health;
  /** What fires, or waits for its hold, worst first: one for each cause. */
  readonly risks: readonly Risk[];
  /** Endpoints, fullest first: up to 5,000. */
  readonly endpoints: readonly PoolRow[];
  /** How many more there are. */
  readonly omitted_endpoints: number;
  /** Pools that a namespace shares: UDP, bind, range, SCTP. */
  readonly shared: readonly PoolRow[];
  /** The host first. */
  readonly namespaces: readonly NamespaceRow[];
  readonly ports: readonly PortRow[];
}

/** The first line: is this node healthy? */
export interface Health {
  /** `unknown`: nothing bad is seen, and not all that decides could be read. */
  readonly status: 'ok' | 'warning' | 'critical' | 'unknown';
  /** `Healthy: the fullest of 214 endpoints has 27,901 of 28,232 ports left.` */
  readonly sentence: string;
  /** What could not be read, a sentence each; all that is said holds but for that. */
  readonly unread: readonly string[];
}

/** One cause, and what it has made fire, or will when its threshold was crossed for long enough. */
export interface Risk {
  readonly alert: string;
  readonly severity: Severity;
  /** Whether the threshold is crossed, and not yet for as long as the alert wants: it does not fire. */
  readonly is_pending: boolean;
  /** What is wrong, in numbers. */
  readonly sentence: string;
  readonly pool: PoolRow;
  readonly cause: string;
  readonly evidence: string;
  readonly remedies: readonly RemedyRow[];
  /** Names of other pools that suffer from the same cause. */
  readonly also: readonly string[];
  /** Ports held over the history window, oldest first, in up to 60 samples; empty without a history. */
  readonly history: readonly number[];
  /** A line for a shell in the pool's network namespace that prints how many ports it holds; empty where there is none. */
  readonly proof: string;
}

export interface RemedyRow {
  readonly text: string;
  /** `+22528 ports, which last 4 h at this rate`; empty where not known. */
  readonly effect: string;
  /** The line to run on the host; empty where there is none. */
  readonly command: string;
  /** The same for a pod; empty where there is none. */
  readonly manifest: string;
  readonly danger: string;
}

/** One pool: an endpoint, or one that a namespace shares. */
export interface PoolRow {
  /** The same from poll to poll, and in links: `host/connect/tcp/10.0.0.1/10.0.0.2/5432`. */
  readonly id: string;
  /** The label `netns`. */
  readonly netns: string;
  /** `host`, `pod shop/cart-0`, `netns 4026532281 (nginx)`. */
  readonly namespace: string;
  readonly pool: string;
  readonly protocol: string;
  /** `10.0.0.1 → 10.0.0.2:5432`, or `UDP 0.0.0.0`. */
  readonly name: string;
  readonly local_address: string;
  readonly remote_address: string;
  readonly remote_port: number;
  /** The name that the configuration gives; empty where it gives none. */
  readonly remote_name: string;
  /** Of a UDP pool, where its sockets are connected to: `350 to 10.0.0.53:53`; empty where none is, and for other kinds. */
  readonly destinations: string;
  /** `nginx`, `pod shop/cart-0`; empty where nothing is known. */
  readonly owner: string;
  readonly capacity: number;
  readonly held: number;
  readonly bound: number;
  /** Ports of the range that are in no capacity, because a `bind()` owns them. */
  readonly blocked: number;
  readonly reusable: number;
  readonly available: number;
  readonly usage_ratio: number;
  /** Share of the first pass that is taken; at 1 connect() is slow. Null for a kind without one. */
  readonly first_pass_ratio: number | null;
  readonly established: number;
  readonly syn_sent: number;
  readonly close_wait: number;
  readonly time_wait: number;
  readonly other: number;
  /** Refused calls since the exporter counts them; null where they are not counted. */
  readonly refused: number | null;
  readonly refused_last_minute: number | null;
  /** 0 ok, 1 info, 2 warning, 3 critical. */
  readonly risk_level: RiskLevel;
  /** Until no port is left; null where it is not heading there, or too little is known. */
  readonly time_left_seconds: number | null;
}

/** One network namespace. */
export interface NamespaceRow {
  readonly netns: string;
  readonly namespace: string;
  readonly risk_level: RiskLevel;
  readonly range_low: number;
  readonly range_high: number;
  /** Whether the range could not be read and the kernel's default is shown. */
  readonly range_assumed: boolean;
  readonly reserved: number | null;
  readonly blocked: number;
  /** Ports that one endpoint can use. */
  readonly capacity: number;
  readonly endpoints: number;
  /** Ports that connections hold, summed over endpoints. */
  readonly held: number;
  readonly worst_usage_ratio: number;
  readonly refused: number | null;
  /** Whether it has too few sockets to be read at each poll: the figures are those of `read_at_seconds`. */
  readonly is_quiet: boolean;
  /** Unix time; null for a quiet one that was not read yet. */
  readonly read_at_seconds: number | null;
}

/** A port, or a run of them, that connect() cannot have, or that a service should have. */
export interface PortRow {
  readonly netns: string;
  readonly namespace: string;
  /** `40000`, `40000-40009`. */
  readonly ports: string;
  /** `listener`: in the range, with a listener. `blocked`: a bind() owns it. The others: service ports. */
  readonly status: 'listener' | 'blocked' | 'reserved' | 'exposed' | 'taken';
  /** Who has it and until when, as far as that is known. */
  readonly text: string;
}
