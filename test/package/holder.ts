/** Real sockets in a network namespace beside the host's, held by a process of its own. */

/** Ports 40000 to 40099, and so many connections to one endpoint. */
export const HELD = 30;
export const LOW = 40_000;
export const HIGH = 40_099;

/** A script for Node.js: holds the connections until it is ended. */
const HOLD = `
const net = require('node:net');
const server = net.createServer(() => {}).listen(80, '127.0.0.1', () => {
  for (let count = 0; count < ${HELD}; count += 1) net.connect(80, '127.0.0.1');
});
`;

/** Makes the namespace \`beside\` and its holder, a unit of the same name. */
export const HOLD_BESIDE = `
ip netns add beside
ip -n beside link set lo up
ip netns exec beside sh -c 'echo "${LOW} ${HIGH}" >/proc/sys/net/ipv4/ip_local_port_range'
cat >/hold.cjs <<'END'
${HOLD}
END
systemd-run --quiet --unit=beside ip netns exec beside node /hold.cjs
`;
