// Every way to save, and two people at one callflow.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { accessibility } from '../boundary/browser.mjs';
import { Studio } from '../boundary/studio.mjs';
import { step } from '../boundary/desk.mjs';
import { until } from '../boundary/until.mjs';

describe('saving', () => {
  let studio;
  let fernhill;

  before(async () => {
    studio = await Studio.open();
    fernhill = studio.fernhill;
  });

  after(() => studio?.close());

  // A callflow with one Sleep and an end, open in an editor and changed there: 5 seconds become 7.
  async function changed(t, name) {
    const made = await fernhill.create({ name, numbers: [], flow: step('sleep', { duration: 5, unit: 's' }, { _: step('response', { code: 480 }) }) });
    const editor = await studio.pictured(t);
    await editor.open(fernhill.id, made.id);
    await setSleep(editor, 7);
    return { editor, made };
  }

  async function setSleep(editor, seconds) {
    await editor.step(/^Sleep/).dblclick();
    await editor.dialog.locator('input').first().fill(String(seconds));
    await editor.finish('Done');
  }

  async function stored(id) {
    return fernhill.api.get(`${fernhill.path}/callflows/${id}/export?format=kazoo`);
  }

  const duration = async (id) => (await stored(id)).flow.data.duration;

  test('Save Changes stores a draft and stays', async (t) => {
    const { editor, made } = await changed(t, 'Save changes');
    await editor.saveMenu(/^Save Changes/);
    await until('the draft to be stored', async () => (await duration(made.id)) === 7);
    assert.equal(editor.id(), made.id);
    await until('the page to say so', async () => /Draft saved/.test(await editor.state.innerText()));
    assert.match(await editor.state.innerText(), /Not live yet/);
  });

  test('Save and Duplicate stores and opens a copy without numbers', async (t) => {
    const { editor, made } = await changed(t, 'Save and duplicate');
    await editor.saveMenu(/^Save and Duplicate/);
    await editor.page.waitForURL((url) => !url.pathname.endsWith(made.id));
    await editor.ready();
    assert.equal(await duration(made.id), 7);
    const copy = await stored(editor.id());
    assert.equal(copy.name, 'Save and duplicate copy');
    assert.deepEqual(copy.numbers, []);
    assert.equal(copy.flow.data.duration, 7);
  });

  test('Save and Create stores and opens an empty callflow', async (t) => {
    const { editor, made } = await changed(t, 'Save and create');
    await editor.saveMenu(/^Save and Create/);
    await editor.page.waitForURL((url) => !url.pathname.endsWith(made.id));
    await editor.ready();
    assert.equal(await duration(made.id), 7);
    assert.equal(await editor.tree.getByRole('treeitem').count(), 1, 'only the main block');
  });

  test('Cancel lists the changes, keeps them when told so, and drops them when told so', async (t) => {
    const { editor, made } = await changed(t, 'Cancel');
    await editor.saveMenu(/^Cancel/);
    const question = editor.page.getByRole('alertdialog');
    await question.waitFor();
    assert.match(await question.innerText(), /Discard 1 change\?/);
    assert.match(await question.innerText(), /Sleep/);
    assert.equal(await question.getByRole('button', { name: 'Keep editing' }).evaluate((b) => b === document.activeElement), true);
    await question.getByRole('button', { name: 'Keep editing' }).click();
    await question.waitFor({ state: 'detached' });
    assert.ok(await editor.step(/^Sleep.*7/).isVisible(), 'the change is kept');

    await editor.saveMenu(/^Cancel/);
    await question.getByRole('button', { name: 'Discard changes' }).click();
    await editor.step(/^Sleep.*5/).waitFor();
    assert.equal(await duration(made.id), 5);
  });

  test('who saves second sees what the other did, and decides', async (t) => {
    const { editor, made } = await changed(t, 'Two people');
    const other = await studio.pictured(t);
    await other.open(fernhill.id, made.id);
    await setSleep(other, 9);
    await other.save();
    assert.equal(await duration(made.id), 9);

    await editor.page.getByRole('button', { name: 'Save', exact: true }).click();
    const question = editor.page.getByRole('alertdialog');
    await question.waitFor();
    assert.match(await question.innerText(), /Somebody else saved first/);
    assert.match(await question.innerText(), /Sleep/, 'their change is listed');
    assert.equal(await duration(made.id), 9, 'nothing was overwritten');
    await question.getByRole('button', { name: 'Keep mine' }).click();
    await until('my version to be stored', async () => (await duration(made.id)) === 7);
  });

  test('changes of different blocks are merged, and what both changed is chosen', async (t) => {
    const { editor, made } = await changed(t, 'Merged');
    await fernhill.change(made.id, (document) => {
      document.name = 'Merged by both';
      document.flow.nodes.n2.data.code = 486;
      return document;
    });
    await editor.page.getByRole('button', { name: 'Save', exact: true }).click();
    const question = editor.page.getByRole('alertdialog');
    await question.waitFor();
    assert.match(await question.innerText(), /You changed different blocks/);
    assert.deepEqual(await accessibility(editor.page), []);
    await question.getByRole('button', { name: 'Merge both' }).click();
    await editor.step(/^Sleep.*7/).waitFor();
    await editor.step(/^Response.*486/).waitFor();
    await editor.save();
    const both = await stored(made.id);
    assert.deepEqual([both.name, both.flow.data.duration, both.flow.children._.data.code], ['Merged by both', 7, 486]);

    await setSleep(editor, 3);
    await fernhill.change(made.id, (document) => {
      document.flow.nodes.n1.data.duration = 9;
      return document;
    });
    await editor.page.getByRole('button', { name: 'Save', exact: true }).click();
    await question.waitFor();
    await question.getByRole('radio', { name: /^Theirs.*9/ }).check();
    assert.deepEqual(await accessibility(editor.page), []);
    await question.getByRole('button', { name: 'Merge both' }).click();
    await editor.step(/^Sleep.*9/).waitFor();
    assert.deepEqual(editor.page.troubles, []);
  });

  test('undo and redo walk through the changes', async (t) => {
    const { editor } = await changed(t, 'Undo');
    await editor.page.getByRole('button', { name: /^Undo/ }).click();
    await editor.step(/^Sleep.*5/).waitFor();
    await editor.page.getByRole('button', { name: /^Redo/ }).click();
    await editor.step(/^Sleep.*7/).waitFor();
  });

  test('a flow with a problem is saved but not published, and the problem is at its step', async (t) => {
    const made = await fernhill.create({ name: 'Problem', numbers: ['2730'], flow: step('menu', {}) });
    const editor = await studio.pictured(t);
    await editor.open(fernhill.id, made.id);
    await editor.step(/^Menu.*Problem/).waitFor();
    await editor.page.getByRole('button', { name: 'Publish', exact: true }).click();
    await editor.page.getByRole('menu', { name: 'Problems' }).getByRole('menuitem').first().waitFor();
    assert.match(await editor.state.innerText(), /Not live yet/);
  });
});
