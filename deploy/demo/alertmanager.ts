import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Folder } from './folder.ts';
import { ALERTMANAGER, RECEIVER_PORT } from './addresses.ts';
import { alertmanagerProgram } from './files.ts';
import type { Programs } from './programs.ts';

/** Starts Alertmanager without a cluster. It notifies the demo's receiver of each alert by itself, after a second. */
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

/** `...` makes each alert a group of its own. Waits of a second, so that they hardly add to the time of an alert. */
const CONFIG = {
  route: {
    receiver: 'demo',
    group_by: ['...'],
    group_wait: '1s',
    group_interval: '1s',
    repeat_interval: '1h',
  },
  receivers: [{ name: 'demo', webhook_configs: [{ url: `http://127.0.0.1:${RECEIVER_PORT}/` }] }],
};

/** Debian's build reads its templates from this folder, also where the package was unpacked into another one. */
const SHARE = '/usr/share';
const TEMPLATES = 'prometheus/alertmanager/default.tmpl';

/**
 * The command that runs `program`. Where the templates are not installed, it runs in a mount namespace in which
 * the package's folder is mounted at the place that Debian's build reads.
 */
function command(program: string): readonly string[] {
  const share = join(dirname(program), '../share');
  const isComplete = existsSync(join(SHARE, TEMPLATES)) || !existsSync(join(share, TEMPLATES));
  if (isComplete) return [program];
  const mount = `mount --bind "$0" ${SHARE} && exec "$@"`;
  return ['unshare', '--mount', 'sh', '-c', mount, share, program];
}
