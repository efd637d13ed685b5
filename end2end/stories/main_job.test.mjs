// The main job: a callflow is drawn in the browser and published, and the next call follows it.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser, accessibility, picture } from '../boundary/browser.mjs';
import { Editor } from '../boundary/editor.mjs';
import { Server } from '../boundary/server.mjs';
import { Fernhill } from '../boundary/demo.mjs';
import { alert } from '../boundary/desk.mjs';
import { CARRIER_TONE, DESK_TONE, Lines } from '../boundary/lines.mjs';
import { until } from '../boundary/until.mjs';

describe('the main job', () => {
  let server;
  let fernhill;
  let browser;
  let lines;
  let directory;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-main-'));
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

  // Opens a browser of one's own; leaves a picture when the story fails.
  async function administrator(t, name) {
    const page = await browser.person({ origin: server.http });
    t.after(async () => {
      await picture(page, name).catch(() => {});
      await page.context().close();
    });
    return Editor.signIn(page);
  }

  // What both ways of drawing must lead to.
  async function isTheFrontDesk(callflow, number) {
    const drawn = await fernhill.api.get(`${fernhill.path}/callflows/${callflow}/export?format=kazoo`);
    assert.deepEqual(drawn.numbers, [number]);
    const ring = drawn.flow;
    assert.equal(ring.module, 'set_alert_info');
    assert.equal(ring.data.alert_info, alert);
    const lamp = ring.children._;
    assert.equal(lamp.module, 'manual_presence');
    assert.deepEqual([lamp.data.presence_id, lamp.data.status], ['front', 'busy']);
    const menu = lamp.children._;
    assert.equal(menu.module, 'menu');
    assert.equal(menu.data.id, await fernhill.idOf('menus', 'Main menu'));
    const group = menu.children['1'];
    assert.equal(group.module, 'ring_group');
    assert.deepEqual(
      group.data.endpoints.map((member) => member.id).sort(),
      [await fernhill.idOf('devices', "Priya's desk phone"), await fernhill.idOf('devices', "Tom's desk phone")].sort(),
    );
    const mailbox = group.children._;
    assert.equal(mailbox.module, 'voicemail');
    assert.equal(mailbox.data.id, await fernhill.idOf('voicemail-boxes', 'Reception'));
  }

  // The carrier calls, presses 1; two phones ring as drawn, one answers, and both hear each other.
  async function callFollowsIt(t, number) {
    const [first, second, caller] = [await lines.desk(t, 2001), await lines.ringing(t, 2002), await lines.carrier(t)];
    await caller.dial(lines.ddi(number));
    await caller.happened('CALL_ESTABLISHED');
    await caller.press('1');
    await first.happened('CALL_INCOMING');
    assert.equal((await second.logged(/invited with (.*)/))[1], alert);
    assert.ok(first.messages(/^INVITE sip:/m)[0].includes(`Alert-Info: ${alert}`));
    await first.answer();
    await until('the desk to hear the carrier', async () => (await first.heardMs(CARRIER_TONE)) >= 1_000);
    await until('the carrier to hear the desk', async () => (await caller.heardMs(DESK_TONE)) >= 1_000);
    await caller.hangUp();
    await first.happened('CALL_CLOSED');
  }

  test('drawn with the mouse, published, called', async (t) => {
    const editor = await administrator(t, 'drawn-with-the-mouse');
    const { dialog } = editor;
    const callflow = await editor.add(fernhill.id);
    await editor.nameAndNumber('Drawn by mouse', '0127');

    await editor.drag('Distinctive Ring', editor.step(/^Callflow/));
    await dialog.getByLabel('Alert-Info').fill(alert);
    await editor.finish('Add');

    await editor.drag('Menu', editor.step(/^Distinctive Ring/));
    await dialog.getByRole('combobox', { name: /^Menu/ }).selectOption({ label: 'Main menu' });
    await editor.finish('Add');

    await editor.drag('Ring Group', editor.step(/^Menu/));
    await dialog.getByRole('radio', { name: '1', exact: true }).check({ force: true });
    await dialog.getByRole('button', { name: 'Next' }).click();
    await dialog.getByLabel('Name').fill('Front desk');
    const members = dialog.getByLabel('Add a user, device or group');
    await members.selectOption({ label: "Priya's desk phone" });
    await members.selectOption({ label: "Tom's desk phone" });
    await editor.finish('Add');

    await editor.drag('Voicemail', editor.step(/Ring Group/));
    await dialog.getByRole('combobox', { name: /^Mailbox/ }).selectOption({ label: 'Reception' });
    await editor.finish('Add');

    // Between two steps that are there already.
    await editor.drag('Manual Presence', editor.step(/^Distinctive Ring/));
    await dialog.getByLabel('Presence ID').fill('front');
    await dialog.getByRole('radio', { name: 'Busy' }).check({ force: true });
    await editor.finish('Add');

    assert.deepEqual(await accessibility(editor.page), [], 'the editor with a drawing is accessible');
    await editor.save();
    await editor.publish(1);
    await isTheFrontDesk(callflow, '+441614960127');
    await callFollowsIt(t, '+441614960127');
    assert.deepEqual(editor.page.troubles, [], 'nothing went wrong in the browser');
  });

  test('drawn with the keyboard alone, published, called', async (t) => {
    const editor = await administrator(t, 'drawn-with-the-keyboard');
    const { dialog, page } = editor;
    const keyboard = page.keyboard;
    await page.goto(`/a/${fernhill.id}/callflows`);
    await editor.tabTo(page.getByRole('main').getByRole('button', { name: 'Add Callflow' }));
    await keyboard.press('Enter');
    await page.waitForURL(/\/callflows\/[^/?]+$/);
    await editor.ready();
    const callflow = editor.id();

    await editor.tabTo(editor.step(/^Callflow/));
    await keyboard.press('Enter');
    await dialog.waitFor();
    await editor.tabTo(dialog.getByLabel('Name', { exact: true }));
    await keyboard.type('Drawn by keyboard');
    await editor.tabTo(dialog.getByLabel('Find a spare number'));
    await keyboard.type('0128');
    await keyboard.press('Enter');
    await dialog.getByRole('button', { name: /^Remove .*0128/ }).waitFor();
    await press('Done');

    await take('Distinctive');
    await keyboard.type(alert);
    await keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });

    await take('Manual');
    await keyboard.type('front');
    await editor.tabTo(dialog.getByRole('radio').first());
    await choose(/Busy/);
    await press('Add');

    await take('Menu');
    await choose(/^Menu/, 'Main menu');
    await press('Add');

    await take('Ring Group');
    await editor.tabTo(dialog.locator('input[type=radio]:checked'));
    await choose('1');
    await press('Next', false);
    await editor.tabTo(dialog.getByLabel('Name'));
    await keyboard.type('Front desk');
    for (const phone of ["Priya's desk phone", "Tom's desk phone"]) {
      await choose('Add a user, device or group', phone);
      await keyboard.press('Enter');
      await dialog.getByRole('button', { name: `Remove ${phone}` }).waitFor();
    }
    await press('Add');

    await take('Voicemail');
    await choose(/^Mailbox/, 'Reception');
    await press('Add');

    await keyboard.press('Control+s');
    await until('the draft to be saved', async () => /Draft saved/.test(await editor.state.innerText()));
    await editor.tabTo(page.getByRole('button', { name: 'Publish', exact: true }), { backwards: true });
    await keyboard.press('Enter');
    await dialog.getByLabel('Note optional').waitFor();
    await keyboard.type('By keyboard');
    await keyboard.press('Enter');
    await page.getByText('Live v1').first().waitFor();
    await isTheFrontDesk(callflow, '+441614960128');
    await callFollowsIt(t, '+441614960128');
    assert.deepEqual(page.troubles, [], 'nothing went wrong in the browser');

    // Finds an action and adds it after the selected step.
    async function take(action) {
      await editor.tabTo(editor.tree.locator('[role=treeitem][tabindex="0"]'));
      await keyboard.press('/');
      await keyboard.type(action);
      await keyboard.press('Enter');
      await dialog.waitFor();
    }

    // Chooses by arrow keys: a radio button by its name, or an entry of a drop-down list.
    async function choose(name, option) {
      if (option === undefined) {
        const wanted = dialog.getByRole('radio', typeof name === 'string' ? { name, exact: true } : { name });
        for (let pressed = 0; pressed < 20 && !(await wanted.isChecked()); pressed += 1) await keyboard.press('ArrowRight');
        assert.ok(await wanted.isChecked(), `${name} is chosen`);
        return;
      }
      const list = dialog.getByRole('combobox', { name });
      await editor.tabTo(list);
      await keyboard.type(option);
    }

    // Goes to a button of the dialog and presses it.
    async function press(name, closes = true) {
      await editor.tabTo(dialog.getByRole('button', { name, exact: true }));
      await keyboard.press('Enter');
      if (closes) await dialog.waitFor({ state: 'detached' });
    }
  });
});
