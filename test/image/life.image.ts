import { describe, expect, test } from 'vitest';
import { Container, HOST_PROCESSES, TIERS, using } from './container.ts';
import { podman } from './podman.ts';

/** How the container starts, is asked whether it is well, and ends. */

describe('SIGTERM ends it in good order', () => {
  test('as the first process of its own', () =>
    using(Container.alone(TIERS.none), async (container) => {
      await container.untilHealthy();
      expect(/^NSpid:.*\t(\d+)$/m.exec(container.status())?.[1]).toBe('1');
      const { status, seconds } = container.stop();
      expect(status).toBe(0);
      expect(seconds).toBeLessThan(5);
    }));

  test("as one of the host's", () =>
    using(Container.onHost([...TIERS.none, HOST_PROCESSES]), async (container) => {
      await container.nextPoll();
      const { status, seconds } = container.stop();
      expect(status).toBe(0);
      expect(seconds).toBeLessThan(5);
    }));
});

describe('the health check', () => {
  test('says healthy', () =>
    using(Container.alone(TIERS.none), async (container) => {
      await container.untilHealthy();
      expect(podman('inspect', '--format={{.State.Health.Status}}', container.id)).toBe('healthy');
    }));

  test('says unhealthy where nobody listens on its port', () =>
    using(Container.alone(TIERS.none, ['--web.listen-address=:9066']), async (container) => {
      await container.until('it listens', () =>
        Promise.resolve(container.log().includes('listening')),
      );
      expect(container.askHealth().status).toBe(1);
    }));

  test('asks where it is told to', () =>
    using(
      Container.alone(
        [
          ...TIERS.none,
          '--env=HEALTHCHECK_PORT=9066',
          '--env=HEALTHCHECK_HOST=127.0.0.2',
          '--env=HEALTHCHECK_PATH=/ports/-/healthy',
        ],
        ['--web.listen-address=127.0.0.2:9066', '--web.route-prefix=/ports'],
      ),
      (container) => container.untilHealthy(),
    ));

  test('says unhealthy where somebody else answers', () =>
    using(
      Container.alone(
        [...TIERS.none, '--env=HEALTHCHECK_PORT=9066'],
        ['--web.listen-address=:9065'],
      ),
      async (container) => {
        await container.until('it listens', () =>
          Promise.resolve(container.log().includes('listening')),
        );
        const server = `require('http').createServer((_, answer) => { answer.statusCode = 404; answer.end(); }).listen(9066)`;
        podman('exec', '--detach', container.id, '/usr/local/bin/node', '-e', server);
        const asked = `exec 3<>/dev/tcp/127.0.0.1/9066`;
        await container.until('the other listens', () => {
          try {
            podman('exec', container.id, '/bin/bash', '-c', asked);
            return Promise.resolve(true);
          } catch {
            return Promise.resolve(false);
          }
        });
        expect(container.askHealth().status).toBe(1);
      },
    ));
});

test('it writes nothing, even where it may', () =>
  using(Container.onHost([HOST_PROCESSES, '--passwd=false']), async (container) => {
    await container.nextPoll();
    await container.nextPoll();
    // podman itself makes files to mount over in /etc.
    expect(podman('diff', container.id)).toBe('C /etc');
  }));

test('its root file system cannot be written where podman is told so, and it works', () =>
  using(Container.onHost([...TIERS.none, HOST_PROCESSES]), async (container) => {
    await container.nextPoll();
    const write = 'for folder in / /tmp /run /var/tmp /app; do echo > $folder/written; done';
    const attempt = podman('exec', container.id, '/bin/bash', '-c', `${write} 2>&1; true`);
    expect(attempt.match(/Read-only file system|Permission denied/g)).toHaveLength(5);
    expect(container.log()).not.toContain('EROFS');
  }));
