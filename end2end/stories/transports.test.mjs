// Phones over TLS and over WebSocket.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser } from '../boundary/browser.mjs';
import { Server, password } from '../boundary/server.mjs';
import { Fernhill, realm } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { DESK_TONE, Lines } from '../boundary/lines.mjs';
import { WebPhone } from '../boundary/web_phone.mjs';
import { until } from '../boundary/until.mjs';

describe('transports', () => {
  let server;
  let fernhill;
  let directory;
  let lines;
  let browser;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-transports-'));
    const [certificate, key] = ['certificate.pem', 'key.pem'].map((name) => join(directory, name));
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', ...subject, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
    server = await Server.start({ env: { PATCHCORD_SIPS: '127.0.0.1:0', PATCHCORD_TLS_CERTIFICATE: certificate, PATCHCORD_TLS_KEY: key } });
    fernhill = await Fernhill.open(server);
    lines = new Lines(server, directory);
    browser = await Browser.start();
  });

  after(async () => {
    await browser?.stop();
    await server?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

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
