// Encrypted sound: a phone of another make, with another's SRTP, and what becomes of it beside plain phones.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser } from '../boundary/browser.mjs';
import { Editor } from '../boundary/editor.mjs';
import { Pages } from '../boundary/pages.mjs';
import { Server } from '../boundary/server.mjs';
import { Fernhill, realm } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { DESK_TONE, Lines } from '../boundary/lines.mjs';
import { until } from '../boundary/until.mjs';

// What the plain phone says.
const OTHER_TONE = 1_336;

describe('encrypting', () => {
  let server;
  let fernhill;
  let directory;
  let lines;
  let browser;
  let device;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-encrypting-'));
    server = await Server.start();
    fernhill = await Fernhill.open(server);
    lines = new Lines(server, directory);
    browser = await Browser.start();
    device = await fernhill.idOf('devices', "Priya's desk phone");
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

  // The whole ladder of the last call of a callflow.
  async function ladder(callflow) {
    const record = await fernhill.ended(callflow);
    const path = `${fernhill.path}/calls/${record.id}/messages`;
    await until('the messages to be kept', async () => (await fernhill.api.send('GET', path)).status === 200);
    const { messages } = await fernhill.api.get(path);
    return messages.map((one) => one.text).join('\n');
  }

  test('an encrypting phone hears its echo, reports are exchanged, and the ladder shows no key', async (t) => {
    const callflow = await draw('Echo, encrypted', '2810', step('echo', {}));
    const phone = await lines.desk(t, 2001, { encrypts: true });
    await phone.dial(`sip:2810@${realm}`);
    await phone.happened('CALL_ESTABLISHED');
    // A phone of this kind reports every five seconds.
    await until('the echo, and two reports', async () => (await phone.heardMs(DESK_TONE)) >= 11_000, { within: 30_000, tell: () => phone.tail() });
    await phone.hangUp();
    const [answer] = phone.messages(/^SIP\/2\.0 200 [^]*^m=audio/m);
    assert.match(answer, /^m=audio \d+ RTP\/SAVP /m);
    const [, key] = /^a=crypto:\d+ AES_CM_128_HMAC_SHA1_80 inline:(\S+)/m.exec(answer);
    assert.equal(Buffer.from(key, 'base64').length, 30);
    const call = await fernhill.ended(callflow);
    const { legs } = await fernhill.api.get(`${fernhill.path}/calls/${call.id}`);
    const { media } = legs[0];
    assert.ok(media.round_trip_ms >= 0 && media.round_trip_ms < 1_000, JSON.stringify(media));
    assert.equal(media.far_lost, 0, JSON.stringify(media));
    assert.equal(media.encrypted, true);
    const whole = await ladder(callflow);
    assert.match(whole, /^a=crypto:hidden/m);
    assert.doesNotMatch(whole, /inline:/);
    assert.ok(!server.said.includes(key), 'keys are in no log');
  });

  test('a device is set to encrypt on its page; it and a plain phone hear each other, and its callers must encrypt when that is enforced', async (t) => {
    const page = await browser.person({ origin: server.http });
    t.after(() => page.context().close());
    await Editor.signIn(page);
    const pages = new Pages(page, fernhill.id);
    await pages.form('devices', device);
    await pages.main.getByLabel(/^Encrypt sound/).check();
    await pages.save.click();
    await pages.told('Device saved');
    const stored = () => fernhill.api.get(`${fernhill.path}/devices/${device}`);
    assert.deepEqual((await stored()).media.encryption.methods, ['srtp']);

    const callflow = await draw('Desk, encrypted', '2811', step('device', { id: device, timeout: 30 }));
    const plain = await lines.desk(t, 2002, { tone: OTHER_TONE });
    const phone = await lines.desk(t, 2001, { encrypts: true });
    await plain.dial(`sip:2811@${realm}`);
    await phone.happened('CALL_INCOMING');
    await phone.answer();
    await phone.happened('CALL_ESTABLISHED');
    await until('both to hear each other', async () => (await plain.heardMs(DESK_TONE)) >= 1_000 && (await phone.heardMs(OTHER_TONE)) >= 1_000, {
      tell: () => phone.tail(),
    });
    // Held and taken back by the encrypting phone. These phones record nothing after a hold, but tell of keys.
    await phone.tell('hold');
    await until('the hold to be answered', () => phone.messages(/^SIP\/2\.0 200 [^]*^a=(recvonly|inactive)/m).length > 0, { tell: () => phone.tail() });
    await phone.tell('resume');
    await until('it to be taken back', () => phone.messages(/^SIP\/2\.0 200 [^]*CSeq: \d+ INVITE[^]*^a=sendrecv/m).length > 1, { tell: () => phone.tail() });
    await phone.press('5');
    await plain.happened('CALL_DTMF_START');
    await plain.press('7');
    await phone.happened('CALL_DTMF_START');
    await plain.hangUp();
    await phone.happened('CALL_CLOSED');
    const whole = await ladder(callflow);
    assert.match(whole, /^m=audio \d+ RTP\/SAVP /m);
    assert.match(whole, /^m=audio \d+ RTP\/AVP /m);
    assert.doesNotMatch(whole, /inline:/);
    await phone.stop();

    await pages.form('devices', device);
    assert.ok(await pages.main.getByLabel(/^Encrypt sound/).isChecked());
    await pages.main.getByLabel(/^Refuse sound that is not encrypted/).check();
    await pages.save.click();
    await pages.told('Device saved');
    assert.equal((await stored()).media.encryption.enforce_security, true);
    const careless = await lines.desk(t, 2001);
    await careless.dial(`sip:9196@${realm}`);
    const closed = await careless.happened('CALL_CLOSED');
    assert.match(closed.param, /488/);
    await careless.stop();
    const careful = await lines.desk(t, 2001, { encrypts: true });
    await careful.dial(`sip:9196@${realm}`);
    await until('the echo', async () => (await careful.heardMs(DESK_TONE)) >= 1_000, { tell: () => careful.tail() });
    await careful.hangUp();
    assert.deepEqual(page.troubles, []);
  });
});
