// Several steps at once, and jumps.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { accessibility, picture } from '../boundary/browser.mjs';
import { Studio } from '../boundary/studio.mjs';
import { step } from '../boundary/desk.mjs';
import { until } from '../boundary/until.mjs';

describe('several steps at once', () => {
  let studio;
  let fernhill;

  before(async () => {
    studio = await Studio.open();
    fernhill = studio.fernhill;
  });

  after(() => studio?.close());

  const sleeping = (duration, next) => step('sleep', { duration, unit: 's' }, next && { _: next });
  const chain = () => sleeping(1, step('answer', {}, { _: sleeping(2, sleeping(3, step('response', { code: 480 }))) }));
  const bar = (page) => page.getByRole('region', { name: 'Chosen steps' });

  // The modules of a stored flow from the top down, with their durations.
  async function stored(editor, made) {
    await editor.save();
    const { flow } = await fernhill.api.get(`${fernhill.path}/callflows/${made.id}`);
    const names = [];
    for (let id = flow.root; id; id = Object.values(flow.nodes[id].children ?? {})[0]) {
      names.push(`${flow.nodes[id].module}${flow.nodes[id].data?.duration ?? ''}`);
    }
    return names.join(' ');
  }

  for (const theme of ['light', 'dark']) {
    test(`steps chosen with Ctrl are deleted together, and come back together, ${theme}`, async (t) => {
      const { editor, page, made } = await studio.opened(t, chain(), { colorScheme: theme });
      await editor.step(/^Sleep.*1 s/).click();
      await editor.step(/^Sleep.*3 s/).click({ modifiers: ['Control'] });
      await bar(page).getByText('2 steps').waitFor();
      assert.equal(await editor.tree.getByRole('treeitem', { selected: true }).count(), 2);
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `several-${theme}`);
      await bar(page).getByRole('button', { name: 'Delete' }).click();
      await page.getByText('2 steps deleted').waitFor();
      assert.equal(await stored(editor, made), 'answer sleep2 response');
      await page.locator('.toast').getByRole('button', { name: 'Undo', exact: true }).click();
      await editor.step(/^Sleep.*3 s/).waitFor();
      assert.equal(await stored(editor, made), 'sleep1 answer sleep2 sleep3 response');
      assert.deepEqual(page.troubles, []);
    });
  }

  test('steps chosen with a frame are dragged to another place in their order', async (t) => {
    const { editor, page, made } = await studio.opened(t, chain());
    const [first, last] = [await editor.step(/^Sleep.*2 s/).boundingBox(), await editor.step(/^Sleep.*3 s/).boundingBox()];
    await page.keyboard.down('Shift');
    await page.mouse.move(first.x - 40, first.y + 6);
    await page.mouse.down();
    await page.mouse.move(last.x + 60, last.y + 20, { steps: 5 });
    await page.mouse.up();
    await page.keyboard.up('Shift');
    await bar(page).getByText('2 steps').waitFor();
    await editor.carry(editor.step(/^Sleep.*2 s/), editor.step(/^Callflow/));
    await until('the steps to be first', async () => {
      const [moved, other] = [await editor.step(/^Sleep.*2 s/).boundingBox(), await editor.step(/^Sleep.*1 s/).boundingBox()];
      return moved.y < other.y;
    });
    assert.equal(await stored(editor, made), 'sleep2 sleep3 sleep1 answer response');
    assert.deepEqual(page.troubles, []);
  });

  test('steps are chosen, moved, skipped, copied and deleted with keys alone', async (t) => {
    const { editor, page, made } = await studio.opened(t, chain());
    await editor.step(/^Sleep.*2 s/).click();
    await page.keyboard.press('Shift+ArrowDown');
    await bar(page).getByText('2 steps').waitFor();
    await page.keyboard.press('m');
    await page.getByText('Choose a place').or(page.locator('.drag-note')).first().waitFor();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await bar(page).getByText('2 steps').waitFor();
    await page.keyboard.press('Control+c');
    await page.keyboard.press('Escape');
    await bar(page).waitFor({ state: 'detached' });
    await editor.step(/^Sleep.*1 s/).click();
    await page.keyboard.press('Control+v');
    await until('the copies to be there', async () => (await editor.step(/^Sleep.*2 s/).count()) === 2);
    assert.equal(await stored(editor, made), 'sleep2 sleep3 sleep1 sleep2 sleep3 answer response');
    await editor.step(/^Answer/).click();
    await page.keyboard.press('Control+a');
    await bar(page).getByText('7 steps').waitFor();
    await bar(page).getByRole('button', { name: 'Skip', exact: true }).click();
    await bar(page).getByRole('button', { name: 'Do not skip' }).waitFor();
    assert.equal(await editor.step(/Skipped/).count(), 7);
    await page.keyboard.press('Delete');
    await page.getByText('7 steps deleted').waitFor();
    await page.keyboard.press('Control+z');
    await until('all steps to be back', async () => (await editor.tree.getByRole('treeitem').count()) === 8);
    assert.deepEqual(page.troubles, []);
  });

  test('a step deleted from its menu is back with Undo', async (t) => {
    const { editor, page } = await studio.opened(t, chain());
    await editor.step(/^Answer/).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Delete step' }).click();
    await page.getByText('Answer deleted').waitFor();
    await page.locator('.toast').getByRole('button', { name: 'Undo', exact: true }).click();
    await editor.step(/^Answer/).waitFor();
    assert.deepEqual(page.troubles, []);
  });

  test('steps that cannot stand one after the other are not moved, and it is said why', async (t) => {
    const menu = step('menu', { id: await fernhill.idOf('menus', 'Main menu') }, { 1: step('response', { code: 486 }), 2: sleeping(1) });
    const { editor, page } = await studio.opened(t, menu);
    await editor.step(/Response/).click();
    await editor.step(/^2: Sleep|Sleep/).click({ modifiers: ['Control'] });
    await page.keyboard.press('m');
    await page.getByText('These steps cannot be moved together').waitFor();
    await page.getByText('Nothing can follow Response.').waitFor();
  });

  test('a jump is drawn to its step, chosen by name, and leads there', async (t) => {
    const flow = sleeping(1, step('play', { id: 'silence_stream://2000' }, { _: step('jump', { step: 'n1' }) }));
    const { editor, page, made } = await studio.opened(t, flow);
    await editor.step(/^Jump.*Sleep · 1 s/).waitFor();
    assert.equal(await page.locator('.wire.link').count(), 1);
    await editor.step(/^Jump/).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Go to the step it leads to' }).click();
    await page.getByRole('region', { name: 'Selected step' }).getByText('Sleep', { exact: true }).waitFor();
    await picture(page, 'jump');
    await editor.step(/^Jump/).dblclick();
    await editor.dialog.getByLabel('Continue at').selectOption({ label: 'Play Media · Silence (After Sleep, before Jump)' });
    await editor.finish('Done');
    await editor.step(/^Jump.*Play Media/).waitFor();
    await editor.save();
    const { flow: kept } = await fernhill.api.get(`${fernhill.path}/callflows/${made.id}`);
    const nodes = Object.entries(kept.nodes);
    const play = nodes.find(([, node]) => node.module === 'play')[0];
    assert.equal(nodes.find(([, node]) => node.module === 'jump')[1].data.step, play);
  });
});
