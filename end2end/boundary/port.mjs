// Ports for programs that cannot be told to take a free one and say which.

import { createServer } from 'node:net';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

// A TCP port on loopback that nobody has now.
export async function freeTcpPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// A UDP port on loopback that nobody has now. With `span`, the ports after it are free too.
export async function freeUdpPort(span = 1) {
  for (;;) {
    const first = await bind(0);
    const { port } = first.address();
    const held = [first];
    try {
      for (let next = 1; next < span; next += 1) held.push(await bind(port + next));
      return port;
    } catch {
      // One of the followers is taken: try elsewhere.
    } finally {
      await Promise.all(held.map((socket) => new Promise((done) => socket.close(done))));
    }
  }
}

async function bind(port) {
  const socket = createSocket('udp4');
  const bound = once(socket, 'listening');
  const failed = once(socket, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => {});
  socket.bind(port, '127.0.0.1');
  await Promise.race([bound, failed]);
  return socket;
}
