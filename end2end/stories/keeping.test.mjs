// What is not saved outlives the page.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { Browser, accessibility, picture } from '../boundary/browser.mjs';
import { Editor } from '../boundary/editor.mjs';
import { Server } from '../boundary/server.mjs';
import { Fernhill } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { until } from '../boundary/until.mjs';

describe('unsaved changes', () => {
  let server;
  let fernhill;
  let browser;

  before(async () => {
    server = await Server.start();
    fernhill = await Fernhill.open(server);
    browser = await Browser.start();
  });

  after(async () => {
    await browser?.stop();
    await server?.stop();
  });

  // A callflow in which a step was added and another one was taken away, without saving.
  async function changed(t, options) {
    const made = await fernhill.create({ name: t.name.slice(0, 30), numbers: [], flow: step('sleep', { duration: 5, unit: 's' }, { _: step('response', { code: 480 }) }) });
    const page = await browser.person({ origin: server.http, ...options });
    t.after(() => page.context().close());
    page.on('dialog', (dialog) => dialog.accept());
    const editor = await Editor.signIn(page);
    await editor.open(fernhill.id, made.id);
    await editor.drag('Answer', editor.step(/^Sleep/));
    await editor.step(/^Answer/).waitFor();
    await editor.step(/^Sleep/).click();
    await editor.page.keyboard.press('Delete');
    await editor.step(/^Sleep/).waitFor({ state: 'detached' });
    await until('the changes to be kept', () => page.evaluate(() => Object.keys(localStorage).some((key) => key.startsWith('patchcord.draft/'))));
    return { editor, page, made };
  }

  const undo = (editor) => editor.page.getByRole('button', { name: /^Undo/ });

  test('the page is loaded again: the changes are there, and so is the way back', async (t) => {
    const { editor, page } = await changed(t);
    await page.reload();
    await editor.ready();
    await editor.step(/^Answer/).waitFor();
    assert.equal(await editor.step(/^Sleep/).count(), 0);
    await undo(editor).click();
    await editor.step(/^Sleep/).waitFor();
    await undo(editor).click();
    await editor.step(/^Answer/).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^Redo/ }).click();
    await page.getByRole('button', { name: /^Redo/ }).click();
    await editor.step(/^Sleep/).waitFor({ state: 'detached' });
    await editor.save();
    assert.deepEqual(page.troubles, []);
  });

  for (const theme of ['light', 'dark']) {
    test(`after a crash another window asks, ${theme}`, async (t) => {
      const { page, made } = await changed(t, { colorScheme: theme });
      const other = await page.context().newPage();
      const again = new Editor(other);
      again.page.troubles = [];
      await page.close({ runBeforeUnload: false });
      await other.goto(`${server.http}/a/${fernhill.id}/callflows/${made.id}`);
      await again.ready();
      const question = other.getByRole('alertdialog', { name: 'You have unsaved changes' });
      await question.waitFor();
      assert.deepEqual(await accessibility(other), []);
      await picture(other, `unsaved-${theme}`);
      await question.getByRole('button', { name: 'Use them' }).click();
      await again.step(/^Answer/).waitFor();
      await undo(again).click();
      await again.step(/^Sleep/).waitFor();
    });
  }

  test('somebody else has saved meanwhile: saving what was kept is a conflict', async (t) => {
    const { editor, page, made } = await changed(t);
    await fernhill.change(made.id, (now) => ({ ...now, name: 'Renamed meanwhile' }));
    await page.reload();
    await editor.ready();
    await editor.step(/^Answer/).waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await editor.dialog.getByRole('button', { name: 'Keep mine' }).waitFor();
  });

  test('what was saved is kept no longer than the way back is of use', async (t) => {
    const { editor, page } = await changed(t);
    await editor.save();
    await page.reload();
    await editor.ready();
    await editor.step(/^Answer/).waitFor();
    assert.match(await editor.state.innerText(), /Draft saved|Not live/);
    await undo(editor).click();
    await editor.step(/^Sleep/).waitFor();
  });
});
