import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Alert } from './alert.ts';
import { RECEIVER_PORT } from './addresses.ts';

/**
 * The receiver at the end of the chain, in place of a pager: an HTTP server that takes Alertmanager's webhooks until
 * the demo ends, and calls `onAlert` with each alert.
 */
export function receiveNotifications(onAlert: (alert: Alert) => void): void {
  const server = createServer((request, response) => {
    void alertsIn(request).then((alerts) => {
      alerts.forEach(onAlert);
      response.end();
    });
  });
  server.listen(RECEIVER_PORT, '127.0.0.1');
}

async function alertsIn(request: IncomingMessage): Promise<readonly Alert[]> {
  const { alerts } = JSON.parse(await text(request)) as { readonly alerts: readonly Alert[] };
  return alerts;
}
