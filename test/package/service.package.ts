import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing, tool } from '../../deploy/demo/lab/tools.ts';
import { NO_BPF } from '../support/bpf.ts';
import { Authority } from '../support/certificates.ts';
import { Debian, packageIn, RunningDebian, until } from './debian.ts';
import { Exporter } from './exporter.ts';
import { listFiles } from './files.ts';
import { HELD, HIGH, HOLD_BESIDE, LOW } from './holder.ts';
import { activationOf, DROP_INS, type Tier, TIERS, UNIT } from './tiers.ts';

/** One host's life with the package, from the first installation to the purge: each test goes on from the last. */

const NAME = 'ephemeral-port-exporter';
const CONFIG = `/etc/${NAME}/config.yaml`;
const DEFAULTS = `/etc/default/${NAME}`;
const EDITED = 'endpoints: { min_ratio: 0 }\n';

let debian: RunningDebian;
let exporter: Exporter;
let filesBefore: readonly string[];

const install = (folder: string): string => {
  const path = debian.debian.receive(packageIn(folder));
  return debian.say(`apt-get install --quiet --yes --no-install-recommends ${path} 2>&1`);
};

/** Series of the namespace beside, by the label that differs from the host's. */
const beside = (name: string): number | undefined => {
  const page = exporter.metrics();
  const found = page.samples.filter(
    (sample) => sample.name === `ephemeral_ports_${name}` && sample.labels['netns'] !== 'host',
  );
  return found[0]?.value;
};

const untilBeside = (what: string, check: () => boolean): Promise<void> =>
  until(`the namespace beside ${what}`, check, 30);

const restart = async (): Promise<void> => {
  debian.say(`systemctl restart ${UNIT}`);
  await exporter.untilPolled();
};

const source = (name: string): void => {
  debian.say(`echo 'ARGS="--poll.interval=1s --poll.source=${name}"' >${DEFAULTS}`);
};

const exposureOf = (tier: Tier): number =>
  TIERS.find((each) => each.tier === tier)?.exposure ?? Number.NaN;

/** The text of a drop-in that the package brings. */
const example = (tier: keyof typeof DROP_INS): string =>
  debian.say(`cat /usr/share/doc/${NAME}/examples/${DROP_INS[tier]}`);

/** By which source sockets are read. */
const sourceNow = (): readonly string[] =>
  ['bpf', 'netlink', 'proc'].filter(
    (name) => exporter.metrics().find('poll_success', { source: name }) === 1,
  );

const LIBBPF = '/usr/lib/x86_64-linux-gnu/libbpf.so.1';

beforeAll(async () => {
  const fresh = new Debian();
  // Small hosts have no procps; here lintian brings it.
  rmSync(join(fresh.root, 'usr/bin/kill'));
  debian = await RunningDebian.boot(fresh);
  exporter = new Exporter(debian);
  filesBefore = listFiles(debian.debian.root);
});

afterAll(() => {
  debian.stop();
});

describe('a first installation', () => {
  it('gets Node.js from the same Debian, and starts the service', async () => {
    expect(install('first')).toMatch(/Setting up nodejs /);
    expect(exporter.isActive).toBe(true);
    expect(debian.say(`systemctl is-enabled ${UNIT}`)).toBe('enabled');
    await exporter.untilPolled();
  });

  it('answers with a page that promtool finds clean', (context) => {
    const reason = missing(['promtool', 'prometheus']);
    if (reason !== undefined) context.skip(reason);
    const promtool = tool('promtool', 'prometheus');
    const checked = spawnSync(promtool, ['check', 'metrics'], { input: exporter.page() });
    expect(checked.stdout.toString() + checked.stderr.toString()).toBe('');
    expect(checked.status).toBe(0);
  });

  it('runs as nobody in particular, with no capability, behind a filter', () => {
    expect(exporter.status('Uid')).toMatch(/^(\d{5})(\t\1){3}$/);
    for (const set of ['CapEff', 'CapPrm', 'CapBnd', 'CapAmb']) {
      expect(exporter.status(set)).toBe('0000000000000000');
    }
    expect(exporter.status('NoNewPrivs')).toBe('1');
    expect(exporter.status('Seccomp')).toBe('2');
  });

  it('has a file system, users and IPC of its own, and the network of the host', () => {
    const of = (pid: number, kind: string): string =>
      debian.say(`readlink /proc/${pid}/ns/${kind}`);
    for (const kind of ['mnt', 'user', 'ipc']) {
      expect(of(exporter.pid, kind), kind).not.toBe(of(1, kind));
    }
    expect(of(exporter.pid, 'net')).toBe(of(1, 'net'));
  });

  it('says which commit it is', () => {
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
    expect(exporter.metrics().labelOf('build_info', {}, 'revision')).toBe(commit);
  });

  it('has limits', () => {
    expect(exporter.show('MemoryMax')).toBe(String(384 * 1024 * 1024));
    expect(exporter.show('CPUQuotaPerSecUSec')).toBe('1s');
    expect(Number(exporter.status('Threads')) * 3).toBeLessThan(Number(exporter.show('TasksMax')));
  });

  it('has a unit that its own systemd finds no fault with', () => {
    expect(debian.say(`systemd-analyze verify --man=no ${UNIT} 2>&1`)).toBe('');
    debian.say(`systemd-analyze security --threshold=${10 * exposureOf('none')} ${UNIT}`);
  });

  it('is a command too', () => {
    expect(debian.say(`${NAME} --version`)).toMatch(/^ephemeral-port-exporter \d/);
    expect(debian.say(`${NAME} --once --once.format=table`)).toMatch(/^Network namespace host: /);
    expect(debian.say(`${NAME} --config.check --config.file=${CONFIG}`)).toBe(`${CONFIG}: good`);
  });
});

describe('the service', () => {
  it('takes a change of the configuration when it is saved, and sees a namespace beside', async () => {
    debian.say(HOLD_BESIDE);
    expect(beside('range_assumed')).toBeUndefined();
    expect(debian.say(`cat /proc/${exporter.pid}/fdinfo/* | grep -c '^inotify '`)).not.toBe('0');
    debian.say(`cat >${CONFIG} <<'END'\n${EDITED}END`);
    await until('it is read', () => exporter.log().includes('"trigger":"file"'), 10);
    await untilBeside('is seen', () => beside('endpoint_held') === HELD);
    expect(beside('range_assumed')).toBe(1);
  });

  it('reads the configuration anew by systemctl reload', async () => {
    const { pid } = exporter;
    debian.say(`systemctl reload ${UNIT}`);
    await until('it is read', () => exporter.log().includes('"trigger":"SIGHUP"'), 10);
    expect(exporter.pid).toBe(pid);
  });

  it('is started again after it was killed', async () => {
    const { pid } = exporter;
    debian.say(`kill -9 ${pid}`);
    await until('it is back', () => exporter.show('NRestarts') === '1' && exporter.isActive, 15);
    expect(exporter.pid).not.toBe(pid);
    await exporter.untilPolled();
  });

  it('reads by netlink, and what its defaults name instead', async () => {
    const success = (name: string): number | undefined =>
      exporter.metrics().find('poll_success', { source: name });
    expect(success('netlink')).toBe(1);
    source('proc');
    await restart();
    expect([success('proc'), success('netlink')]).toEqual([1, undefined]);
    source('auto');
    await restart();
    expect(success('netlink')).toBe(1);
    await untilBeside('is seen', () => beside('endpoint_held') === HELD);
    expect(beside('range_assumed')).toBe(1);
  });

  it('ends by itself within 5 s, in the midst of scrapes', () => {
    const begin = performance.now();
    debian.say(`
      for scrape in $(seq 40); do curl --silent --output /dev/null http://localhost:9065/metrics & done
      systemctl stop ${UNIT}
      wait`);
    expect(performance.now() - begin).toBeLessThan(5000);
    expect(exporter.show('Result')).toBe('success');
    expect([exporter.show('ExecMainCode'), exporter.show('ExecMainStatus')]).toEqual(['1', '0']);
    expect(exporter.log()).toContain('SIGTERM: stopping');
    debian.say(`systemctl start ${UNIT}`);
  });
});

describe('certificates and users', () => {
  const authority = new Authority();
  const folder = `/etc/${NAME}`;
  const access = `/etc/systemd/system/${UNIT}.d/access.conf`;
  const copied = ['server.pem', 'server.key', 'ca.pem', 'prometheus.pem', 'prometheus.key'];
  const curl = `curl --silent --output /dev/null --write-out '%{http_code}' --cacert ${folder}/ca.pem`;
  const client = `--cert ${folder}/prometheus.pem --key ${folder}/prometheus.key`;
  const status = (how: string): string => debian.run(`${curl} ${how}`).output.trim();

  it('are those of the example, with a key that only a group may read', async () => {
    authority.issue('server', 'DNS:localhost');
    authority.issue('prometheus', 'DNS:prometheus.example.com');
    for (const file of copied) {
      copyFileSync(join(authority.folder, file), join(debian.debian.root, folder, file));
    }
    const hash = hashSync('correct horse', 4);
    debian.say(`
      echo 'ssl-cert:x:150:' >>/etc/group
      chmod 640 ${folder}/server.key
      chgrp ssl-cert ${folder}/server.key
      sed 's|prometheus: .*|prometheus: ${hash}|' /usr/share/doc/${NAME}/examples/web.yaml >${folder}/web.yaml
      mkdir -p ${dirname(access)}
      printf '[Service]\\nSupplementaryGroups=ssl-cert\\n' >${access}
      echo 'ARGS="--poll.interval=1s --web.config.file=${folder}/web.yaml"' >${DEFAULTS}
      systemctl daemon-reload
      systemctl restart ${UNIT}`);
    await until('it is ready', () => status('http://localhost:9065/-/ready') === '200');
  });

  it('let in only who has both', () => {
    const url = 'https://localhost:9065/metrics';
    const user = '--user "prometheus:correct horse"';
    expect(status(url)).toBe('401');
    expect(status(`${client} ${url}`)).toBe('401');
    expect(status(`${user} ${url}`)).toBe('401');
    expect(status(`${client} ${user} ${url}`)).toBe('200');
    expect(status('http://localhost:9065/metrics')).toBe('000');
  });

  it('go again', async () => {
    const files = [...copied, 'web.yaml'].map((file) => `${folder}/${file}`).join(' ');
    debian.say(`rm -r ${files} ${dirname(access)}; sed -i /^ssl-cert:/d /etc/group`);
    debian.say(`systemctl daemon-reload`);
    source('auto');
    await restart();
  });
});

describe('the tier bpf', () => {
  it('is put in force by the command that its file names: no root, two capabilities', async () => {
    debian.say(activationOf(example('bpf')));
    await exporter.untilPolled();
    debian.say(`systemd-analyze security --threshold=${10 * exposureOf('bpf')} ${UNIT}`);
    const [bpf, perfmon] = [1n << 39n, 1n << 38n];
    const both = (bpf | perfmon).toString(16).padStart(16, '0');
    expect(exporter.status('Uid')).toMatch(/^(\d{5})(\t\1){3}$/);
    for (const set of ['CapEff', 'CapPrm', 'CapBnd', 'CapAmb']) {
      expect(exporter.status(set), set).toBe(both);
    }
    expect(exporter.status('NoNewPrivs')).toBe('1');
    expect(exporter.status('Seccomp')).toBe('2');
  });

  it.skipIf(NO_BPF !== undefined)(
    'reads the host by BPF, and counts its refused calls',
    async () => {
      await untilBeside('is seen', () => beside('range_assumed') === 1);
      expect(sourceNow()).toContain('bpf');
      const page = exporter.metrics();
      expect(page.find('feature_enabled', { feature: 'connect_failures' })).toBe(1);
      expect(page.find('failures_total', { netns: 'host', call: 'connect' })).toBe(0);
    },
  );

  it('goes back by the command that its file names', async () => {
    debian.say(/^# To go back: (.*)$/m.exec(example('bpf'))?.[1] ?? 'false');
    await exporter.untilPolled();
    expect(exporter.status('CapEff')).toBe('0000000000000000');
    expect(sourceNow()).not.toContain('bpf');
  });
});

describe('the tier full', () => {
  it('is put in force by the command that its file names', async () => {
    expect(exporter.status('CapEff')).toBe('0000000000000000');
    debian.say(activationOf(example('full')));
    await exporter.untilPolled();
    debian.say(`systemd-analyze security --threshold=${10 * exposureOf('full')} ${UNIT}`);
  });

  it('is root with two capabilities and no other', () => {
    const [sysPtrace, sysAdmin] = [1 << 19, 1 << 21];
    const both = (sysPtrace | sysAdmin).toString(16).padStart(16, '0');
    expect(exporter.status('Uid')).toBe('0\t0\t0\t0');
    expect(exporter.status('CapEff')).toBe(both);
    expect(exporter.status('CapBnd')).toBe(both);
    expect(exporter.status('CapAmb')).toBe('0000000000000000');
    expect(exporter.status('NoNewPrivs')).toBe('1');
    expect(exporter.status('Seccomp')).toBe('2');
  });

  it.each(['netlink', 'proc'])('sees the range of the namespace beside: by %s', async (name) => {
    source(name);
    await restart();
    await untilBeside('is entered', () => beside('range_assumed') === 0);
    expect([beside('range_low'), beside('range_high')]).toEqual([LOW, HIGH]);
    expect(beside('endpoint_held')).toBe(HELD);
    expect(beside('endpoint_available')).toBe(HIGH - LOW + 1 - HELD);
    const page = exporter.metrics();
    expect(page.find('feature_enabled', { feature: 'netns_range' })).toBe(1);
    expect(page.find('poll_success', { source: name })).toBe(1);
  });

  it.skipIf(NO_BPF !== undefined)(
    'reads by BPF, finds processes and counts refused calls',
    async () => {
      source('auto');
      await restart();
      await untilBeside('is read', () => beside('endpoint_available') === HIGH - LOW + 1 - HELD);
      expect(sourceNow()).toEqual(['bpf']);
      const page = exporter.metrics();
      expect(page.find('feature_enabled', { feature: 'owner_process' })).toBe(1);
      expect(page.find('feature_enabled', { feature: 'connect_failures' })).toBe(1);
    },
  );

  it('reads by netlink without libbpf1, which the package only recommends', async () => {
    debian.say(`mv ${LIBBPF} ${LIBBPF}.away`);
    try {
      await restart();
      expect(sourceNow()).toEqual(['netlink']);
      expect(exporter.log()).not.toMatch(/bpf/i);
      source('bpf');
      await restart();
      expect(sourceNow()).toEqual(['netlink']);
      const told =
        'BPF programs do not work here, netlink is read: BPF: libbpf.so.1: not installed';
      await until('it is said', () => exporter.log().includes(told));
    } finally {
      debian.say(`mv ${LIBBPF}.away ${LIBBPF}`);
    }
    source('auto');
    await restart();
  });

  it('sees a namespace that only a name keeps', async () => {
    const seen = (): number =>
      ['scanned', 'gated'].reduce(
        (sum, result) => sum + exporter.metrics().value('netns', { result }),
        0,
      );
    const before = seen();
    debian.say('ip netns add nameless');
    await until('it is seen', () => seen() === before + 1, 30);
  });

  it('goes back by the command that its file names, and keeps what else was changed', async () => {
    const other = `/etc/systemd/system/${UNIT}.d/other.conf`;
    debian.say(`printf '[Service]\\nNice=5\\n' >${other}`);
    debian.say(/^# To go back: (.*)$/m.exec(example('full'))?.[1] ?? 'false');
    await exporter.untilPolled();
    expect(exporter.status('CapEff')).toBe('0000000000000000');
    expect(exporter.show('Nice')).toBe('5');
    debian.say(`rm -r /etc/systemd/system/${UNIT}.d && systemctl daemon-reload`);
  });
});

describe('an upgrade', () => {
  it('keeps what was edited, and restarts', async () => {
    const { pid } = exporter;
    const defaults = debian.say(`cat ${DEFAULTS}`);
    install('next');
    expect(debian.say(`dpkg-query --show --showformat='\${Version}' ${NAME}`)).toBe('99.0.0');
    expect(exporter.isActive).toBe(true);
    expect(exporter.pid).not.toBe(pid);
    expect(debian.debian.read(CONFIG)).toBe(EDITED);
    expect(debian.say(`cat ${DEFAULTS}`)).toBe(defaults);
    await exporter.untilPolled();
  });

  it.each(['disable', 'mask'])('leaves alone what the administrator chose to %s', (choice) => {
    debian.say(`systemctl ${choice} --now ${UNIT}`);
    debian.say(`dpkg --install ${debian.debian.receive(packageIn('next'))} 2>&1`);
    const state = debian.run(`systemctl is-enabled ${UNIT}`).output.trim();
    expect(state).toBe(choice === 'mask' ? 'masked' : 'disabled');
    expect(exporter.isActive).toBe(false);
    debian.say(`systemctl unmask ${UNIT} && systemctl enable --now ${UNIT}`);
  });
});

describe('the end', () => {
  it('removed, it is stopped, and what was edited stays', () => {
    const { pid } = exporter;
    debian.say(`apt-get remove --quiet --yes ${NAME} 2>&1`);
    expect(debian.run(`kill -0 ${pid}`).status).not.toBe(0);
    expect(debian.run(`systemctl is-active ${UNIT}`).status).not.toBe(0);
    expect(debian.debian.read(CONFIG)).toBe(EDITED);
    expect(debian.run(`command -v ${NAME}`).status).not.toBe(0);
  });

  it('purged, nothing is left', () => {
    debian.say(`apt-get purge --quiet --yes --autoremove ${NAME} 2>&1`);
    debian.say('systemctl stop beside; rm /hold.cjs; ip netns del beside; ip netns del nameless');
    expect(listFiles(debian.debian.root)).toEqual(filesBefore);
    expect(debian.run(`systemctl cat ${UNIT}`).output).toContain('No files found');
  });
});
