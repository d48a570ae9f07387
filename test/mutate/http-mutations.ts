import type { Mutation } from './mutations.ts';

/** Planted errors in the rules of HTTP. */
export const HTTP_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'browsers leave Sec-Fetch-* out on plain HTTP',
    file: 'http/browser-guard.ts',
    find: "  'accept-language',\n",
    replace: '',
    suite: 'daemon/http-browsers',
  },
  {
    rule: 'only a whole name is one of ours',
    file: 'http/browser-guard.ts',
    find: "host.endsWith('.localhost')",
    replace: "host.includes('localhost')",
    suite: 'daemon/http-browsers',
  },
  {
    rule: 'browsers send the origin of whoever would change something',
    file: 'http/browser-guard.ts',
    find: 'if (origin === undefined) return false;',
    replace: 'return false;',
    suite: 'daemon/http-browsers',
  },
  {
    rule: 'a named coding counts before *',
    file: 'http/encoding.ts',
    find: "weights.get('gzip') ?? weights.get('x-gzip') ?? others ?? 0",
    replace: "others ?? weights.get('gzip') ?? weights.get('x-gzip') ?? 0",
    suite: 'daemon/http-requests',
  },
  {
    rule: 'Node.js takes any number of requests before the first is answered',
    file: 'http/bounds/requests-in-flight.ts',
    find: 'if (waiting.size >= MAX_PER_CONNECTION) {',
    replace: 'if (waiting.size > 1e9) {',
    suite: 'http/bounds/requests-in-flight',
  },
  {
    rule: 'Node.js keeps no times of a server that does not listen',
    file: 'http/http-over.ts',
    find: "  server.emit('listening');\n",
    replace: '',
    suite: 'daemon/http-bounds',
  },
  {
    rule: 'an answer is read to its end when the daemon stops',
    file: 'http/bounds/requests-in-flight.ts',
    find: 'if (connection.waiting.size === 0) socket.destroySoon();',
    replace: 'socket.destroy();',
    suite: 'http/bounds/requests-in-flight',
  },
  {
    rule: 'an unknown user has no password',
    file: 'http/access/passwords.ts',
    find: 'password, hash)) && isUser',
    replace: 'password, hash))',
    suite: 'daemon/access',
  },
  {
    rule: 'a certificate counts only if the authority is the right one',
    file: 'http/access/client-certificate.ts',
    find: 'if (!socket.authorized) {',
    replace: "if (clientAuth === 'NoClientCert') {",
    suite: 'daemon/access',
  },
  {
    rule: 'a list of users is no mapping',
    file: 'config/web-schema.ts',
    find: '!Array.isArray(value)',
    replace: 'true',
    suite: 'config/web-config',
  },
];
