import fc from 'fast-check';
import { BlockList } from 'node:net';
import { expect, test } from 'vitest';
import { RemoteNames, type RemoteNameRule } from '../../src/config/remote-names.ts';

/** The first rule that matches, by Node.js's own idea of a network. */
function expected(rules: readonly RemoteNameRule[], address: string, port: number): string {
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  const rule = rules.find(({ cidr, port: only = port }) => {
    const [network = '', prefix] = cidr.split('/');
    if (network.includes(':') !== (family === 'ipv6')) return false;
    const list = new BlockList();
    list.addSubnet(network, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
    return only === port && list.check(address, family);
  });
  return rule?.name ?? '';
}

/** Addresses that often lie in each other's networks. */
const address = fc.oneof(
  fc
    .tuple(fc.constantFrom(0, 10, 255), fc.constantFrom(0, 1, 128), fc.constantFrom(0, 1, 255))
    .map(([a, b, c]) => `${a}.${b}.${c}.${b}`),
  fc.constantFrom('::', '::1', 'fd00::7', 'fd00:0:0:1::', 'ffff::ffff:1.2.3.4', '1:2:3:4:5:6:7:8'),
);
const rule = fc
  .record({ address, prefix: fc.nat(128), port: fc.constantFrom(undefined, 80, 443) })
  .map(({ address: network, prefix, port }) => {
    const length = network.includes(':') ? prefix : prefix % 33;
    return { cidr: prefix % 5 === 0 ? network : `${network}/${length}`, port };
  });

test('the first rule that matches names an endpoint', () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 20 }), address, (unnamed, asked) => {
      const rules = unnamed.map((each, index) => ({ ...each, name: `name ${index}` }));
      for (const port of [80, 443, 5432]) {
        expect(new RemoteNames(rules).nameOf(asked, port)).toBe(expected(rules, asked, port));
      }
    }),
    { numRuns: 2000 },
  );
});

test('10,000 rules cost a look of microseconds', () => {
  const rules = Array.from({ length: 10_000 }, (_, index) => ({
    cidr: `10.${index >> 8}.${index & 255}.0/24`,
    name: `db-${index}`,
  }));
  const names = new RemoteNames(rules);
  const start = performance.now();
  for (let asked = 0; asked < 10_000; asked += 1) names.nameOf(`10.39.15.${asked & 255}`, 5432);
  expect(names.nameOf('10.39.15.1', 5432)).toBe('db-9999');
  expect(performance.now() - start).toBeLessThan(1000);
});
