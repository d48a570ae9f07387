import type { PoolOwners } from '../../owners/owner.ts';
import type { PoolUsage } from '../../pools/pool.ts';
import type { CauseName } from './cause.ts';

/** What helps in one program, or in clients of one service, against one cause. */
interface ProgramRow {
  /** As people call it. */
  readonly program: string;
  /** Its processes by name (`comm`), whole or up to a character that is no letter; none where the port tells. */
  readonly commands: readonly string[];
  /** The ports of the service by which its clients are told; none where the command tells. */
  readonly ports: readonly number[];
  readonly cause: CauseName;
  /** Behind the program's name and a colon. */
  readonly advice: string;
  /** Where that is documented. */
  readonly source: string;
}

/** `command` before `cause`; `ports` is for clients of a service, whatever program they are. */
const PROGRAMS: readonly ProgramRow[] = [
  {
    program: 'nginx',
    commands: ['nginx'],
    ports: [],
    cause: 'connection_churn',
    advice:
      '`keepalive` in the upstream block, with `proxy_http_version 1.1` and `proxy_set_header Connection ""`',
    source: 'https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive',
  },
  {
    program: 'HAProxy',
    commands: ['haproxy'],
    ports: [],
    cause: 'connection_churn',
    advice: '`http-reuse safe` or `always`, and neither `option httpclose` nor `http-server-close`',
    source: 'https://docs.haproxy.org/3.0/configuration.html#4.2-http-reuse',
  },
  {
    program: 'HAProxy',
    commands: ['haproxy'],
    ports: [],
    cause: 'explicit_ports',
    advice: '`source ADDRESS` without a port range leaves the choice of the port to connect()',
    source: 'https://docs.haproxy.org/3.0/configuration.html#4.2-source',
  },
  {
    program: 'Envoy',
    commands: ['envoy'],
    ports: [],
    cause: 'connection_churn',
    advice:
      'no `max_requests_per_connection` in the cluster, and an `idle_timeout` that outlives the pauses',
    source:
      'https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/connection_pooling',
  },
  {
    program: 'Squid',
    commands: ['squid'],
    ports: [],
    cause: 'connection_churn',
    advice: '`server_persistent_connections on`',
    source: 'http://www.squid-cache.org/Doc/config/server_persistent_connections/',
  },
  {
    program: 'Squid',
    commands: ['squid'],
    ports: [],
    cause: 'bind_before_connect',
    advice:
      '`tcp_outgoing_address` binds first: leave it out where the route gives that address anyway',
    source: 'http://www.squid-cache.org/Doc/config/tcp_outgoing_address/',
  },
  {
    program: 'Node.js',
    commands: ['node'],
    ports: [],
    cause: 'connection_churn',
    advice: 'an `http.Agent` with `keepAlive: true` for all requests',
    source: 'https://nodejs.org/api/http.html#class-httpagent',
  },
  {
    program: 'Node.js',
    commands: ['node'],
    ports: [],
    cause: 'bind_before_connect',
    advice: '`localAddress` binds first: leave it out where the route gives that address anyway',
    source: 'https://nodejs.org/api/net.html#socketconnectoptions-connectlistener',
  },
  {
    program: 'Java',
    commands: ['java'],
    ports: [],
    cause: 'connection_churn',
    advice:
      'one HTTP client for all requests, with its pool per route as large as the calls at once',
    source:
      'https://hc.apache.org/httpcomponents-client-5.4.x/migration-guide/migration-to-classic.html',
  },
  {
    program: 'PHP',
    commands: ['php', 'apache2'],
    ports: [],
    cause: 'connection_churn',
    advice:
      'persistent connections (`PDO::ATTR_PERSISTENT`, `pconnect`), and one curl handle for all requests',
    source: 'https://www.php.net/manual/en/features.persistent-connections.php',
  },
  {
    program: 'Python',
    commands: ['python', 'gunicorn', 'uwsgi', 'celery'],
    ports: [],
    cause: 'connection_churn',
    advice: 'one `requests.Session` or `httpx.Client` for all requests, and a pool for databases',
    source: 'https://requests.readthedocs.io/en/latest/user/advanced/#session-objects',
  },
  {
    program: 'Ruby',
    commands: ['ruby', 'puma', 'sidekiq'],
    ports: [],
    cause: 'connection_churn',
    advice:
      '`Net::HTTP.start` with a block around many requests, and `connection_pool` for databases',
    source: 'https://docs.ruby-lang.org/en/master/Net/HTTP.html#class-Net::HTTP-label-Sessions',
  },
  {
    program: 'Go (Traefik, Caddy and others)',
    commands: ['traefik', 'caddy'],
    ports: [],
    cause: 'connection_churn',
    advice:
      '`MaxIdleConnsPerHost` of the transport, which is 2 by default, as large as the calls at once',
    source: 'https://pkg.go.dev/net/http#Transport',
  },
  {
    program: 'PostgreSQL clients',
    commands: [],
    ports: [5432, 6432],
    cause: 'connection_churn',
    advice: 'a pool in the program, or PgBouncer beside it',
    source: 'https://www.pgbouncer.org/features.html',
  },
  {
    program: 'MySQL clients',
    commands: [],
    ports: [3306],
    cause: 'connection_churn',
    advice: 'a pool in the program, or ProxySQL beside it',
    source: 'https://proxysql.com/documentation/multiplexing/',
  },
  {
    program: 'Redis clients',
    commands: [],
    ports: [6379],
    cause: 'connection_churn',
    advice: 'one client for the whole process, or a pool; not one for each request',
    source: 'https://redis.io/docs/latest/develop/clients/pools-and-muxing/',
  },
];

/** What a pool must tell for that: who holds its ports, and which service they lead to. */
export type OwnedUsage = Pick<PoolUsage, 'remotePort'> & {
  readonly owners?: PoolOwners | undefined;
};

/** What helps in the programs that hold the ports of the pool: `nginx: …`; empty where none is known. */
export function programAdvice(cause: CauseName, pool: OwnedUsage): readonly string[] {
  const commands = pool.owners?.largest.filter(({ kind }) => kind === 'process') ?? [];
  const isMeant = (row: ProgramRow): boolean =>
    row.ports.includes(pool.remotePort) || commands.some(({ name }) => isCommandOf(row, name));
  return PROGRAMS.filter((row) => row.cause === cause && isMeant(row)).map(
    ({ program, advice }) => `${program}: ${advice}.`,
  );
}

/** `python3.11` is Python, and so is `python (pod shop/cart-0)`; `nodejs-like` is not Node.js. */
function isCommandOf({ commands }: ProgramRow, name: string): boolean {
  return commands.some(
    (command) => name.startsWith(command) && !/^[a-z-]/i.test(name.slice(command.length)),
  );
}
