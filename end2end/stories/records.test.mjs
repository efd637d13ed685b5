// What is known of a call when it is over.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser, accessibility, picture } from '../boundary/browser.mjs';
import { Editor } from '../boundary/editor.mjs';
import { Server } from '../boundary/server.mjs';
import { Fernhill, realm } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { DESK_TONE, Lines } from '../boundary/lines.mjs';
import { until } from '../boundary/until.mjs';

describe('records of calls', () => {
  let server;
  let fernhill;
  let directory;
  let lines;
  let browser;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-records-'));
    server = await Server.start();
    fernhill = await Fernhill.open(server);
    lines = new Lines(server, directory);
    browser = await Browser.start();
  });

  after(async () => {
    await browser?.stop();
    await server?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  for (const [theme, viewport] of [
    ['light', { width: 1440, height: 900 }],
    ['dark', { width: 390, height: 844 }],
  ]) {
    test(`each leg tells whom it led to, when, and how it sounded, ${theme}`, async (t) => {
      const device = await fernhill.idOf('devices', "Priya's desk phone");
      const number = theme === 'light' ? '2795' : '2796';
      const made = await fernhill.create({ name: `Sounds, ${theme}`, numbers: [number], flow: step('device', { id: device, timeout: 30 }) });
      await fernhill.publish(made.id);
      const [desk, caller] = await Promise.all([lines.desk(t, 2001), lines.desk(t, 2002)]);
      await caller.dial(`sip:${number}@${realm}`);
      await desk.happened('CALL_INCOMING');
      await desk.answer();
      await until('two seconds of speech', async () => (await caller.heardMs(DESK_TONE)) >= 2_000);
      await caller.hangUp();
      const call = await fernhill.ended(made.id);
      const { legs } = await fernhill.api.get(`${fernhill.path}/calls/${call.id}`);
      assert.equal(legs.length, 2);
      assert.ok(legs.every((leg) => leg.media.mos > 4 && leg.media.packets_lost === 0), JSON.stringify(legs));

      const page = await browser.person({ origin: server.http, colorScheme: theme, viewport });
      t.after(() => page.context().close());
      await Editor.signIn(page);
      await page.goto(`/a/${fernhill.id}/calls/${call.id}`);
      const table = page.getByRole('region', { name: 'Legs' });
      await table.getByRole('row').filter({ hasText: "Priya's desk phone" }).getByText(/Good, 4\.\d/).waitFor();
      await table.getByText(/0\.0 % lost, jitter \d+ ms/).first().waitFor();
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `call-${theme}`);
      await page.goto(`/a/${fernhill.id}/calls`);
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `calls-${theme}`);
      assert.deepEqual(page.troubles, []);
    });
  }

  test('phones that report tell how far away they are and what they missed', async (t) => {
    const device = await fernhill.idOf('devices', "Priya's desk phone");
    const made = await fernhill.create({ name: 'Far away', numbers: ['2798'], flow: step('device', { id: device, timeout: 30 }) });
    await fernhill.publish(made.id);
    const [desk, caller] = await Promise.all([lines.desk(t, 2001), lines.desk(t, 2002)]);
    await caller.dial(`sip:2798@${realm}`);
    await desk.happened('CALL_INCOMING');
    await desk.answer();
    // A phone of this kind reports every five seconds.
    await until('two reports of the phone', async () => (await caller.heardMs(DESK_TONE)) >= 11_000, { within: 30_000 });
    await caller.hangUp();
    const call = await fernhill.ended(made.id);
    const { legs } = await fernhill.api.get(`${fernhill.path}/calls/${call.id}`);
    for (const { media } of legs) {
      assert.ok(media.round_trip_ms >= 0 && media.round_trip_ms < 1_000, JSON.stringify(media));
      assert.equal(media.far_lost, 0, JSON.stringify(media));
    }
    const page = await browser.person({ origin: server.http });
    t.after(() => page.context().close());
    await Editor.signIn(page);
    await page.goto(`/a/${fernhill.id}/calls/${call.id}`);
    const table = page.getByRole('region', { name: 'Legs' });
    await table.getByText(/round trip \d+ ms; of what was sent, 0\.0 % lost/).first().waitFor();
    assert.deepEqual(page.troubles, []);
  });

  test('calls are found by number, name, direction, result and day', async (t) => {
    const missed = await fernhill.create({ name: 'Refuses', numbers: ['2797'], flow: step('response', { code: 486 }) });
    await fernhill.publish(missed.id);
    await lines.call('caller_is_refused', 2004, '2797');
    await fernhill.ended(missed.id);
    const page = await browser.person({ origin: server.http, javaScriptEnabled: false });
    t.after(() => page.context().close());
    await Editor.signIn(page);
    await page.goto(`/a/${fernhill.id}/calls`);
    const rows = page.getByRole('region', { name: 'Table' }).locator('tbody').getByRole('row');
    const ask = async (choices) => {
      await page.goto(`/a/${fernhill.id}/calls`);
      for (const [label, choice] of Object.entries(choices)) {
        const field = page.getByLabel(label, { exact: true });
        await ((await field.evaluate((element) => element.tagName)) === 'SELECT' ? field.selectOption({ label: choice }) : field.fill(choice));
      }
      await page.getByRole('button', { name: 'Show' }).click();
      await page.waitForURL(/\?/);
      return (await rows.allInnerTexts()).join('\n');
    };
    assert.match(await ask({ Result: 'Not answered' }), /2797/);
    assert.doesNotMatch(await ask({ Result: 'Answered' }), /2797/);
    assert.match(await ask({ 'Find a call': 'Osei' }), /2797/);
    assert.equal(await ask({ Direction: 'Inbound' }), '');
    const today = (await fernhill.calls(missed.id))[0].started_at.slice(0, 10);
    assert.match(await ask({ From: today, To: today }), /2797/);
    assert.equal(await ask({ To: '2020-01-01' }), '');
    const of = async (query) => (await fernhill.api.all(`${fernhill.path}/calls?${query}`)).map((call) => call.callee_number);
    assert.ok((await of('answered=false&direction=internal')).includes('2797'));
    assert.ok(!(await of('answered=true')).includes('2797'));
    assert.deepEqual(await of('before=2020-01-01T00:00:00Z'), []);
    const wrong = await fernhill.api.send('GET', `${fernhill.path}/calls?since=yesterday`);
    assert.equal(wrong.status, 400);
  });
});
