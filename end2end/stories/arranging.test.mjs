// Copies between callflows, and notes on steps.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { accessibility, picture } from '../boundary/browser.mjs';
import { Studio } from '../boundary/studio.mjs';
import { step } from '../boundary/desk.mjs';
import { until } from '../boundary/until.mjs';

describe('arranging steps', () => {
  let studio;
  let fernhill;

  before(async () => {
    studio = await Studio.open();
    fernhill = studio.fernhill;
  });

  after(() => studio?.close());

  const end = () => step('response', { code: 480 });

  async function menu(editor, block, choice) {
    await editor.step(block).click({ button: 'right' });
    await editor.page.getByRole('menu', { name: 'Step actions' }).getByRole('menuitem', { name: choice }).click();
  }

  test('steps are copied in one callflow and pasted in another', async (t) => {
    const { editor, page } = await studio.opened(t, step('sleep', { duration: 7, unit: 's' }, { _: end() }));
    await editor.step(/^Sleep/).click();
    await page.keyboard.press('Control+c');
    const other = await fernhill.create({ name: 'Taker', numbers: [], flow: step('answer', {}) });
    await editor.open(fernhill.id, other.id);
    await menu(editor, /^Answer/, /Paste after this step/);
    await editor.step(/^Sleep.*7/).waitFor();
    await editor.step(/^Response/).waitFor();
    await editor.save();
    const stored = await fernhill.api.get(`${fernhill.path}/callflows/${other.id}`);
    assert.deepEqual(Object.values(stored.flow.nodes).map((node) => node.module).sort(), ['answer', 'response', 'sleep']);
    assert.deepEqual(page.troubles, []);
  });

  test('the order of branches is changed by menu and by keys, and stored', async (t) => {
    const rule = await fernhill.idOf('time-rules', 'Opening hours');
    const flow = step('temporal_route', {}, { [rule]: step('answer', {}, { _: end() }), _: end() });
    const { editor, page, made } = await studio.opened(t, flow);
    const order = async () => {
      const [open, otherwise] = await Promise.all([/^Opening hours: Answer/, /^Otherwise: Response/].map((name) => editor.step(name).boundingBox()));
      return open.x < otherwise.x ? 'hours first' : 'otherwise first';
    };
    assert.equal(await order(), 'hours first');
    await menu(editor, /^Opening hours: Answer/, /Move branch right/);
    await until('the branches to change places', async () => (await order()) === 'otherwise first');
    await editor.step(/^Opening hours: Answer/).click();
    await page.keyboard.press('Alt+ArrowLeft');
    await until('the branches to change back', async () => (await order()) === 'hours first');
    await page.keyboard.press('Alt+ArrowRight');
    await until('the branches to change again', async () => (await order()) === 'otherwise first');
    await editor.save();
    const stored = await fernhill.api.get(`${fernhill.path}/callflows/${made.id}`);
    const time = Object.values(stored.flow.nodes).find((node) => node.module === 'temporal_route');
    assert.deepEqual(Object.keys(time.children), ['_', rule]);
    assert.deepEqual(page.troubles, []);
  });

  for (const theme of ['light', 'dark']) {
    test(`a note is written on a step, shown with it and stored, ${theme}`, async (t) => {
      const { editor, page, made } = await studio.opened(t, step('sleep', { duration: 7, unit: 's' }, { _: end() }), { colorScheme: theme });
      await menu(editor, /^Sleep/, 'Note');
      assert.deepEqual(await accessibility(page), []);
      await editor.dialog.getByLabel('Note', { exact: true }).fill('Until the new lines are there. Ask Tom.');
      await editor.finish('Done');
      await editor.step(/^Sleep.*Note: Until the new lines/).waitFor();
      await page.getByRole('region', { name: 'Selected step' }).getByText('Ask Tom').waitFor();
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `note-${theme}`);
      await editor.save();
      const stored = await fernhill.api.get(`${fernhill.path}/callflows/${made.id}`);
      assert.equal(Object.values(stored.flow.nodes).find((node) => node.module === 'sleep').note, 'Until the new lines are there. Ask Tom.');
      await menu(editor, /^Sleep/, 'Note');
      await editor.dialog.getByLabel('Note', { exact: true }).fill('');
      await editor.finish('Done');
      await editor.step(/^Sleep(?!.*Note)/).waitFor();
    });
  }
});
