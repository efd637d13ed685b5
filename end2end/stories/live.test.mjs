// Calls are watched while they go on.

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
import { Lines } from '../boundary/lines.mjs';
import { until } from '../boundary/until.mjs';

// The events of an account, as a program reads them.
class Watch {
  static async open(server, path, token) {
    const watch = new Watch();
    watch.stop = new AbortController();
    const answer = await fetch(`${server.http}/api/v1${path}/calls/live`, { headers: { authorization: `Bearer ${token}` }, signal: watch.stop.signal });
    watch.status = answer.status;
    watch.events = [];
    watch.reading = watch.#read(answer).catch(() => {});
    return watch;
  }

  async #read(answer) {
    let text = '';
    for await (const bytes of answer.body.pipeThrough(new TextDecoderStream())) {
      text += bytes;
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end < 0) break;
        const data = /^data: ?(.*)$/m.exec(text.slice(0, end))?.[1];
        if (data) this.events.push(JSON.parse(data).calls);
        text = text.slice(end + 2);
      }
    }
  }

  // The first event that `wanted` takes.
  see(what, wanted) {
    return until(what, () => this.events.find(wanted), { tell: () => JSON.stringify(this.events.at(-1)) });
  }

  close() {
    this.stop.abort();
    return this.reading;
  }
}

describe('live calls', () => {
  let server;
  let fernhill;
  let directory;
  let lines;
  let browser;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-live-'));
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

  test('who watches sees where a call is and what goes on there, until it is over', async (t) => {
    const device = await fernhill.idOf('devices', "Priya's desk phone");
    const made = await fernhill.create({ name: 'Watched', numbers: ['2781'], flow: step('answer', {}, { _: step('device', { id: device, timeout: 30 }) }) });
    await fernhill.publish(made.id);
    const nodes = Object.entries((await fernhill.api.get(`${fernhill.path}/callflows/${made.id}`)).flow.nodes);
    const node = (module) => nodes.find(([, one]) => one.module === module)[0];
    const watch = await Watch.open(server, fernhill.path, fernhill.api.token);
    t.after(() => watch.close());
    await watch.see('that there is no call', (calls) => calls.length === 0);
    const [desk, caller] = await Promise.all([lines.desk(t, 2001), lines.desk(t, 2002)]);
    await caller.dial(`sip:2781@${realm}`);
    const [ringing] = await watch.see('the call ring', (calls) => calls[0]?.doing === 'ringing');
    assert.equal(ringing.phones, 1);
    assert.equal(ringing.caller.number, '2002');
    assert.equal(ringing.callflow.id, made.id);
    assert.deepEqual(ringing.path.map((at) => at.node), [node('answer'), node('device')]);
    await desk.happened('CALL_INCOMING');
    await desk.answer();
    const [talking] = await watch.see('the call talk', (calls) => calls[0]?.doing === 'talking');
    assert.equal(talking.device, device);
    await caller.hangUp();
    await watch.see('the call end', (calls, at) => at > 0 && calls.length === 0);
  });

  test('a server that refuses for a while is asked again until it tells', async (t) => {
    const made = await fernhill.create({ name: 'Asked again', numbers: [], flow: step('answer', {}) });
    const page = await browser.person({ origin: server.http });
    t.after(() => page.context().close());
    const editor = await Editor.signIn(page);
    await editor.open(fernhill.id, made.id);
    let refusals = 0;
    await page.route('**/calls/live', (route) => {
      refusals += 1;
      return refusals > 2 ? route.continue() : route.fulfill({ status: 503, body: '' });
    });
    await page.getByRole('button', { name: /^Live/ }).click();
    const panel = page.getByRole('complementary', { name: 'Active calls' });
    await panel.getByText('Nobody is in this callflow at the moment.').waitFor();
    assert.equal(refusals, 3);
  });

  test('another account sees nothing of it, and strangers nothing at all', async (t) => {
    const stranger = await Watch.open(server, fernhill.path, 'no-such-token');
    assert.equal(stranger.status, 401);
    await stranger.close();
    const oakfield = await server.api.signIn('admin@oakfield.example', 'fern-hill-42');
    const other = await Watch.open(server, fernhill.path, oakfield.token);
    assert.ok([403, 404].includes(other.status), String(other.status));
    await other.close();
    const strange = await oakfield.send('POST', `${fernhill.path}/calls/some/hang-up`);
    assert.ok([403, 404].includes(strange.status), String(strange.status));
    const none = await fernhill.api.send('POST', `${fernhill.path}/calls/some/hang-up`);
    assert.equal(none.status, 404);
  });

  for (const theme of ['light', 'dark']) {
    test(`the diagram shows where calls are, and a call its path, ${theme}`, async (t) => {
      const device = await fernhill.idOf('devices', "Priya's desk phone");
      const number = theme === 'light' ? '2782' : '2783';
      const made = await fernhill.create({ name: `On the diagram, ${theme}`, numbers: [number], flow: step('answer', {}, { _: step('device', { id: device, timeout: 30 }) }) });
      await fernhill.publish(made.id);
      const page = await browser.person({ origin: server.http, colorScheme: theme });
      t.after(() => page.context().close());
      const editor = await Editor.signIn(page);
      await editor.open(fernhill.id, made.id);
      await page.getByRole('button', { name: /^Live/ }).click();
      const panel = page.getByRole('complementary', { name: 'Active calls' });
      await panel.getByText('Nobody is in this callflow at the moment.').waitFor();
      const [desk, caller] = await Promise.all([lines.desk(t, 2001), lines.desk(t, 2002)]);
      await caller.dial(`sip:${number}@${realm}`);
      await editor.step(/^Device.*1 call here now/).waitFor();
      const row = panel.getByRole('row', { name: /2002/ });
      await row.getByText('Ringing 1 phone').waitFor();
      await desk.happened('CALL_INCOMING');
      await desk.answer();
      await row.getByText("Talking, Priya's desk phone").waitFor();
      await row.getByText(/00:0[1-9]/).waitFor();
      await row.getByRole('button', { name: '2002' }).click();
      await until('the path to be shown', async () => (await editor.tree.locator('.node.on-path').count()) === 2);
      const messages = panel.getByRole('list', { name: 'SIP messages' });
      await messages.getByRole('button', { name: /^00\.000, INVITE from / }).waitFor();
      await messages.getByRole('button', { name: /ACK to Priya's desk phone/ }).click();
      await panel.getByRole('region', { name: 'The message' }).getByText(/^ACK sip:desk2001\b/).waitFor();
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `live-${theme}`);
      await row.getByRole('button', { name: 'Hang up' }).click();
      await caller.happened('CALL_CLOSED');
      await desk.happened('CALL_CLOSED');
      await panel.getByText('Nobody is in this callflow at the moment.').waitFor();
      await page.getByRole('link', { name: 'Edit', exact: true }).click();
      await panel.waitFor({ state: 'detached' });
      await editor.ready();
      assert.deepEqual(page.troubles, []);
    });
  }
});
