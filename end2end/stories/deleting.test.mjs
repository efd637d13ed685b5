// Deleting a callflow, and taking that back.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { accessibility, press } from '../boundary/browser.mjs';
import { Studio } from '../boundary/studio.mjs';
import { step } from '../boundary/desk.mjs';

describe('deleting callflows', () => {
  let studio;
  let fernhill;

  before(async () => {
    studio = await Studio.open();
    fernhill = studio.fernhill;
  });

  after(() => studio?.close());

  const administrator = async (t) => (await studio.pictured(t)).page;

  async function published(name, number) {
    const made = await fernhill.create({ name, numbers: [number], flow: step('response', { code: 480 }) });
    await fernhill.publish(made.id);
    return made.id;
  }

  async function remove(page, name) {
    await page.goto(`/a/${fernhill.id}/callflows`);
    await press(page.getByRole('button', { name: `Delete ${name}`, exact: true }));
    const question = page.getByRole('alertdialog');
    assert.match(await question.innerText(), /restored for 30 days/);
    assert.deepEqual(await accessibility(page), []);
    await question.getByRole('button', { name: 'Delete callflow' }).click();
  }

  test('a deleted callflow is back at once with Undo, and live again', async (t) => {
    const id = await published('Undone', '2810');
    const page = await administrator(t);
    await remove(page, 'Undone');
    await page.getByText('“Undone” is deleted').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('“Undone” is restored').waitFor();
    const back = await fernhill.api.get(`${fernhill.path}/callflows/${id}`);
    assert.deepEqual([back.state, back.live_version, back.numbers], ['live', 1, ['2810']]);
  });

  test('a number that leads elsewhere by now is named when its callflow is restored', async (t) => {
    const id = await published('Lost', '2811');
    const page = await administrator(t);
    await remove(page, 'Lost');
    await page.getByText('“Lost” is deleted').waitFor();
    await published('Heir', '2811');
    await page.goto(`/a/${fernhill.id}/callflows`);
    await page.getByRole('link', { name: 'Deleted callflows' }).click();
    await page.getByRole('heading', { name: 'Deleted callflows' }).waitFor();
    assert.deepEqual(await accessibility(page), []);
    await press(page.getByRole('button', { name: 'Restore Lost' }));
    await page.getByText('2811 belongs to “Heir” now.').waitFor();
    await page.getByText('Nothing was deleted within the last 30 days.').waitFor();
    const back = await fernhill.api.get(`${fernhill.path}/callflows/${id}`);
    assert.deepEqual([back.live_version, back.numbers], [null, []]);
    assert.deepEqual(page.troubles, []);
  });

  test('a script deletes, lists and restores', async () => {
    const id = await published('By script', '2812');
    await fernhill.api.ask('DELETE', `${fernhill.path}/callflows/${id}`);
    const listed = await fernhill.api.get(`${fernhill.path}/deleted-callflows`);
    const kept = listed.items.find((item) => item.id === id);
    assert.deepEqual([kept.name, kept.numbers], ['By script', ['2812']]);
    assert.equal(Date.parse(kept.kept_until) - Date.parse(kept.deleted_at), 30 * 24 * 3600 * 1000);
    const back = await fernhill.api.post(`${fernhill.path}/deleted-callflows/${id}/restore`, {});
    assert.deepEqual([back.name, back.live_version, back.lost_numbers], ['By script', 1, []]);
  });
});
