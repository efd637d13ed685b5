// Phones over TLS and over WebSocket.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser } from '../boundary/browser.mjs';
import { Server, password } from '../boundary/server.mjs';
import { Fernhill, realm } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { DESK_TONE, Lines } from '../boundary/lines.mjs';
import { WebPhone } from '../boundary/web_phone.mjs';
import { Wire, token } from '../boundary/wire.mjs';
import { until } from '../boundary/until.mjs';

describe('transports', () => {
  let server;
  let fernhill;
  let directory;
  let lines;
  let browser;
  let carriers;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-transports-'));
    const [certificate, key] = ['certificate.pem', 'key.pem'].map((name) => join(directory, name));
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', ...subject, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
    carriers = authority('carriers');
    server = await Server.start({ env: { PATCHCORD_TLS_CLIENT_AUTHORITIES: carriers.certificate, PATCHCORD_SIPS: '127.0.0.1:0', PATCHCORD_TLS_CERTIFICATE: certificate, PATCHCORD_TLS_KEY: key } });
    fernhill = await Fernhill.open(server);
    lines = new Lines(server, directory);
    browser = await Browser.start();
  });

  after(async () => {
    await browser?.stop();
    await server?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  // Who signs certificates, as an operator makes it with OpenSSL.
  function authority(name) {
    const [certificate, key] = ['pem', 'key'].map((kind) => join(directory, `${name}.${kind}`));
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...curve, '-days', '2', '-subj', `/CN=${name}`, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
    // The certificate of whoever has this name, and its key.
    const sign = (subject) => {
      const [own, ownKey] = ['pem', 'key'].map((kind) => join(directory, `${name}-${subject}.${kind}`));
      const names = ['-subj', `/CN=${subject}`, '-addext', `subjectAltName=DNS:${subject}`, '-addext', 'basicConstraints=critical,CA:FALSE'];
      execFileSync('openssl', ['req', '-x509', ...curve, '-days', '2', ...names, '-CA', certificate, '-CAkey', key, '-keyout', ownKey, '-out', own], { stdio: 'pipe' });
      return { cert: readFileSync(own), key: readFileSync(ownKey) };
    };
    return { certificate, sign };
  }

  async function draw(name, number, flow) {
    const callflow = await fernhill.create({ name, numbers: [number], flow });
    await fernhill.publish(callflow.id);
    return callflow.id;
  }

  async function webPhone(t, user = 'desk2003', options = {}) {
    const page = await browser.person({ origin: server.http });
    t.after(() => page.context().close());
    await page.goto('/sign-in');
    return WebPhone.open(page, { user, domain: realm, password, ...options });
  }

  test('a phone registers over TLS, calls, is called, and both hear each other', async (t) => {
    const device = await fernhill.idOf('devices', "Priya's desk phone");
    await draw('Echo over TLS', '2741', step('echo', {}));
    await draw('Desk over TLS', '2742', step('device', { id: device, timeout: 20 }));
    const desk = await lines.desk(t, 2001, { transport: 'tls', port: server.sipTls });
    await desk.dial(`sip:2741@${realm}`);
    await desk.happened('CALL_ESTABLISHED');
    await until('the echo', async () => (await desk.heardMs(DESK_TONE)) >= 500, { tell: () => desk.tail() });
    await desk.hangUp();
    const other = await lines.desk(t, 2002, { tone: 1_336 });
    await other.dial(`sip:2742@${realm}`);
    await desk.happened('CALL_INCOMING');
    await desk.answer();
    await until('the desk to be heard', async () => (await other.heardMs(DESK_TONE)) >= 500, { tell: () => other.tail() });
    await other.hangUp();
  });

  test('a carrier proves by its certificate who it is, and needs no password', async (t) => {
    const number = '+441614960128';
    const flow = await draw('Certified', number, step('echo', {}));
    const carrier = await fernhill.api.post(`${fernhill.path}/carriers`, { name: 'Certified trunk', tls_name: 'sip.carrier.example' });
    t.after(() => fernhill.api.ask('DELETE', `${fernhill.path}/carriers/${carrier.id}`));
    const uri = `sip:${number}@127.0.0.1:${server.sipTls}`;
    // One call; its final answer, and what must follow.
    async function call(identity) {
      const wire = await Wire.secure(server.sipTls, identity);
      t.after(() => wire.close());
      const callId = token();
      const from = `<sip:+441614960999@127.0.0.1>;tag=${token()}`;
      const headers = { From: from, 'Content-Type': 'application/sdp' };
      await wire.send(wire.request('INVITE', uri, { callId, headers, body: WebPhone.sound() }));
      const answer = await wire.answer(callId, /^SIP\/2\.0 [2-6]/);
      const to = /^To:\s*(.*)$/im.exec(answer)[1].trim();
      const within = (method, cseq) => wire.send(wire.request(method, uri, { callId, cseq, headers: { From: from, To: to } }));
      return { answer, within };
    }
    const proved = carriers.sign('sip.carrier.example');
    const taken = await until('the carrier to be known', async () => {
      const made = await call(proved);
      return /^SIP\/2\.0 200/.test(made.answer) && made;
    });
    await taken.within('ACK', 1);
    await taken.within('BYE', 2);
    const record = await fernhill.ended(flow);
    assert.ok(record.answered_at, JSON.stringify(record));
    assert.match((await call({})).answer, /^SIP\/2\.0 401/, 'who shows no certificate must know a password');
    const other = carriers.sign('sip.other.example');
    assert.match((await call(other)).answer, /^SIP\/2\.0 401/, 'who has another name must know one too');
    const forged = await Wire.secure(server.sipTls, authority('forgers').sign('sip.carrier.example'));
    await until('the forger to be sent away', () => forged.closed);
    await until('the log to say so', () => /client certificate cannot be believed/.test(server.said), { tell: () => server.tail() });
  });

  test('a browser registers over WebSocket and calls a flow', async (t) => {
    const flow = await draw('Echo over WebSocket', '2743', step('echo', {}));
    const phone = await webPhone(t);
    assert.equal(phone.selected, 'sip');
    await phone.register();
    const uri = `sip:2743@${realm}`;
    const call = await phone.ask('INVITE', uri, { body: WebPhone.sound() });
    assert.match(call.answer, /^SIP\/2\.0 200/);
    await phone.inCall('ACK', uri, call);
    await phone.inCall('BYE', uri, call);
    await phone.message(new RegExp(`^SIP/2\\.0 200[^]*CSeq: ${call.cseq + 1} BYE`));
    const record = await fernhill.ended(flow);
    assert.ok(record.answered_at, JSON.stringify(record));
  });

  test('a browser is rung on the connection it registered on', async (t) => {
    const device = await fernhill.idOf('devices', "Helen's desk phone");
    await draw('Browser', '2744', step('device', { id: device, timeout: 20 }));
    const phone = await webPhone(t);
    await phone.register();
    const caller = await lines.desk(t, 2002);
    await caller.dial(`sip:2744@${realm}`);
    const invite = await phone.message(/^INVITE /);
    await phone.reply(invite, 180, { tag: 'web' });
    await phone.reply(invite, 200, { tag: 'web', body: WebPhone.sound() });
    await phone.message(/^ACK /);
    await caller.happened('CALL_ESTABLISHED');
    await caller.hangUp();
    const bye = await phone.message(/^BYE /);
    await phone.reply(bye, 200);
  });

  test('who does not speak SIP, or speaks too much, is sent away, and others go on', async (t) => {
    const silent = await webPhone(t, 'desk2003', { protocol: 'chat' });
    assert.equal(silent.selected, null, 'the subprotocol is refused');
    const loud = await webPhone(t);
    await loud.send('A'.repeat(100_000));
    await until('the connection to be closed', () => loud.page.evaluate(() => globalThis.socketClosed === true));
    const odd = await webPhone(t);
    await odd.send('This is no SIP.');
    await odd.send('\r\n\r\n');
    await odd.register();
  });
});
