import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Folder } from './folder.ts';
import { ALERTMANAGER, alertmanagerProgram, RECEIVER_PORT } from './addresses.ts';
import type { Programs } from './programs.ts';

/** Alertmanager, alone: it has no cluster to talk to. It notifies the pager of each alert at once. */
export function startAlertmanager(programs: Programs, folder: Folder): void {
  programs.start(
    'alertmanager',
    ...command(alertmanagerProgram()),
    `--config.file=${folder.write('alertmanager.yml', CONFIG)}`,
    `--storage.path=${folder.at('alertmanager')}`,
    `--web.listen-address=${ALERTMANAGER}`,
    '--cluster.listen-address=',
    '--log.level=warn',
  );
}

const CONFIG = {
  route: {
    receiver: 'pager',
    group_by: ['...'],
    group_wait: '1s',
    group_interval: '1s',
    repeat_interval: '1h',
  },
  receivers: [{ name: 'pager', webhook_configs: [{ url: `http://127.0.0.1:${RECEIVER_PORT}/` }] }],
};

/** Debian's build reads its templates from here, wherever it was unpacked. */
const SHARE = '/usr/share';
const TEMPLATES = 'prometheus/alertmanager/default.tmpl';

/** Where the templates are not installed, it gets a view of its own of the files, with its package's there. */
function command(program: string): readonly string[] {
  const share = join(dirname(program), '../share');
  const isComplete = existsSync(join(SHARE, TEMPLATES)) || !existsSync(join(share, TEMPLATES));
  if (isComplete) return [program];
  const mount = `mount --bind "$0" ${SHARE} && exec "$@"`;
  return ['unshare', '--mount', 'sh', '-c', mount, share, program];
}
