import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Alert } from './alert.ts';
import { RECEIVER_PORT } from './addresses.ts';

/** What a person would be paged by: takes Alertmanager's notifications until the demo ends. */
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
