import { isAbsolute } from 'node:path';
import * as v from 'valibot';
import { isCidr } from './remote-names.ts';
import { parseDuration } from './duration.ts';
import { servicePorts } from './service-ports.ts';

/** The configuration file, key by key, with the values in force where a key is absent. */

function duration(expected: string, low: number, high: number) {
  const inBounds = (text: string | number): boolean => {
    const seconds = parseDuration(String(text));
    return seconds >= low && seconds <= high;
  };
  return v.pipe(
    v.union([v.string(), v.number()], `expected ${expected}`),
    v.check(inBounds, `expected ${expected}`),
    v.transform((text) => parseDuration(String(text))),
  );
}

function ratio() {
  const message = 'expected a number from 0 to 1, such as 0.7';
  return v.pipe(v.number(message), v.minValue(0, message), v.maxValue(1, message));
}

function count(low: number, high: number) {
  const message = `expected a whole number from ${low} to ${high}`;
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(low, message),
    v.maxValue(high, message),
  );
}

const expectText = 'expected text';

const names = v.array(
  v.strictObject({
    cidr: v.pipe(
      v.string(expectText),
      v.check(isCidr, 'expected a network in CIDR notation, such as 10.0.0.0/8'),
    ),
    port: v.optional(count(1, 65_535)),
    name: v.pipe(v.string(expectText), v.nonEmpty('expected a name')),
  }),
  'expected a list of {cidr, port, name}',
);

const podNamespaces = v.array(v.string(expectText), 'expected a list of pod namespaces');
const holdFor = duration('a duration from 0s to 1h, such as 10s', 0, 3600);
const timeLeft = duration('a duration from 1s to 1d, such as 10m', 1, 86_400);

const absolutePath = 'expected an absolute path, or "" for none';

/**
 * The schema of the file. Every key is optional; an unknown one is an error. What is critical must be beyond what is a
 * warning: otherwise one of the two would never be seen alone.
 */
export const ConfigSchema = v.strictObject({
  poll: v.optional(
    v.strictObject({
      interval: v.optional(duration('a duration from 1s to 60s, such as 5s', 1, 60), '5s'),
      source: v.optional(
        v.picklist(['auto', 'bpf', 'netlink', 'proc'], 'expected auto, bpf, netlink or proc'),
        'auto',
      ),
    }),
    {},
  ),
  failures: v.optional(v.picklist(['auto', 'off'], 'expected auto or off'), 'auto'),
  history: v.optional(
    v.strictObject({
      window: v.optional(duration('a duration from 1m to 1d, such as 10m', 60, 86_400), '10m'),
      pools: v.optional(count(1, 65_536), 4096),
    }),
    {},
  ),
  endpoints: v.optional(
    v.strictObject({
      limit: v.optional(count(1, 1000), 50),
      limit_at_risk: v.optional(count(1, 1000), 200),
      min_ratio: v.optional(ratio(), 0.01),
      names: v.optional(names, []),
    }),
    {},
  ),
  namespaces: v.optional(
    v.strictObject({
      discover: v.optional(v.picklist(['auto', 'off'], 'expected auto or off'), 'auto'),
      include: v.optional(podNamespaces, []),
      exclude: v.optional(podNamespaces, []),
      limit: v.optional(count(1, 100_000), 1000),
    }),
    {},
  ),
  service_ports: v.optional(servicePorts, []),
  owners: v.optional(v.picklist(['auto', 'off'], 'expected auto or off'), 'auto'),
  incidents: v.optional(
    v.strictObject({
      file: v.optional(
        v.pipe(
          v.string(absolutePath),
          v.check((path) => path === '' || isAbsolute(path), absolutePath),
        ),
        '',
      ),
    }),
    {},
  ),
  alerts: v.optional(
    v.strictObject({
      EphemeralPortsExhaustion: v.optional(
        v.pipe(
          v.strictObject({
            warning: v.optional(ratio(), 0.7),
            critical: v.optional(ratio(), 0.9),
            for: v.optional(holdFor, '10s'),
          }),
          v.check(({ warning, critical }) => warning < critical, 'expected warning below critical'),
        ),
        {},
      ),
      EphemeralPortsSlowConnect: v.optional(
        v.strictObject({
          info: v.optional(ratio(), 0.95),
          for: v.optional(holdFor, '30s'),
        }),
        {},
      ),
      EphemeralPortsForecast: v.optional(
        v.pipe(
          v.strictObject({
            warning: v.optional(timeLeft, '10m'),
            critical: v.optional(timeLeft, '2m'),
            for: v.optional(holdFor, '30s'),
            min_usage_ratio: v.optional(ratio(), 0.3),
          }),
          v.check(({ warning, critical }) => warning > critical, 'expected warning above critical'),
        ),
        {},
      ),
      EphemeralPortsConnectFailing: v.optional(
        v.strictObject({
          critical: v.optional(count(1, 1_000_000), 1),
          for: v.optional(holdFor, '0s'),
        }),
        {},
      ),
      EphemeralPortsBindFailing: v.optional(
        v.strictObject({
          critical: v.optional(count(1, 1_000_000), 1),
          for: v.optional(holdFor, '0s'),
        }),
        {},
      ),
      EphemeralPortsUdpExhaustion: v.optional(
        v.pipe(
          v.strictObject({
            warning: v.optional(ratio(), 0.7),
            critical: v.optional(ratio(), 0.9),
            for: v.optional(holdFor, '10s'),
          }),
          v.check(({ warning, critical }) => warning < critical, 'expected warning below critical'),
        ),
        {},
      ),
      EphemeralPortsBindExhaustion: v.optional(
        v.strictObject({
          info: v.optional(ratio(), 0.95),
          warning: v.optional(ratio(), 0.7),
          critical: v.optional(ratio(), 0.9),
          for: v.optional(holdFor, '10s'),
        }),
        {},
      ),
      EphemeralPortsRangeBlocked: v.optional(
        v.strictObject({
          warning: v.optional(ratio(), 0.7),
          critical: v.optional(ratio(), 0.9),
          for: v.optional(holdFor, '10s'),
        }),
        {},
      ),
    }),
    {},
  ),
});

/** The configuration in force; durations in seconds. */
export type Config = v.InferOutput<typeof ConfigSchema>;
