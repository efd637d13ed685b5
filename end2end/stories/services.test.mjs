// What people do with their own phone by keys: hear their mailbox, turn switches.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from '../boundary/server.mjs';
import { Fernhill, realm } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { CARRIER_TONE, Lines, speakFor } from '../boundary/lines.mjs';
import { until } from '../boundary/until.mjs';

const BEEP = 440;

describe('services by phone', () => {
  let server;
  let fernhill;
  let directory;
  let lines;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-services-'));
    server = await Server.start();
    fernhill = await Fernhill.open(server);
    lines = new Lines(server, directory);
  });

  after(async () => {
    await server?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  async function draw(name, number, flow) {
    const callflow = await fernhill.create({ name, numbers: [number], flow });
    await fernhill.publish(callflow.id);
    return callflow.id;
  }

  function heard(phone, hertz, ms) {
    return until(`${phone.name} to hear ${hertz} Hz`, async () => (await phone.heardMs(hertz)) >= ms, {
      within: 30_000,
      tell: () => phone.tail(),
    });
  }

  test('a message is heard by its owner on *97, and deleted by key 7', async (t) => {
    const mailbox = await fernhill.idOf('voicemail-boxes', 'Priya Nair');
    const number = '+441614960127';
    await draw('Straight to the mailbox', number, step('voicemail', { id: mailbox }));
    const caller = await lines.carrier(t);
    await caller.dial(lines.ddi(number));
    await caller.happened('CALL_ESTABLISHED');
    await heard(caller, BEEP, 300);
    await speakFor(3_000);
    await caller.hangUp();
    await until('the message', async () => (await fernhill.messages(mailbox)).length === 1, { tell: () => server.tail() });

    const owner = await lines.desk(t, 2001);
    const lamp = await lines.watching(t, 2001, '2001', 'message-summary', 'application/simple-message-summary');
    await until('the lamp to be lit', async () => /Messages-Waiting: yes/i.test(await lamp.messages()), { tell: () => lamp.account() });
    await owner.dial(`sip:*97@${realm}`);
    await owner.happened('CALL_ESTABLISHED');
    await owner.press('1');
    await heard(owner, CARRIER_TONE, 1_500);
    await owner.press('7');
    await until('the message to be gone', async () => (await fernhill.messages(mailbox)).length === 0, { tell: () => server.tail() });
    await owner.hangUp();
    await until('the lamp to be out', async () => /Messages-Waiting: no/i.test(await lamp.messages()), { tell: () => lamp.account() });
  });

  test('do not disturb, turned on by phone, sends calls on until it is turned off', async (t) => {
    await draw('Do not disturb', '*78', step('do_not_disturb', { action: 'activate' }));
    await draw('Disturb again', '*79', step('do_not_disturb', { action: 'deactivate' }));
    const user = await fernhill.idOf('users', 'Tom Ashworth');
    const away = step('response', { code: 486, message: 'Away' });
    const absent = step('response', { code: 480, message: 'Rang in vain' });
    await draw('Tom by key', '2302', step('user', { id: user, timeout: 1 }, { DO_NOT_DISTURB: away, _: absent }));
    const owner = await lines.desk(t, 2002);
    const closed = async (code, count) => {
      await owner.dial(`sip:${code}@${realm}`);
      await owner.happened('CALL_CLOSED', { count });
    };
    const refusal = async () => (await lines.call('caller_is_refused', 2003, '2302')).read('log');
    await closed('*78', 1);
    assert.match(await refusal(), /refused 486/);
    await closed('*79', 2);
    assert.match(await refusal(), /refused 480/);
  });
});
