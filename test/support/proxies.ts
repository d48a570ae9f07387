import type { Source } from './polls.ts';

/** Proxies of Debian that have a source address of their own. Their origin is 127.0.0.1:80. */

export const SOURCE = '127.0.0.6';
export const PROXY_PORT = 8000;

/** How a program is started, and what a client of it writes. */
export interface Proxy {
  readonly title: string;
  /** Of the program, and of its package. */
  readonly name: string;
  /** `folder` is one of its own, `unpacked` that of its package. */
  readonly configuration: (folder: string, unpacked: string) => string;
  readonly arguments: (file: string, folder: string) => readonly string[];
  readonly request: string;
  /** Where not by both: /proc does not show ports that a program names itself. */
  readonly by?: readonly Source[];
}

const haproxy = (title: string, source: string): Proxy => ({
  title,
  name: 'haproxy',
  configuration: () => `
defaults
  mode tcp
  timeout connect 5s
  timeout client 300s
  timeout server 300s
listen proxy
  bind 127.0.0.1:${PROXY_PORT}
  server origin 127.0.0.1:80 source ${source}
`,
  arguments: (file) => ['-db', '-q', '-f', file],
  request: '',
});

export const PROXIES: readonly Proxy[] = [
  haproxy('HAProxy, source', SOURCE),
  { ...haproxy('HAProxy, source with a range of ports', `${SOURCE}:40100-40299`), by: ['netlink'] },
  {
    title: 'nginx, proxy_bind',
    name: 'nginx',
    configuration: (folder) => `
daemon off;
user root;
pid ${folder}/pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${PROXY_PORT};
    location / {
      proxy_pass http://127.0.0.1:80;
      proxy_bind ${SOURCE};
      proxy_read_timeout 300s;
    }
  }
}
`,
    arguments: (file, folder) => ['-e', 'stderr', '-p', folder, '-c', file],
    request: 'GET / HTTP/1.1\r\nHost: origin\r\n\r\n',
  },
  {
    title: 'Squid, tcp_outgoing_address',
    name: 'squid',
    configuration: (folder, unpacked) => `
http_port 127.0.0.1:${PROXY_PORT}
tcp_outgoing_address ${SOURCE}
http_access allow all
cache deny all
access_log none
cache_log ${folder}/cache.log
pid_filename none
coredump_dir ${folder}
cache_effective_user nobody
pinger_enable off
shutdown_lifetime 0 seconds
mime_table ${unpacked}/usr/share/squid/mime.conf
icon_directory ${unpacked}/usr/share/squid/icons
error_directory ${unpacked}/usr/share/squid/errors/templates
logfile_daemon ${unpacked}/usr/lib/squid/log_file_daemon
unlinkd_program ${unpacked}/usr/lib/squid/unlinkd
`,
    // A name of its own, under which it has memory that others could have.
    arguments: (file) => ['-N', '-n', `epe${process.pid}`, '-f', file],
    request: 'GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
  },
];
