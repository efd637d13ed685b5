// Real calls: a carrier and phones of other makes, sound in both directions.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, password } from '../boundary/server.mjs';
import { Fernhill, realm, way } from '../boundary/demo.mjs';
import { alert, frontDesk, step } from '../boundary/desk.mjs';
import { CARRIER_TONE, DESK_TONE, Lines, speakFor } from '../boundary/lines.mjs';
import { samplesOf, toneMs } from '../boundary/audio.mjs';
import { until } from '../boundary/until.mjs';

const BEEP = 440;

describe('calls', () => {
  let server;
  let fernhill;
  let directory;
  let lines;
  let menu;
  let mailbox;
  let device;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-calls-'));
    server = await Server.start();
    fernhill = await Fernhill.open(server);
    lines = new Lines(server, directory);
    menu = await fernhill.idOf('menus', 'Main menu');
    mailbox = await fernhill.idOf('voicemail-boxes', 'Reception');
    device = (first) => fernhill.idOf('devices', `${first}'s desk phone`);
  });

  after(async () => {
    await server?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  async function draw(document) {
    const callflow = await fernhill.create(document);
    await fernhill.publish(callflow.id);
    return callflow.id;
  }

  test('phones with wide-band sound speak it among themselves, and with telephones as telephones do', async (t) => {
    const wide = 'G722/16000/1,PCMA,PCMU';
    const number = '2790';
    await draw({ name: 'Wide', numbers: [number], flow: step('device', { id: await device('Priya'), timeout: 30 }) });
    const caller = await lines.desk(t, 2002, { codecs: wide });
    for (const [codecs, spoken] of [[wide, 'RTP/AVP 9'], ['PCMU,PCMA', 'RTP/AVP 8']]) {
      const desk = await lines.desk(t, 2001, { codecs });
      const before = await caller.heardMs(DESK_TONE);
      await caller.dial(`sip:${number}@${realm}`);
      await desk.happened('CALL_INCOMING');
      await desk.answer();
      await desk.happened('CALL_ESTABLISHED');
      await until('both to hear each other', async () => (await caller.heardMs(DESK_TONE)) >= before + 1_000 && (await desk.heardMs(DESK_TONE)) >= 1_000);
      const [answer] = desk.messages(/^SIP\/2\.0 200 [^]*^m=audio/m);
      assert.ok(answer.includes(spoken), answer);
      await caller.hangUp();
      await desk.happened('CALL_CLOSED');
      await desk.stop();
    }
    const [answered] = caller.messages(/^SIP\/2\.0 200 [^]*^m=audio/m);
    assert.match(answered, /^a=rtpmap:9 G722\/8000/m);
  });

  test('key 1 rings two phones with the typed Alert-Info, one talks, the other is told so', async (t) => {
    const number = '+441614960127';
    const phones = [await device('Priya'), await device('Tom')];
    const callflow = await draw(frontDesk({ number, menu, phones, mailbox }));
    const [answering, losing, caller] = [await lines.desk(t, 2001), await lines.ringing(t, 2002), await lines.carrier(t)];

    await caller.dial(lines.ddi(number));
    await caller.happened('CALL_ESTABLISHED');
    await caller.press('1');
    await answering.happened('CALL_INCOMING');
    const invited = await losing.logged(/invited with (.*)/);

    assert.equal(invited[1], alert, 'the plain phone is told how to ring');
    const [invite] = answering.messages(/^INVITE sip:/m);
    assert.ok(invite.includes(`Alert-Info: ${alert}`), `the other phone is told how to ring:\n${invite}`);

    await answering.answer();
    await answering.happened('CALL_ESTABLISHED');
    const cancelled = await losing.logged(/cancelled with (.*)/);
    assert.match(cancelled[1], /cause=200/, 'RFC 3326: the call was completed elsewhere');
    assert.match(cancelled[1], /completed elsewhere/i);
    await losing.done();

    await until('the desk to hear the carrier', async () => (await answering.heardMs(CARRIER_TONE)) >= 1_000);
    await until('the carrier to hear the desk', async () => (await caller.heardMs(DESK_TONE)) >= 1_000);

    await caller.hangUp();
    await answering.happened('CALL_CLOSED');
    const call = await fernhill.ended(callflow);
    assert.equal(call.callee_number, number);
    assert.equal(call.callflow_version, 1);
    assert.ok(call.answered_at, 'the record says when it was answered');
    const trace = await fernhill.trace(call);
    assert.deepEqual(
      trace.filter((entry) => entry.step === 'entered').map((entry) => entry.module),
      ['set_alert_info', 'manual_presence', 'menu', 'ring_group'],
    );
    assert.ok(
      trace.some((entry) => entry.step === 'took' && entry.key === '1'),
      `the record says that key 1 was taken: ${JSON.stringify(way(trace))}`,
    );
  });

  test('nobody answers: the message is kept, mailed, and lights the lamp', async (t) => {
    const number = '+441614960128';
    const callflow = await draw(
      frontDesk({ name: 'Short ring', number, menu, phones: [await device('Tom')], mailbox, lamp: 'short', ring: 3 }),
    );
    await lines.ringing(t, 2002);
    const before = (await fernhill.messages(mailbox)).length;
    const mails = (await server.outbox()).length;
    const lamp = await lines.watching(t, 2001, '2000', 'message-summary', 'application/simple-message-summary');
    await until('the first NOTIFY', async () => /Messages-Waiting: no/i.test(await lamp.messages()), { tell: () => lamp.account() });

    const caller = await lines.carrier(t);
    await caller.dial(lines.ddi(number));
    await caller.happened('CALL_ESTABLISHED');
    await caller.press('1');
    await until('the beep', async () => (await caller.heardMs(BEEP)) >= 200, { within: 60_000, tell: () => server.tail() });
    await speakFor(4_000);
    await caller.hangUp();
    await fernhill.ended(callflow);

    const message = await until('the message', async () => {
      const messages = await fernhill.messages(mailbox);
      return messages.length > before && messages[0];
    });
    const audio = await fernhill.api.send('GET', `${fernhill.path}/voicemail-boxes/${mailbox}/messages/${message.id}/audio`);
    assert.equal(audio.status, 200);
    const file = join(directory, 'message.wav');
    await writeFile(file, audio.bytes);
    const heard = toneMs(await samplesOf(file), CARRIER_TONE);
    assert.ok(heard >= 3_000, `the message holds the tone that was sent: ${heard} ms`);

    const mail = await until('the mail', async () => {
      const outbox = await server.outbox();
      return outbox.length > mails && outbox.at(-1);
    });
    assert.match(mail, /reception@fernhill\.example/);
    await until('the lamp to be lit', async () => /Messages-Waiting: yes/i.test(await lamp.messages()), { tell: () => lamp.account() });
  });

  test('a phone that watches the manual presence sees what the flow sets', async (t) => {
    const callflow = await draw({
      name: 'Lamp',
      numbers: ['2701'],
      flow: step('manual_presence', { presence_id: 'night', status: 'busy' }, { _: step('sleep', { duration: 1, unit: 's' }) }),
    });
    const lamp = await lines.watching(t, 2003, 'night', 'dialog', 'application/dialog-info+xml');
    await until('the first NOTIFY', async () => /dialog-info/.test(await lamp.messages()), { tell: () => lamp.account() });
    assert.doesNotMatch(await lamp.messages(), /<state[^>]*>confirmed</);

    const caller = await lines.desk(t, 2004);
    await caller.dial(`sip:2701@${realm}`);
    await until('the lamp to be busy', async () => /<state[^>]*>confirmed</.test(await lamp.messages()), { tell: () => lamp.account() });
    await fernhill.ended(callflow);
  });

  test('the next call follows the new version, the running call keeps the old one', async (t) => {
    const number = '2702';
    const answered = (extension) =>
      step('device', { id: extension, timeout: 20 });
    const [priya, tom] = [await device('Priya'), await device('Tom')];
    const callflow = await draw({ name: 'Moving', numbers: [number], flow: answered(priya) });
    const [first, second] = [await lines.desk(t, 2001), await lines.desk(t, 2002)];
    const [early, late] = [await lines.desk(t, 2003, { tone: 852 }), await lines.desk(t, 2004, { tone: 941 })];

    await early.dial(`sip:${number}@${realm}`);
    await first.happened('CALL_INCOMING');
    await first.answer();
    await early.happened('CALL_ESTABLISHED');
    await until('sound on the old version', async () => (await first.heardMs(852)) >= 500);

    await fernhill.change(callflow, (document) => ({ ...document, flow: answered(tom) }));
    assert.equal(await fernhill.publish(callflow), 2);
    await until('a call to follow the new version', () => followsTheNewVersion());
    await second.answer();
    await late.happened('CALL_ESTABLISHED');
    await until('sound on the new version', async () => (await second.heardMs(941)) >= 500);
    const before = await first.heardMs(852);
    await until('the old call to go on', async () => (await first.heardMs(852)) >= before + 500);
    assert.equal(first.count('CALL_CLOSED'), first.count('CALL_INCOMING') - 1, 'the running call is still up');

    await late.hangUp();
    await early.hangUp();
    await first.happened('CALL_CLOSED', { count: first.count('CALL_INCOMING') });
    const newest = await fernhill.ended(callflow, 1);
    const oldest = (await fernhill.calls(callflow)).at(-1);
    assert.deepEqual([oldest.callflow_version, newest.callflow_version], [1, 2]);

    // Live in under a second: a call right behind the publication may still follow the version before.
    async function followsTheNewVersion() {
      const [rung, closed] = [first.count('CALL_INCOMING'), late.count('CALL_CLOSED')];
      await late.dial(`sip:${number}@${realm}`);
      await until('a phone to ring', () => second.count('CALL_INCOMING') > 0 || first.count('CALL_INCOMING') > rung);
      if (second.count('CALL_INCOMING') > 0) return true;
      await late.hangUp();
      await late.happened('CALL_CLOSED', { count: closed + 1 });
      return false;
    }
  });

  test('a basic call works over TCP', async (t) => {
    await draw({ name: 'Echo over TCP', numbers: ['2703'], flow: step('echo', {}) });
    const call = await lines.call('caller_talks', 2005, '2703', { port: server.sipTcp, transport: 'tcp' });
    assert.match(await call.read('log'), /answered/);
  });

  test('the demo test tone is heard at 1004 Hz', async (t) => {
    const phone = await lines.desk(t, 2005);
    await phone.dial(`sip:9197@${realm}`);
    await until('the tone', async () => (await phone.heardMs(1_004)) >= 1_000, { tell: () => phone.tail() });
    await phone.hangUp();
  });

  test('the echo comes back', async (t) => {
    const phone = await lines.desk(t, 2005);
    await phone.dial(`sip:9196@${realm}`);
    await until('the echo', async () => (await phone.heardMs(DESK_TONE)) >= 1_000, { tell: () => phone.tail() });
    await phone.hangUp();
  });

  test('a number that no callflow answers goes out by the carrier, with its password, and sound comes back', async (t) => {
    const outside = await lines.outside(t, 'fernhill');
    const carrier = await fernhill.api.post(`${fernhill.path}/carriers`, {
      name: 'Outside lines',
      username: 'fernhill',
      password,
      server: `127.0.0.1:${outside.port}`,
    });
    const callflow = await draw({ name: 'Outside', numbers: ['no_match'], flow: step('resources', {}) });
    t.after(() => fernhill.api.ask('DELETE', `${fernhill.path}/callflows/${callflow}`));
    t.after(() => fernhill.api.ask('DELETE', `${fernhill.path}/carriers/${carrier.id}`));
    const phone = await lines.desk(t, 2001);

    await phone.dial(`sip:01614960999@${realm}`);
    await phone.happened('CALL_ESTABLISHED');
    assert.match((await outside.logged(/asked for (.*)/))[1], /^sip:\+441614960999@127\.0\.0\.1/);
    assert.match(await outside.read('log'), /known true/, 'the carrier was given the right password');
    await until('the sound that the carrier sends back', async () => (await phone.heardMs(DESK_TONE)) >= 1_000, { tell: () => outside.account() });

    await phone.hangUp();
    await outside.done();
    const call = await fernhill.ended(callflow);
    assert.equal(call.direction, 'outbound');
    const kept = await fernhill.api.send('GET', `${fernhill.path}/carriers`);
    assert.doesNotMatch(kept.bytes.toString(), new RegExp(password), 'nobody is shown the password');
  });

  test('a wrong number is refused and said to be unknown', async () => {
    const call = await lines.call('caller_is_refused', 2005, '2999');
    assert.match(await call.read('log'), /refused 404/);
  });
});
