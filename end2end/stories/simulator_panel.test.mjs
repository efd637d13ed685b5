// The simulator in the editor: the draft on the screen as a caller hears it, and no real phone rings.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser, accessibility, picture } from '../boundary/browser.mjs';
import { Editor } from '../boundary/editor.mjs';
import { Server } from '../boundary/server.mjs';
import { Fernhill } from '../boundary/demo.mjs';
import { Lines } from '../boundary/lines.mjs';
import { Simulator } from '../boundary/simulator.mjs';

const SUNDAY_NIGHT = '2026-11-29T03:00';
const MONDAY_MORNING = '2026-11-30T10:00';

describe('the simulator in the editor', () => {
  let server;
  let fernhill;
  let browser;
  let directory;
  let mainLine;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-panel-'));
    server = await Server.start();
    fernhill = await Fernhill.open(server);
    mainLine = await fernhill.api.named(`${fernhill.path}/callflows`, 'Main line');
    browser = await Browser.start();
  });

  after(async () => {
    await browser?.stop();
    await server?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  // The main line in the editor of a browser of one's own.
  async function mainLineOpen(t, name, options = {}) {
    const page = await browser.person({ origin: server.http, ...options });
    t.after(async () => {
      await picture(page, name).catch(() => {});
      await page.context().close();
    });
    const editor = await Editor.signIn(page);
    await editor.open(fernhill.id, mainLine.id);
    return editor;
  }

  test('the same number leads elsewhere by night and by day, and no phone rings', async (t) => {
    const lines = new Lines(server, directory);
    const phone = await lines.desk(t, 2001);
    const editor = await mainLineOpen(t, 'simulated');
    const simulator = await Simulator.open(editor);

    await simulator.start({ dials: '2000', at: SUNDAY_NIGHT });
    await simulator.tells(/Takes Otherwise/);
    await simulator.tells(/Fernhill Veterinary is closed now/);
    assert.deepEqual(await simulator.numbered(), { 'Time of Day': '1', 'Otherwise: Menu, Out of hours menu': '2' });

    await simulator.start({ at: MONDAY_MORNING });
    await simulator.tells(/Takes Opening hours/);
    await simulator.tells(/Welcome to Fernhill Veterinary/);
    assert.equal(await simulator.panel.getByText('closed now').count(), 0, 'the call of the night is gone');

    await simulator.key('1');
    await simulator.state(/Ringing 3 phones/);
    assert.match(await simulator.panel.innerText(), /The phone shows \+44 1632 960100/);
    const marked = await simulator.numbered();
    assert.equal(marked['Opening hours: Menu, Main menu'], '2');
    assert.equal(marked['1: Ring Group, Reception · 3 phones'], '3');
    assert.equal(await editor.page.locator('.wire.on-path').count(), 3, 'to the hours, to the menu, to the group');
    assert.match(await editor.step(/^1: Ring Group/).first().getAttribute('class'), /is-now/);

    await simulator.phone("Priya's desk phone", 'Answer');
    await simulator.state(/Talking with Priya/);
    await simulator.press('Hang up');
    await simulator.state(/Ended: Normal clearing/);
    assert.equal(await editor.page.locator('.node.is-now').count(), 0);

    await simulator.press('Back');
    await simulator.state(/Talking with Priya/);
    await simulator.press('Back');
    await simulator.state(/Ringing 3 phones/);
    await simulator.phone("Priya's desk phone", 'Busy');
    await simulator.phone("Tom's desk phone", 'Refuse');
    await simulator.state(/Ringing Helen/);
    await simulator.press('Run');
    await simulator.tells(/Voicemail/);

    assert.deepEqual(phone.messages(/^INVITE sip:/m), [], 'no telephone was invited');
    assert.deepEqual(await fernhill.calls(mainLine.id), [], 'no call was recorded');
    assert.deepEqual(editor.page.troubles, [], 'nothing went wrong in the browser');
  });

  test('opening hours follow the clocks of summer', async (t) => {
    const editor = await mainLineOpen(t, 'simulated-in-summer');
    const simulator = await Simulator.open(editor);
    // Opening hours begin at 8; in July the account is an hour ahead of UTC.
    await simulator.start({ dials: '2000', at: '2027-07-05T07:55' });
    await simulator.tells(/Takes Otherwise/);
    await simulator.start({ at: '2027-07-05T08:05' });
    await simulator.tells(/Takes Opening hours/);
  });

  test('what is on the screen is simulated, saved or not; a call may begin at any step', async (t) => {
    const editor = await mainLineOpen(t, 'simulated-unsaved');
    await editor.drag('Sleep', editor.step(/^Callflow/));
    await editor.finish('Add');
    const simulator = await Simulator.open(editor);
    await simulator.start({ dials: '2000', at: MONDAY_MORNING });
    const marked = await simulator.numbered();
    assert.ok(Object.entries(marked).some(([name, number]) => /^Sleep/.test(name) && number === '1'), JSON.stringify(marked));

    await editor.step(/^Opening hours: Menu/).click();
    await simulator.panel.getByRole('button', { name: 'Start at Menu' }).click();
    await simulator.tells(/Welcome to Fernhill Veterinary/);
    assert.deepEqual(Object.values(await simulator.numbered()), ['1']);
  });

  test('who rings is told at once, for the draft and for what is live', async (t) => {
    const editor = await mainLineOpen(t, 'who-rings');
    const simulator = await Simulator.open(editor);
    await simulator.fill({ dials: '2000', at: MONDAY_MORNING });
    await simulator.panel.getByText('Who rings?').click();
    await simulator.panel.getByLabel('Keys').fill('1');
    await simulator.panel.getByRole('button', { name: 'Find out' }).click();
    for (const of of ['Draft', 'Live v1']) {
      const found = simulator.panel.getByRole('region', { name: of });
      await found.getByText("Priya's desk phone").waitFor();
      assert.match(await found.innerText(), /Opening hours, 1: ends at Voicemail Reception/, of);
    }
  });

  for (const theme of ['light', 'dark']) {
    test(`by keyboard alone, told aloud, accessible, ${theme}`, async (t) => {
      const editor = await mainLineOpen(t, `simulated-by-keyboard-${theme}`, { colorScheme: theme });
      const { page } = editor;
      const opener = page.getByRole('button', { name: 'Simulate', exact: true }).first();
      await editor.tabTo(opener);
      await page.keyboard.press('Enter');
      const simulator = new Simulator(editor);
      await simulator.ready();
      await editor.tabTo(simulator.panel.getByLabel('Dials', { exact: true }));
      await page.keyboard.press('Control+a');
      await page.keyboard.type('2000');
      await simulator.panel.getByLabel('At', { exact: true }).fill(MONDAY_MORNING);
      await editor.tabTo(simulator.panel.getByRole('button', { name: 'Start the call' }));
      await page.keyboard.press('Enter');
      await simulator.tells(/Welcome to Fernhill/);
      await simulator.aloud(/Takes Opening hours.*A key may be pressed/);
      // Digits go to the call.
      await page.keyboard.press('1');
      await simulator.aloud(/Caller presses 1.*Ringing 3 phones/);
      await editor.tabTo(simulator.panel.getByRole('button', { name: "Tom's desk phone: Answer" }));
      await page.keyboard.press('Enter');
      await simulator.aloud(/Answered by Tom's desk phone/);
      assert.deepEqual(await accessibility(page), []);
      await page.keyboard.press('Escape');
      await simulator.panel.waitFor({ state: 'detached' });
      assert.equal(await page.locator('.on-path').count(), 0, 'the path goes with the panel');
      assert.ok(await opener.evaluate((button) => button === document.activeElement), 'the keyboard is where it was');
      assert.deepEqual(page.troubles, [], 'nothing went wrong in the browser');
    });
  }
});
