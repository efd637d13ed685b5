// The history of a callflow: notes, differences, and the ways back.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { accessibility, picture } from '../boundary/browser.mjs';
import { Editor } from '../boundary/editor.mjs';
import { Studio } from '../boundary/studio.mjs';
import { step } from '../boundary/desk.mjs';
import { until } from '../boundary/until.mjs';

describe('versions', () => {
  let studio;
  let fernhill;

  before(async () => {
    studio = await Studio.open();
    fernhill = studio.fernhill;
  });

  after(() => studio?.close());

  // A callflow whose v1 sleeps 5 seconds, whose v2 sleeps 7 and plays nothing, and whose draft has a lamp as well.
  async function threeStates(name) {
    const made = await fernhill.create({
      name,
      numbers: [],
      flow: step('sleep', { duration: 5, unit: 's' }, { _: step('language', { language: 'en-gb' }, { _: step('response', { code: 480 }) }) }),
    });
    const api = `${fernhill.path}/callflows/${made.id}`;
    await fernhill.api.post(`${api}/publish`, { note: 'First night' });
    await fernhill.change(made.id, (document) => {
      const nodes = document.flow.nodes;
      nodes.n1.data.duration = 7;
      nodes.n1.children._ = 'n3';
      delete nodes.n2;
      return document;
    });
    await fernhill.api.post(`${api}/publish`, { note: 'Longer, without the language' });
    await fernhill.change(made.id, (document) => {
      const nodes = document.flow.nodes;
      nodes.n9 = { module: 'manual_presence', data: { presence_id: 'night', status: 'busy' }, children: { _: 'n3' } };
      nodes.n1.children._ = 'n9';
      return document;
    });
    return { id: made.id, api };
  }

  async function open(t, id, { query = '', ...options } = {}) {
    const { page } = await studio.pictured(t, options);
    await page.goto(`/a/${fernhill.id}/callflows/${id}/versions${query}`);
    const history = page.getByRole('complementary', { name: 'Version history' });
    await history.waitFor();
    return { page, history, main: page.getByRole('main') };
  }

  // Waits until the page has come alive.
  const ready = (page) => until('the page to be ready', () => page.getByLabel('Older version').isEnabled(), { tell: () => page.troubles.join('\n') });

  test('versions tell who published what, and what differs is drawn and told', async (t) => {
    const { id } = await threeStates('Told versions');
    const { page, history, main } = await open(t, id);
    await ready(page);
    const rows = await history.getByRole('listitem').allInnerTexts();
    assert.equal(rows.length, 3);
    assert.match(rows[0], /Draft[\s\S]*\+1 added/);
    assert.match(rows[1], /v2[\s\S]*Live[\s\S]*Longer, without the language[\s\S]*−1 removed[\s\S]*1 changed/);
    assert.match(rows[2], /v1[\s\S]*First night/);

    await history.getByRole('link', { name: /^v2/ }).click();
    const told = main.getByRole('region', { name: 'What differs' });
    await told.getByText('Changed Sleep').waitFor();
    assert.match(await told.innerText(), /5\s+7/);
    assert.match(await told.innerText(), /Removed Language after Sleep/);
    const drawn = main.getByRole('list', { name: 'Told versions, v1 to v2' });
    const blocks = (await drawn.getByRole('listitem').allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' '));
    assert.match(blocks[1], /Changed Sleep/);
    assert.match(blocks[2], /Removed Language/, 'what is gone stands in its old place');
    assert.match(blocks[3], /^\s*Response/);
    assert.deepEqual(await accessibility(page), []);

    await main.getByRole('link', { name: 'Side by side' }).click();
    await main.getByRole('list', { name: 'v1 alone' }).waitFor();
    assert.equal(await main.getByRole('list', { name: 'v2 alone' }).getByText('Language').count(), 0);
    await page.getByLabel('Newer version').selectOption('draft');
    await main.getByRole('list', { name: /v1 to Draft/ }).getByText('Manual Presence').waitFor();
    assert.deepEqual(page.troubles, []);
  });

  test('an old version is made live again and the draft keeps its changes', async (t) => {
    const { id, api } = await threeStates('Rolled back');
    const { page, history } = await open(t, id, { query: '?from=1&to=2' });
    await ready(page);
    await page.getByRole('button', { name: 'Roll back to v1' }).click();
    const question = page.getByRole('alertdialog');
    assert.match(await question.innerText(), /stays as it is/);
    assert.deepEqual(await accessibility(page), []);
    await question.getByRole('button', { name: 'Roll back' }).click();
    await history.getByRole('link', { name: /^v3 Live/ }).waitFor();
    const live = await fernhill.api.get(`${api}/versions/3`);
    assert.equal(live.callflow.flow.nodes.n1.data.duration, 5);
    const draft = await fernhill.api.get(api);
    assert.equal(draft.flow.nodes.n9.module, 'manual_presence');
  });

  test('the draft is published with a note', async (t) => {
    const { id } = await threeStates('Noted');
    const { page, history } = await open(t, id);
    await ready(page);
    await page.getByRole('button', { name: 'Publish draft' }).click();
    await page.getByRole('dialog').getByLabel('Note').fill('A lamp at night');
    await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
    await history.getByRole('link', { name: /^v3 Live.*A lamp at night/ }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Publish draft' }).isEnabled(), false, 'nothing is left to publish');
  });

  test('the draft is discarded for what is live', async (t) => {
    const { id, api } = await threeStates('Discarded');
    const { page } = await open(t, id);
    await ready(page);
    await page.getByRole('button', { name: 'Discard draft' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Discard draft' }).click();
    await page.getByText('The draft is discarded').waitFor();
    const draft = await fernhill.api.get(api);
    assert.equal(draft.state, 'live');
    assert.equal(draft.flow.nodes.n9, undefined);
  });

  test('the history is read without script, and reached from the editor', async (t) => {
    const { id } = await threeStates('Without script');
    const { main } = await open(t, id, { javaScriptEnabled: false, query: '?from=1&to=2' });
    await main.getByText('Removed Language after Sleep').waitFor();

    const page = await studio.browser.person({ origin: studio.server.http, width: 390, height: 844 });
    t.after(() => page.context().close());
    const editor = await Editor.signIn(page);
    await editor.page.goto(`/a/${fernhill.id}/callflows/${id}/versions?from=1&to=2`);
    await ready(page);
    assert.deepEqual(await accessibility(page), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 390, `the page is ${wide} pixels wide`);

    const desk = await studio.browser.person({ origin: studio.server.http });
    t.after(() => desk.context().close());
    const there = await Editor.signIn(desk);
    await there.open(fernhill.id, id);
    await desk.getByRole('navigation', { name: 'View' }).getByRole('link', { name: 'Versions' }).click();
    await desk.getByRole('complementary', { name: 'Version history' }).waitFor();
  });

  for (const colorScheme of ['light', 'dark']) {
    test(`on a telephone versions are rows, and the comparison below them is an outline, ${colorScheme}`, async (t) => {
      const menu = await fernhill.idOf('menus', 'Main menu');
      const end = (code) => step('response', { code });
      const flow = step('sleep', { duration: 5, unit: 's' }, { _: step('menu', { id: menu }, { 1: end(480), 2: end(486) }) });
      const made = await fernhill.create({ name: `On a telephone ${colorScheme}`, numbers: [], flow });
      const api = `${fernhill.path}/callflows/${made.id}`;
      await fernhill.api.post(`${api}/publish`, { note: 'First night' });
      await fernhill.change(made.id, (document) => {
        document.flow.nodes.n1.data.duration = 7;
        return document;
      });
      await fernhill.api.post(`${api}/publish`, { note: 'Longer' });
      const { page, history, main } = await open(t, made.id, { query: '?from=1&to=2', width: 390, height: 844, colorScheme });
      await ready(page);
      await page.getByText('No unpublished changes').waitFor();
      await picture(page, `versions-phone-list-${colorScheme}`);
      for (const row of await history.getByRole('link').all()) {
        const box = await row.boundingBox();
        assert.ok(box.height >= 44 && box.width === 390, `${await row.innerText()} is ${box.width} by ${box.height}`);
      }
      await history.getByRole('link', { name: /^v1/ }).click();
      await page.waitForURL(/#compared$/);
      await page.goto(`/a/${fernhill.id}/callflows/${made.id}/versions?from=1&to=2`);
      await ready(page);
      await page.getByRole('navigation', { name: 'Versions' }).getByRole('link', { name: 'Comparison' }).click();
      await until('the comparison to be in sight', async () => (await main.boundingBox()).y < 200);
      const blocks = main.getByRole('list', { name: /v1 to v2/ }).locator('.node');
      const boxes = [];
      for (const block of await blocks.all()) boxes.push(await block.boundingBox());
      const [own, sleep, choice, first, second] = boxes;
      assert.deepEqual([sleep.x, choice.x], [own.x, own.x], 'plain steps stand below each other');
      assert.deepEqual([first.x, second.x], [own.x + 44, own.x + 44], 'branches stand further in');
      assert.equal(sleep.height, 56);
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `versions-phone-compared-${colorScheme}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 390, `the page is ${wide} pixels wide`);
      assert.deepEqual(page.troubles, []);
    });
  }
});
