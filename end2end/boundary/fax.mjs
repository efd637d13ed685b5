// A fax machine at the carrier: SIP and RTP by hand, the modem in a worker of its own.

import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { password, program } from './server.mjs';
import { Wire, authorize, token } from './wire.mjs';

const FRAME = 160;

export class FaxMachine {
  // Sends the TIFF file to a number when it is told to call. It speaks PCMU alone, but may say that it prefers G.722.
  static async open(server, file, stationId, { wide = false } = {}) {
    const machine = new FaxMachine();
    machine.wide = wide;
    machine.wire = await Wire.open(server.sipUdp);
    machine.wire.socket.on('message', (bytes) => {
      const text = bytes.toString('latin1');
      if (text.startsWith('BYE ')) machine.#hungUpOn(text);
      if (text.startsWith('INVITE ')) machine.#changed(text);
    });
    machine.rtp = createSocket('udp4');
    machine.rtp.bind(0, '127.0.0.1');
    await once(machine.rtp, 'listening');
    machine.frames = 0;
    machine.worker = spawn(program, ['fax-worker', 'send', '--station-id', stationId, '--', file], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    machine.worker.stdin.on('error', () => {});
    machine.ended = new Promise((done) => machine.#listenTo(machine.worker, done));
    return machine;
  }

  // Calls, and sends what the modem says: a frame for each that comes, so that both keep one clock.
  async call(number) {
    this.uri = `sip:${number}@127.0.0.1:${this.wire.peer}`;
    this.callId = token();
    const body = this.#description(this.wide ? '9 0' : '0');
    const headers = { 'Content-Type': 'application/sdp' };
    const invite = (more) => this.wire.request('INVITE', this.uri, { headers, body, callId: this.callId, user: 'trunk', ...more });
    await this.wire.send(invite({}));
    const challenge = await this.wire.answer(this.callId, /^SIP\/2\.0 401/);
    headers.Authorization = authorize(challenge, { method: 'INVITE', uri: this.uri, user: 'trunk', password });
    this.invite = invite({ cseq: 2 });
    await this.wire.send(this.invite);
    const answer = await this.wire.answer(this.callId, /^SIP\/2\.0 (?!401)[2-6]\d\d/, { within: 20_000 });
    if (!answer.startsWith('SIP/2.0 200')) throw new Error(`the fax machine was refused:\n${answer}`);
    this.from = /^From: (.*)$/im.exec(this.invite)[1].trim();
    this.to = /^To: (.*)$/im.exec(answer)[1].trim();
    this.contact = /^Contact: <([^>]*)>/im.exec(answer)?.[1] ?? this.uri;
    const [, far, first] = /^m=audio (\d+) RTP\/AVP (\d+)/m.exec(answer);
    this.spoken = [Number(first)];
    await this.#say('ACK', 2);
    this.rtp.on('message', (packet) => {
      if (this.hungUp || packet.length !== 12 + FRAME || (packet[1] & 0x7f) !== 0) return;
      const head = Buffer.from([0x41, (FRAME * 2) & 0xff, (FRAME * 2) >> 8]);
      const sound = Buffer.alloc(FRAME * 2);
      for (let i = 0; i < FRAME; i += 1) sound.writeInt16LE(LINEAR[packet[12 + i]], i * 2);
      this.worker.stdin.write(Buffer.concat([head, sound]));
    });
    this.say = (sound) => {
      const packet = Buffer.alloc(12 + FRAME);
      packet[0] = 0x80;
      packet.writeUInt16BE(this.frames & 0xffff, 2);
      packet.writeUInt32BE(this.frames * FRAME, 4);
      packet.writeUInt32BE(0x0fa0fa, 8);
      for (let i = 0; i < FRAME; i += 1) packet[12 + i] = mulaw(sound.readInt16LE(i * 2));
      this.frames += 1;
      this.rtp.send(packet, Number(far), '127.0.0.1');
    };
  }

  // Hangs up; the modem is told that the line is gone.
  async hangUp() {
    if (this.hungUp) return;
    this.hungUp = true;
    if (this.to) await this.#say('BYE', 3);
    this.worker.stdin.end();
  }

  #description(codecs) {
    return [
      'v=0',
      'o=fax 1 1 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      `m=audio ${this.rtp.address().port} RTP/AVP ${codecs}`,
      'a=rtpmap:0 PCMU/8000',
      '',
    ].join('\r\n');
  }

  #agree(request, headers = '', body = '') {
    const named = request.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
    this.wire.send(`SIP/2.0 200 OK\r\n${named.join('\r\n')}\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`);
  }

  // The exchange offers other codecs in the middle of the call.
  #changed(request) {
    const [, first] = /^m=audio \d+ RTP\/AVP (\d+)/m.exec(request);
    this.spoken.push(Number(first));
    const contact = `Contact: <sip:fax@127.0.0.1:${this.wire.port}>\r\nContent-Type: application/sdp\r\n`;
    this.#agree(request, contact, this.#description('0'));
  }

  #hungUpOn(request) {
    this.#agree(request);
    this.hungUp = true;
    this.worker.stdin.end();
  }

  async close() {
    await this.hangUp();
    this.worker.kill('SIGKILL');
    this.rtp.close();
    this.wire.close();
  }

  #say(method, cseq) {
    const headers = { From: this.from, To: this.to };
    return this.wire.send(this.wire.request(method, this.contact, { headers, callId: this.callId, cseq }));
  }

  #listenTo(worker, done) {
    let bytes = Buffer.alloc(0);
    worker.stdout.on('data', (more) => {
      bytes = Buffer.concat([bytes, more]);
      while (bytes.length >= 3 && bytes.length >= 3 + bytes.readUInt16LE(1)) {
        const length = bytes.readUInt16LE(1);
        const content = bytes.subarray(3, 3 + length);
        if (bytes[0] === 0x45) done(JSON.parse(content.toString()));
        else if (!this.hungUp) this.say(content);
        bytes = bytes.subarray(3 + length);
      }
    });
    worker.once('exit', (code) => done({ error: `the sender's modem ended with ${code}` }));
  }
}

// G.711: the linear value of each byte of the law.
const LINEAR = Int16Array.from({ length: 256 }, (_, byte) => {
  const code = ~byte & 0xff;
  const value = ((((code & 0x0f) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84;
  return code & 0x80 ? -value : value;
});

function mulaw(sample) {
  const sign = sample < 0 ? 0x80 : 0;
  const value = Math.min(Math.abs(sample), 32635) + 0x84;
  const exponent = Math.max(0, 31 - Math.clz32(value) - 7);
  return ~(sign | (exponent << 4) | ((value >> (exponent + 3)) & 0x0f)) & 0xff;
}

// A TIFF file of pages without compression, 1728 dots wide, with a pattern of its own on each.
export function pagesOf(count, rows) {
  const width = 1728;
  const parts = [Buffer.from([0x49, 0x49, 0x2a, 0, 8, 0, 0, 0])];
  let at = 8;
  for (let page = 0; page < count; page += 1) {
    const fields = 12;
    const directory = 2 + fields * 12 + 4;
    const data = at + directory + 16;
    const image = Buffer.alloc((width / 8) * rows);
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < width; column += 1) {
        const black = (column * (7 + page) + row * row) % 61 < 9 && row % 16 < 12;
        if (black) image[(row * width + column) >> 3] |= 0x80 >> (column & 7);
      }
    }
    const last = page === count - 1;
    const next = last ? 0 : data + image.length;
    const head = Buffer.alloc(directory + 16);
    head.writeUInt16LE(fields, 0);
    const resolution = at + directory;
    const values = [
      [256, 4, width], [257, 4, rows], [258, 3, 1], [259, 3, 1], [262, 3, 0], [273, 4, data],
      [277, 3, 1], [278, 4, rows], [279, 4, image.length], [282, 5, resolution], [283, 5, resolution + 8], [296, 3, 2],
    ];
    values.forEach(([tag, kind, value], index) => {
      head.writeUInt16LE(tag, 2 + index * 12);
      head.writeUInt16LE(kind, 4 + index * 12);
      head.writeUInt32LE(1, 6 + index * 12);
      head.writeUInt32LE(value, 10 + index * 12);
    });
    head.writeUInt32LE(next, directory - 4);
    [204, 1, 98, 1].forEach((value, index) => head.writeUInt32LE(value, directory + index * 4));
    parts.push(head, image);
    at = data + image.length;
  }
  return Buffer.concat(parts);
}

// A PDF file of A4 pages, each with lines of its own.
export function pdfOf(count) {
  const objects = ['<< /Type /Catalog /Pages 2 0 R >>'];
  const kids = Array.from({ length: count }, (_, page) => `${3 + page * 2} 0 R`);
  objects.push(`<< /Type /Pages /Count ${count} /Kids [${kids.join(' ')}] >>`);
  for (let page = 0; page < count; page += 1) {
    const strokes = Array.from({ length: 12 }, (_, line) => `60 ${760 - line * 40} m ${200 + page * 90 + line * 15} ${740 - line * 38} l S`);
    const content = `3 w ${strokes.join(' ')}`;
    objects.push(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${4 + page * 2} 0 R >>`);
    objects.push(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
  }
  let text = '%PDF-1.4\n';
  const places = objects.map((object, index) => {
    const at = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = text.length;
  const rows = places.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`;
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}
