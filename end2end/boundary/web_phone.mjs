// A phone in a browser, as far as its signalling goes: SIP over WebSocket, message by message.

import assert from 'node:assert/strict';
import { authorize, token } from './wire.mjs';
import { until } from './until.mjs';

export class WebPhone {
  // Connects from a page of the server.
  static async open(page, { user, domain, password, protocol = 'sip' }) {
    const phone = new WebPhone();
    Object.assign(phone, { page, user, domain, password, cseq: 0, callId: token(), tag: token() });
    phone.selected = await page.evaluate((wanted) => {
      globalThis.received = [];
      return new Promise((done) => {
        const socket = new WebSocket(`ws://${location.host}/sip`, wanted);
        socket.onmessage = ({ data }) => globalThis.received.push(data);
        socket.onopen = () => done(socket.protocol);
        socket.onerror = () => done(null);
        socket.onclose = () => {
          globalThis.socketClosed = true;
        };
        globalThis.socket = socket;
      });
    }, protocol);
    return phone;
  }

  send(text) {
    return this.page.evaluate((message) => globalThis.socket.send(message), text);
  }

  received() {
    return this.page.evaluate(() => globalThis.received);
  }

  // The first message received that matches.
  message(pattern) {
    return until(`a message ${pattern}`, async () => (await this.received()).find((text) => pattern.test(text)), {
      tell: async () => (await this.received()).join('\n'),
    });
  }

  get #via() {
    return `SIP/2.0/WS web.invalid;branch=z9hG4bK${token()}`;
  }

  get contact() {
    return `<sip:${this.user}@web.invalid;transport=ws>`;
  }

  #text(start, headers, body) {
    const lines = headers.map(([name, value]) => `${name}: ${value}`);
    return `${start}\r\n${lines.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  }

  // Sends a request, answers a challenge, and gives back the final answer.
  async ask(method, uri, { to = uri, headers = [], body = '', callId = token() } = {}) {
    const from = `<sip:${this.user}@${this.domain}>;tag=${token()}`;
    let proof = [];
    for (let cseq = 1; ; cseq += 1) {
      const all = [
        ['Via', this.#via],
        ['Max-Forwards', 70],
        ['From', from],
        ['To', `<${to}>`],
        ['Call-ID', callId],
        ['CSeq', `${cseq} ${method}`],
        ['Contact', this.contact],
        ...headers,
        ...proof,
        ...(body ? [['Content-Type', 'application/sdp']] : []),
      ];
      await this.send(this.#text(`${method} ${uri} SIP/2.0`, all, body));
      const answer = await this.message(new RegExp(`^SIP/2\\.0 [2-6][^]*Call-ID: ${callId}\r\nCSeq: ${cseq} ${method}`));
      const [, name, code] = /^SIP\/2\.0 ((401)|(407))/.exec(answer) ?? [];
      if (method === 'INVITE' && (name || !/^SIP\/2\.0 2/.test(answer))) await this.#ack(uri, answer, callId, cseq);
      if (!name || cseq > 1) return { answer, callId, from, cseq };
      assert.ok(name);
      const value = authorize(answer, { method, uri, user: this.user, password: this.password });
      proof = [[code === '401' || name === '401' ? 'Authorization' : 'Proxy-Authorization', value]];
    }
  }

  // An ACK of a refusal is part of the INVITE's transaction: it has its branch.
  #ack(uri, answer, callId, cseq) {
    const line = (name) => new RegExp(`^${name}: (.*)$`, 'm').exec(answer)[1].trim();
    return this.send(
      this.#text(
        `ACK ${uri} SIP/2.0`,
        [['Via', line('Via').replace(/;received=[^;]*|;rport=[^;]*/g, '')], ['Max-Forwards', 70], ['From', line('From')], ['To', line('To')], ['Call-ID', callId], ['CSeq', `${cseq} ACK`]],
        '',
      ),
    );
  }

  async register() {
    const { answer } = await this.ask('REGISTER', `sip:${this.domain}`, { to: `sip:${this.user}@${this.domain}`, headers: [['Expires', 300]] });
    assert.match(answer, /^SIP\/2\.0 200/);
  }

  // Answers a request of the exchange.
  reply(request, code, { body = '', tag } = {}) {
    const lines = request.split('\r\n');
    const all = (name) => lines.filter((line) => line.startsWith(`${name}:`)).map((line) => [name, line.slice(name.length + 2)]);
    const to = all('To').map(([name, value]) => [name, tag && !/;tag=/.test(value) ? `${value};tag=${tag}` : value]);
    const headers = [...all('Via'), ...all('Record-Route'), ...all('From'), ...to, ...all('Call-ID'), ...all('CSeq'), ['Contact', this.contact]];
    if (body) headers.push(['Content-Type', 'application/sdp']);
    return this.send(this.#text(`SIP/2.0 ${code} OK`, headers, body));
  }

  // A request within the call of an answered INVITE of ours.
  inCall(method, uri, { answer, callId, from, cseq }) {
    const line = (name) => new RegExp(`^${name}: (.*)$`, 'm').exec(answer)[1].trim();
    const target = /^Contact: <([^>]*)>/m.exec(answer)?.[1] ?? uri;
    const number = method === 'ACK' ? cseq : cseq + 1;
    return this.send(
      this.#text(
        `${method} ${target} SIP/2.0`,
        [['Via', this.#via], ['Max-Forwards', 70], ['From', from], ['To', line('To')], ['Call-ID', callId], ['CSeq', `${number} ${method}`]],
        '',
      ),
    );
  }

  // Audio that goes to a port nobody needs to hear.
  static sound(port = 40_000) {
    return ['v=0', 'o=web 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=audio ${port} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', ''].join('\r\n');
  }
}
