import { writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { Daemon, stopDaemons } from '../support/daemon.ts';
import { temporaryFile } from '../support/exporter.ts';
import { inNetwork, LOW } from '../support/scenario.ts';
import { logOf } from '../support/story.ts';

afterEach(stopDaemons);

const NAMED = 25;
const MOST_SERIES = 20;

function configOf(more = ''): string {
  const services = `service_ports: [${LOW}-${LOW + NAMED - 1}]`;
  return `namespaces: { discover: off }\n${services}\n${more}`;
}

test('service ports that clients have are logged when taken and when free, and 20 have series', () =>
  inNetwork(async (network) => {
    network.sysctl({ 'ipv4.tcp_tw_reuse': 0 });
    const listener = network.listen('127.0.0.1', 80);
    const config = temporaryFile('services.yaml', configOf());
    const daemon = await Daemon.start(`--config.file=${config}`, '--log.format=json');
    await daemon.nextPoll();
    const clients = Array.from({ length: NAMED }, (_, index) =>
      network.connectBound({ to: '127.0.0.1', port: 80 }, '127.0.0.1', LOW + index),
    );
    await daemon.nextPoll();
    const page = await daemon.nextPoll();
    expect(page.find('service_ports', { status: 'taken' })).toBe(NAMED);
    const series = page.samples.filter(({ name }) => name.endsWith('_service_port_taken'));
    expect(series).toHaveLength(MOST_SERIES);
    const said = (start: string): readonly string[] =>
      logOf(daemon).flatMap(({ msg }) => (msg.startsWith(start) ? [msg] : []));
    const [taken = ''] = said('service port taken: ');
    expect(taken).toContain(`port ${LOW}: a service cannot listen on`);
    expect(taken).toContain(`127.0.0.1 → 127.0.0.1:80 has it as its source port`);
    expect(taken).toContain('sysctl -w net.ipv4.ip_local_reserved_ports=');
    // What nobody has accepted is reset when its listener closes, and a reset leaves no TIME_WAIT.
    network.close(listener, ...clients);
    await daemon.until('it is said that they are free', () =>
      Promise.resolve(said('service port free again').length > 0),
    );
    expect((await daemon.nextPoll()).find('service_ports', { status: 'taken' })).toBeUndefined();
  }));

test('owners: off, by a reload, ends what is said of owners, and auto brings it back', () =>
  inNetwork(async (network) => {
    network.range(LOW, LOW + 39);
    network.listen('127.0.0.1', 80);
    for (let held = 0; held < 38; held += 1) network.connect({ to: '127.0.0.1', port: 80 });
    const config = temporaryFile('owners.yaml', configOf());
    const daemon = await Daemon.start(`--config.file=${config}`, '--log.format=json');
    const known = async (): Promise<boolean> =>
      (await daemon.get('/api/v1/snapshot')).body.toString().includes('"owner_kind":');
    await daemon.until('owners are known', known);
    await daemon.until('the alert names them', () =>
      Promise.resolve(logOf(daemon).some(({ msg }) => / Held by \S+/.test(msg))),
    );
    writeFileSync(config, configOf('owners: off\n'));
    await daemon.until('owners are not told', async () => !(await known()));
    writeFileSync(config, configOf('owners: auto\n'));
    await daemon.until('owners are known again', known);
  }));
