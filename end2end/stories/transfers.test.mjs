// A conversation goes to somebody else: phones of another make ask for it as they do everywhere.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from '../boundary/server.mjs';
import { Fernhill, realm } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { CARRIER_TONE, DESK_TONE, Lines } from '../boundary/lines.mjs';
import { until } from '../boundary/until.mjs';

const TARGET_TONE = 852;

describe('transfers', () => {
  let server;
  let fernhill;
  let directory;
  let lines;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-transfers-'));
    server = await Server.start();
    fernhill = await Fernhill.open(server);
    lines = new Lines(server, directory);
  });

  after(async () => {
    await server?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  // A callflow that rings somebody's desk phone, and nothing else, until the test ends.
  async function rings(t, first, numbers) {
    const id = await fernhill.idOf('devices', `${first}'s desk phone`);
    return draw(t, { name: `${first} alone`, numbers, flow: step('device', { id, timeout: 20 }) });
  }

  async function draw(t, document) {
    const callflow = await fernhill.create(document);
    await fernhill.publish(callflow.id);
    t.after(() => fernhill.api.ask('DELETE', `${fernhill.path}/callflows/${callflow.id}`));
    return callflow.id;
  }

  // Somebody outside talks with the desk of 2001.
  async function conversation(t, number) {
    const [desk, carrier] = [await lines.desk(t, 2001), await lines.carrier(t)];
    await carrier.dial(lines.ddi(number));
    await desk.happened('CALL_INCOMING');
    await desk.answer();
    await carrier.happened('CALL_ESTABLISHED');
    return { desk, carrier };
  }

  async function hear(one, other, tones) {
    const before = [await one.heardMs(tones[1]), await other.heardMs(tones[0])];
    await until('both to hear each other', async () => {
      const now = [await one.heardMs(tones[1]), await other.heardMs(tones[0])];
      return now.every((ms, at) => ms >= before[at] + 800);
    }, { tell: () => `${one.tail()}\n${other.tail()}` });
  }

  test('the desk sends a caller on to a colleague and is told how it goes', async (t) => {
    const number = '+441614960127';
    const callflow = await rings(t, 'Priya', [number]);
    await rings(t, 'Tom', ['2712']);
    const { desk, carrier } = await conversation(t, number);
    const colleague = await lines.desk(t, 2002, { tone: TARGET_TONE });

    await desk.tell('transfer', `sip:2712@${realm}`);
    await colleague.happened('CALL_INCOMING');
    await colleague.answer();
    await desk.happened('CALL_CLOSED');
    for (const line of ['100 Trying', '180 Ringing', '200 OK']) {
      assert.match(desk.said, new RegExp(`SIP/2.0 ${line}`), `the desk is told ${line}`);
    }
    await hear(carrier, colleague, [CARRIER_TONE, TARGET_TONE]);

    await colleague.hangUp();
    await carrier.happened('CALL_CLOSED');
    const call = await fernhill.ended(callflow);
    assert.equal(call.hangup_cause, 'NORMAL_CLEARING', JSON.stringify(call));
    const trace = await fernhill.trace(call);
    assert.ok(
      trace.some((entry) => /transferred to 2712/.test(JSON.stringify(entry))),
      `the record says where the call went: ${JSON.stringify(trace)}`,
    );
  });

  test('the desk that has hung up rings again when the colleague does not take the caller', async (t) => {
    const number = '+441614960128';
    await rings(t, 'Priya', [number]);
    await rings(t, 'Tom', ['2713']);
    const { desk, carrier } = await conversation(t, number);
    const colleague = await lines.desk(t, 2002, { tone: TARGET_TONE });

    await desk.tell('transfer', `sip:2713@${realm}`);
    await colleague.happened('CALL_INCOMING');
    await desk.hangUp();
    await desk.happened('CALL_CLOSED');
    await colleague.hangUp();
    await desk.happened('CALL_INCOMING', { count: 2 });
    await desk.answer();
    await hear(carrier, desk, [CARRIER_TONE, DESK_TONE]);
    await carrier.hangUp();
    await desk.happened('CALL_CLOSED', { count: 2 });
  });

  test('a number that is not there is refused to the desk', async (t) => {
    const number = '+441614960128';
    await rings(t, 'Priya', [number]);
    const { desk } = await conversation(t, number);
    await desk.tell('transfer', `sip:2999@${realm}`);
    await desk.happened('TRANSFER_FAILED');
    assert.ok(desk.messages(/^SIP\/2\.0 404 Not Found/m).length > 0, desk.tail());
  });

  test('a caller is parked by a transfer to a slot, and fetched by whoever dials it', async (t) => {
    const number = '+441614960128';
    await rings(t, 'Priya', [number]);
    await draw(t, { name: 'Park', numbers: ['*7105'], flow: step('park', { action: 'park', slot: '105' }) });
    await draw(t, { name: 'Fetch', numbers: ['*8105'], flow: step('park', { action: 'retrieve', slot: '105' }) });
    const lamp = await lines.watching(t, 2003, '*3105', 'dialog', 'application/dialog-info+xml');
    const { desk, carrier } = await conversation(t, number);
    const colleague = await lines.desk(t, 2002, { tone: TARGET_TONE });

    await desk.tell('transfer', `sip:*7105@${realm}`);
    await desk.happened('CALL_CLOSED');
    await until('the lamp of the slot', async () => /<state[^>]*>early</.test(await lamp.messages()), { tell: () => lamp.account() });
    await colleague.dial(`sip:*8105@${realm}`);
    await colleague.happened('CALL_ESTABLISHED');
    await hear(carrier, colleague, [CARRIER_TONE, TARGET_TONE]);
    await carrier.hangUp();
    await colleague.happened('CALL_CLOSED');
  });

  test('a parked caller whom nobody fetches comes back to the desk, which is told the slot', async (t) => {
    const number = '+441614960128';
    await rings(t, 'Priya', [number]);
    await draw(t, {
      name: 'Park for a moment',
      numbers: ['*7106'],
      flow: step('park', { action: 'park', slot: '106', default_ringback_timeout: 1_000 }),
    });
    const { desk, carrier } = await conversation(t, number);
    await desk.tell('transfer', `sip:*7106@${realm}`);
    await desk.happened('CALL_CLOSED');
    await desk.happened('CALL_INCOMING', { count: 2 });
    assert.ok(desk.messages(/^From: "Parking slot 106/m).length > 0, desk.tail());
    await desk.answer();
    await hear(carrier, desk, [CARRIER_TONE, DESK_TONE]);
    await carrier.hangUp();
    await desk.happened('CALL_CLOSED', { count: 2 });
  });

  // The desk's own keys in a conversation, as KAZOO's documents have them, until the test ends.
  async function keys(t, first, metaflows) {
    const path = `${fernhill.path}/devices/${await fernhill.idOf('devices', `${first}'s desk phone`)}`;
    const write = async (change) => {
      const now = await fernhill.api.get(path);
      await fernhill.api.ask('PUT', path, { body: change({ ...now }), headers: { 'if-match': `"${now.revision}"` } });
    };
    await write((device) => ({ ...device, metaflows }));
    t.after(() => write(({ metaflows: _, ...device }) => device));
  }

  test('the desk transfers by keys alone: first a word with the colleague, then it hangs up', async (t) => {
    const number = '+441614960128';
    await keys(t, 'Priya', { binding_digit: '*', digit_timeout: 1_000, patterns: { '^3(\\d{4})$': { module: 'transfer', data: {} } } });
    await rings(t, 'Priya', [number]);
    await rings(t, 'Tom', ['2715']);
    const { desk, carrier } = await conversation(t, number);
    const colleague = await lines.desk(t, 2002, { tone: TARGET_TONE });

    await desk.press('*32715');
    await colleague.happened('CALL_INCOMING');
    await colleague.answer();
    await hear(desk, colleague, [DESK_TONE, TARGET_TONE]);
    const before = await colleague.heardMs(CARRIER_TONE);
    await desk.hangUp();
    await until('the caller to be taken off hold', () => carrier.messages(/^a=sendonly/m).length > 0 && /CSeq: 2 INVITE/.test(carrier.said), {
      tell: () => carrier.tail(),
    });
    // This phone records nothing of what it hears after a hold; that sound goes both ways is seen in the runtime's tests.
    await until('the colleague to hear the caller', async () => (await colleague.heardMs(CARRIER_TONE)) >= before + 1_000, { tell: () => colleague.tail() });
    await carrier.hangUp();
    await colleague.happened('CALL_CLOSED');
  });

  // How a phone names the dialog of its first call to somebody who is to take its place (RFC 3891).
  function dialogOf(phone) {
    const field = (message, pattern) => pattern.exec(message)?.[1];
    const answer = phone.messages(/^SIP\/2\.0 200 .*/m).find((message) => /^CSeq: \d+ INVITE/m.test(message));
    return {
      callId: field(answer, /^Call-ID: (\S+)/m),
      exchange: field(answer, /^From: .*;tag=([^;\s]+)/m),
      own: field(answer, /^To: .*;tag=([^;\s]+)/m),
    };
  }

  test('the desk asks a colleague first, then joins the caller with the colleague and leaves both', async (t) => {
    const number = '+441614960129';
    await rings(t, 'Priya', [number]);
    await rings(t, 'Tom', ['2714']);
    const { desk, carrier } = await conversation(t, number);
    const colleague = await lines.desk(t, 2002, { tone: TARGET_TONE });
    await desk.dial(`sip:2714@${realm}`);
    await colleague.happened('CALL_INCOMING');
    await colleague.answer();
    await desk.happened('CALL_ESTABLISHED', { count: 2 });
    await hear(desk, colleague, [DESK_TONE, TARGET_TONE]);

    const { callId, exchange, own } = dialogOf(desk);
    const replaces = encodeURIComponent(`${callId};to-tag=${exchange};from-tag=${own}`);
    await desk.tell('transfer', `<sip:trunk@${realm}?Replaces=${replaces}>`);
    await desk.happened('CALL_CLOSED', { count: 2 });
    await hear(carrier, colleague, [CARRIER_TONE, TARGET_TONE]);
    await carrier.hangUp();
    await colleague.happened('CALL_CLOSED');
  });

  test('a phone that is told the dialog takes the place of the desk', async (t) => {
    const number = '+441614960127';
    await rings(t, 'Priya', [number]);
    const { desk, carrier } = await conversation(t, number);
    const { callId, exchange, own } = dialogOf(desk);

    const call = await lines.replacing(t, 2004, 'trunk', `${callId};to-tag=${exchange};from-tag=${own}`);
    await call.logged(/answered/);
    await desk.happened('CALL_CLOSED');
    assert.equal(carrier.count('CALL_CLOSED'), 0, 'the caller stays');
    await carrier.hangUp();
    await call.done();
  });
});
