// What was said between the phones of a call and the exchange.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessibility, picture } from '../boundary/browser.mjs';
import { Studio } from '../boundary/studio.mjs';
import { realm } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { Lines } from '../boundary/lines.mjs';
import { until } from '../boundary/until.mjs';

// How a capture file of microseconds begins, on machines of either kind.
const CAPTURES = ['d4c3b2a1', 'a1b2c3d4'];

describe('SIP messages of a call', () => {
  let studio;
  let directory;
  let lines;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-ladder-'));
    studio = await Studio.open();
    lines = new Lines(studio.server, directory);
  });

  after(async () => {
    await studio?.close();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  // Two phones ring, one answers; the call's record.
  async function call(t, number) {
    const { fernhill } = studio;
    const members = [];
    for (const name of ["Priya's desk phone", "Helen's desk phone"]) {
      members.push({ id: await fernhill.idOf('devices', name), endpoint_type: 'device', timeout: '20' });
    }
    const made = await fernhill.create({ name: `Both ring, ${number}`, numbers: [number], flow: step('ring_group', { endpoints: members, timeout: 20 }) });
    await fernhill.publish(made.id);
    const [first, second, caller] = await Promise.all([lines.desk(t, 2001), lines.desk(t, 2003), lines.desk(t, 2002)]);
    await caller.dial(`sip:${number}@${realm}`);
    await Promise.all([first.happened('CALL_INCOMING'), second.happened('CALL_INCOMING')]);
    await first.answer();
    await second.happened('CALL_CLOSED');
    await caller.hangUp();
    const record = await fernhill.ended(made.id);
    const path = `${fernhill.path}/calls/${record.id}`;
    // The last messages come after the end.
    await until('the messages to be kept', async () => (await fernhill.api.send('GET', `${path}/messages`)).status === 200);
    return { record, path };
  }

  test('each message is told with its parties, secrets are not, and Wireshark gets a file', async (t) => {
    const { path } = await call(t, '2771');
    const { api } = studio.fernhill;
    const { messages, left_out: missing } = await api.get(`${path}/messages`);
    assert.equal(missing, 0);
    const words = messages.map((one) => `${one.sent ? '>' : '<'} ${one.code ?? one.what}`);
    for (const word of ['< INVITE', '> INVITE', '> CANCEL', '< 487', '< BYE', '> BYE']) assert.ok(words.includes(word), `${word} in ${words}`);
    assert.equal(words[0], '< INVITE');
    const whole = messages.map((one) => one.text).join('\n');
    assert.match(whole, /response="hidden"/);
    assert.doesNotMatch(whole, /response="[0-9a-f]{8}/);
    const file = await api.send('GET', `${path}/pcap`);
    assert.equal(file.headers.get('content-type'), 'application/vnd.tcpdump.pcap');
    assert.ok(CAPTURES.includes(file.bytes.subarray(0, 4).toString('hex')));
    assert.ok(file.bytes.includes('CANCEL sip:'));
    const oakfield = await studio.server.api.signIn('admin@oakfield.example', 'fern-hill-42');
    for (const rest of ['messages', 'pcap']) {
      const strange = await oakfield.send('GET', `${path}/${rest}`);
      assert.ok([403, 404].includes(strange.status), String(strange.status));
    }
  });

  for (const [number, options] of [
    ['2772', { colorScheme: 'light', viewport: { width: 1440, height: 900 } }],
    ['2773', { colorScheme: 'dark', viewport: { width: 390, height: 844 } }],
  ]) {
    test(`the page of a call draws them as a ladder, ${options.colorScheme}`, async (t) => {
      const { record } = await call(t, number);
      const { page } = await studio.signedIn(t, options);
      await page.goto(`/a/${studio.fernhill.id}/calls/${record.id}`);
      const ladder = page.getByRole('region', { name: 'SIP ladder' });
      const messages = ladder.getByRole('list', { name: 'SIP messages' });
      const cancel = messages.getByRole('button', { name: /CANCEL to Helen's desk phone/ });
      await until('the page to be alive', async () => {
        await cancel.click();
        return (await cancel.getAttribute('aria-pressed')) === 'true';
      });
      await ladder.getByRole('region', { name: 'The message' }).getByText(/^CANCEL sip:desk2003\b/).waitFor();
      await ladder.getByText(/^RTP/).first().waitFor({ state: 'attached' });
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `ladder-${options.colorScheme}`);
      assert.deepEqual(page.troubles, []);
    });
  }
});
