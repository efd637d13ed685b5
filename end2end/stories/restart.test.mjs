// The program is stopped, or dies, and starts again.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from '../boundary/server.mjs';
import { Fernhill, realm } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { DESK_TONE, Lines } from '../boundary/lines.mjs';
import { until } from '../boundary/until.mjs';

describe('a restart', () => {
  let directory;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-restart-'));
  });

  after(() => rm(directory, { recursive: true, force: true }));

  for (const [how, signal] of [['an ordered', 'SIGTERM'], ['a sudden', 'SIGKILL']]) {
    test(`a phone is called after ${how} restart without having registered again`, async (t) => {
      const number = '+441614960128';
      const first = await Server.start({ env: { PATCHCORD_LOG: 'info,server::feed=debug' } });
      let server = first;
      t.after(() => server.stop());
      const fernhill = await Fernhill.open(first);
      const device = await fernhill.idOf('devices', "Priya's desk phone");
      const made = await fernhill.create({ name: 'Desk', numbers: [number], flow: step('device', { id: device, timeout: 20 }) });
      await fernhill.publish(made.id);
      const desk = await new Lines(first, directory).desk(t, 2001);
      const registered = desk.messages(/^REGISTER /m).length;
      if (signal === 'SIGKILL') {
        // What a second has not written is not promised.
        await until('the registration to be kept', () => /registrations are kept/.test(first.said), { tell: () => first.tail() });
        first.child.kill(signal);
        await first.ended;
      } else {
        await first.stop({ keep: true });
      }
      server = await Server.start({ data: first.data, env: { PATCHCORD_SIP: `127.0.0.1:${first.sipUdp}` } });
      const caller = await new Lines(server, directory).carrier(t);
      await caller.dial(`sip:${number}@127.0.0.1:${server.sipUdp}`);
      await desk.happened('CALL_INCOMING');
      await desk.answer();
      await until('the caller to hear the desk', async () => (await caller.heardMs(DESK_TONE)) >= 500, { tell: () => caller.tail() });
      assert.equal(desk.messages(/^REGISTER /m).length, registered, 'the phone has not registered again');
      await caller.hangUp();
      await desk.happened('CALL_CLOSED');
    });
  }

  test('a call goes on while the program waits to stop; a new one is refused; a second signal ends it', async (t) => {
    const server = await Server.start({ env: { PATCHCORD_GRACE: '120' } });
    t.after(() => server.stop());
    const fernhill = await Fernhill.open(server);
    const made = await fernhill.create({ name: 'Echo', numbers: ['2751'], flow: step('echo', {}) });
    await fernhill.publish(made.id);
    const lines = new Lines(server, directory);
    const desk = await lines.desk(t, 2001);
    const other = await lines.desk(t, 2002);
    await desk.dial(`sip:2751@${realm}`);
    await desk.happened('CALL_ESTABLISHED');
    server.child.kill('SIGTERM');
    await until('the program to be no longer ready', async () => (await fetch(`${server.http}/readyz`)).status === 503);
    await other.dial(`sip:2751@${realm}`);
    const closed = await other.happened('CALL_CLOSED');
    assert.match(closed.param, /503/);
    const before = await desk.heardMs(DESK_TONE);
    await until('the echo to go on', async () => (await desk.heardMs(DESK_TONE)) >= before + 500, { tell: () => desk.tail() });
    assert.equal((await fetch(`${server.http}/healthz`)).status, 200);
    server.child.kill('SIGTERM');
    await desk.happened('CALL_CLOSED');
    assert.equal(await server.ended, 0);
  });
});
