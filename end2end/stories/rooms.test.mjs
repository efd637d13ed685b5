// Many at once: conferences, pages, and recordings of calls.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from '../boundary/server.mjs';
import { Fernhill, realm } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { CARRIER_TONE, DESK_TONE, Lines } from '../boundary/lines.mjs';
import { samplesOf, toneMs } from '../boundary/audio.mjs';
import { until } from '../boundary/until.mjs';

describe('rooms', () => {
  let server;
  let fernhill;
  let directory;
  let lines;
  let device;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-rooms-'));
    server = await Server.start();
    fernhill = await Fernhill.open(server);
    lines = new Lines(server, directory);
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

  test('a recorded call is kept with the caller on the left and the callee on the right', async (t) => {
    const number = '+441614960127';
    const rung = step('device', { id: await device('Priya'), timeout: 20 });
    const data = { action: 'start', format: 'wav', record_on_bridge: true, label: 'story' };
    const callflow = await draw({ name: 'Recorded', numbers: [number], flow: step('record_call', data, { _: rung }) });
    const [desk, carrier] = [await lines.desk(t, 2001), await lines.carrier(t)];
    await carrier.dial(lines.ddi(number));
    await desk.happened('CALL_INCOMING');
    await desk.answer();
    await until('both to be heard', async () => (await desk.heardMs(CARRIER_TONE)) >= 2_000 && (await carrier.heardMs(DESK_TONE)) >= 2_000);
    await carrier.hangUp();
    const call = await fernhill.ended(callflow);

    const [recording] = await fernhill.api.all(`${fernhill.path}/recordings?call=${call.id}`);
    assert.equal(recording.label, 'story');
    assert.equal(recording.whole_call, true);
    assert.ok(recording.duration_ms >= 2_000, `it is as long as the talk: ${recording.duration_ms} ms`);
    const path = `${fernhill.path}/recordings/${recording.id}`;
    const audio = await fernhill.api.send('GET', `${path}/audio`);
    const file = join(directory, 'recording.wav');
    await writeFile(file, audio.bytes);
    const [left, right] = [await samplesOf(file, 1), await samplesOf(file, 2)];
    for (const [side, samples, own, other] of [
      ['left', left, CARRIER_TONE, DESK_TONE],
      ['right', right, DESK_TONE, CARRIER_TONE],
    ]) {
      assert.ok(toneMs(samples, own) >= 1_500, `the ${side} side holds its tone: ${toneMs(samples, own)} ms`);
      assert.equal(toneMs(samples, other), 0, `and not the other's`);
    }
    await fernhill.api.ask('DELETE', path);
    assert.deepEqual(await fernhill.api.all(`${fernhill.path}/recordings?call=${call.id}`), []);
  });

  test('phones in a conference hear each other, and one is put out', async (t) => {
    const room = await fernhill.api.post(`${fernhill.path}/conferences`, {
      name: 'Story',
      member: { join_muted: false },
      play_welcome: false,
    });
    await draw({ name: 'Conference', numbers: ['2711'], flow: step('conference', { id: room.id }) });
    const [one, two] = [await lines.desk(t, 2001, { tone: 852 }), await lines.desk(t, 2002, { tone: 941 })];
    await one.dial(`sip:2711@${realm}`);
    await one.happened('CALL_ESTABLISHED');
    await two.dial(`sip:2711@${realm}`);
    await two.happened('CALL_ESTABLISHED');
    await until('each to hear the other', async () => (await one.heardMs(941)) >= 1_000 && (await two.heardMs(852)) >= 1_000);
    assert.equal(await one.heardMs(852), 0, 'nobody hears themselves');

    const path = `${fernhill.path}/conferences/${room.id}/members`;
    const members = (await fernhill.api.get(path)).items;
    assert.equal(members.length, 2);
    const first = members.find((member) => member.caller_number === '2001');
    await fernhill.api.ask('POST', `${path}/${first.call}/kick`);
    await one.happened('CALL_CLOSED');
    assert.equal((await fernhill.api.get(path)).items.length, 1);
    await two.hangUp();
  });

  test('a page is heard by phones that answer, and ends with the caller', async (t) => {
    const members = [await device('Priya'), await device('Tom')].map((id) => ({ id, endpoint_type: 'device' }));
    await draw({ name: 'Page', numbers: ['2712'], flow: step('page_group', { endpoints: members, timeout: 20 }) });
    const listeners = [await lines.desk(t, 2001), await lines.desk(t, 2002)];
    const caller = await lines.desk(t, 2003, { tone: 852 });
    await caller.dial(`sip:2712@${realm}`);
    for (const phone of listeners) {
      await phone.happened('CALL_INCOMING');
      const [invite] = phone.messages(/^INVITE sip:/m);
      assert.match(invite, /answer-after=0/, 'the phone is asked to answer by itself');
      await phone.answer();
    }
    for (const phone of listeners) {
      await until('the page to be heard', async () => (await phone.heardMs(852)) >= 1_000);
      assert.equal(await phone.heardMs(DESK_TONE), 0, 'phones do not hear each other');
    }
    await caller.hangUp();
    for (const phone of listeners) await phone.happened('CALL_CLOSED');
  });
});
