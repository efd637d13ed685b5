// Raw bytes to the exchange and back: for messages no honest phone would send.

import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { connect as secureConnect } from 'node:tls';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { until } from './until.mjs';

const md5 = (text) => createHash('md5').update(text).digest('hex');

export class Wire {
  // A UDP socket on loopback that talks to the exchange's port. All of 127.0.0.0/8 is this machine: other addresses are
  // other senders.
  static async open(port, address = '127.0.0.1') {
    const wire = new Wire();
    wire.address = address;
    wire.peer = port;
    wire.received = [];
    wire.socket = createSocket('udp4');
    wire.socket.on('message', (bytes) => wire.received.push(bytes.toString('latin1')));
    wire.socket.bind(0, address);
    await once(wire.socket, 'listening');
    wire.port = wire.socket.address().port;
    return wire;
  }

  // A TLS connection on loopback, of whoever has this certificate and key, or none. Whether the exchange keeps it shows
  // only afterwards: `closed`.
  static async secure(port, identity = {}) {
    const wire = new Wire();
    wire.address = '127.0.0.1';
    wire.transport = 'TLS';
    wire.received = [];
    wire.socket = secureConnect({ port, host: wire.address, rejectUnauthorized: false, ...identity });
    let rest = '';
    wire.socket.setEncoding('latin1').on('data', (text) => {
      rest += text;
      for (let end; (end = wholeMessage(rest)) > 0; rest = rest.slice(end)) wire.received.push(rest.slice(0, end));
    });
    wire.socket.on('error', () => {});
    wire.socket.on('close', () => {
      wire.closed = true;
    });
    await once(wire.socket, 'secureConnect');
    wire.port = wire.socket.localPort;
    return wire;
  }

  send(bytes) {
    if (this.transport === 'TLS') return new Promise((done) => this.socket.write(bytes, 'latin1', () => done()));
    return new Promise((done) => {
      // What the system refuses to send (too long for a datagram) never left; that is not what is tested.
      this.socket.send(bytes, this.peer, '127.0.0.1', () => done());
    });
  }

  // Sends requests as fast as the system takes them, until it is told to stop, which gives how many they were.
  flood(method, uri) {
    let sent = 0;
    let going = true;
    const requests = Array.from({ length: 100 }, () => this.request(method, uri));
    const running = (async () => {
      while (going) {
        await Promise.all(requests.map((request) => this.send(request)));
        sent += requests.length;
        await new Promise((turn) => setImmediate(turn));
      }
    })();
    return async () => {
      going = false;
      await running;
      return sent;
    };
  }

  // A request with the headers RFC 3261 §8.1.1 wants; `headers` replace or add.
  request(method, uri, { headers = {}, body = '', callId = token(), cseq = 1, user = 'caller' } = {}) {
    const all = {
      Via: `SIP/2.0/${this.transport ?? 'UDP'} ${this.address}:${this.port};rport;branch=z9hG4bK${token()}`,
      'Max-Forwards': '70',
      From: `<sip:${user}@127.0.0.1>;tag=${token()}`,
      To: `<${uri}>`,
      'Call-ID': callId,
      CSeq: `${cseq} ${method}`,
      Contact: `<sip:${user}@127.0.0.1:${this.port}>`,
      ...headers,
      'Content-Length': String(Buffer.byteLength(body)),
    };
    const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
    return `${method} ${uri} SIP/2.0\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
  }

  // The first answer to this Call-ID that matches.
  answer(callId, pattern = /^SIP\/2\.0 /, { within = 10_000 } = {}) {
    return until(
      `an answer ${pattern} to ${callId}`,
      () => this.received.find((message) => message.startsWith('SIP/2.0') && message.includes(callId) && pattern.test(message)),
      { within, tell: () => this.received.slice(-5).join('\n') },
    );
  }

  close() {
    if (this.transport === 'TLS') this.socket.destroy();
    else this.socket.close();
  }
}

// Where the first message of a stream ends; 0 while it is not whole.
function wholeMessage(text) {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return 0;
  const end = head + 4 + Number(/^Content-Length:\s*(\d+)/im.exec(text.slice(0, head))?.[1] ?? 0);
  return text.length >= end ? end : 0;
}

// The Authorization value for a challenge (RFC 2617, MD5, with qop=auth when asked for).
export function authorize(answer, { method, uri, user, password }) {
  const header = /^(?:WWW|Proxy)-Authenticate:\s*Digest (.*(?:algorithm=MD5|^(?!.*algorithm).*).*)$/im.exec(answer)?.[1] ?? /^(?:WWW|Proxy)-Authenticate:\s*Digest (.*)$/im.exec(answer)?.[1];
  const field = (name) => new RegExp(`${name}="?([^",]+)"?`, 'i').exec(header)?.[1];
  const [realm, nonce, opaque] = [field('realm'), field('nonce'), field('opaque')];
  const cnonce = token();
  const ha1 = md5(`${user}:${realm}:${password}`);
  const ha2 = md5(`${method}:${uri}`);
  const qop = /qop=/i.test(header);
  const response = qop ? md5(`${ha1}:${nonce}:00000001:${cnonce}:auth:${ha2}`) : md5(`${ha1}:${nonce}:${ha2}`);
  return [
    `Digest username="${user}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${uri}"`,
    `response="${response}"`,
    'algorithm=MD5',
    ...(opaque ? [`opaque="${opaque}"`] : []),
    ...(qop ? ['qop=auth', 'nc=00000001', `cnonce="${cnonce}"`] : []),
  ].join(', ');
}

// A TCP connection, from an address of this machine, that collects what it is sent.
export async function openStream(port, from = '127.0.0.1') {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  const stream = { socket, received: '', closed: false };
  socket.on('data', (bytes) => {
    stream.received += bytes.toString('latin1');
  });
  socket.on('close', () => {
    stream.closed = true;
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return stream;
}

export function token() {
  return randomBytes(8).toString('hex');
}
