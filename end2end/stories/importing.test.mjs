// Documents of KAZOO come in through the list of callflows, after a look at what would be made of them.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { Browser, accessibility } from '../boundary/browser.mjs';
import { Editor } from '../boundary/editor.mjs';
import { Server } from '../boundary/server.mjs';
import { Fernhill } from '../boundary/demo.mjs';

describe('importing', () => {
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

  // The dialog with a file chosen and looked at.
  async function looked(t, text) {
    const page = await browser.person({ origin: server.http });
    t.after(() => page.context().close());
    await Editor.signIn(page);
    await page.goto(`/a/${fernhill.id}/callflows`);
    await page.getByRole('button', { name: 'Import' }).click();
    const dialog = page.getByRole('dialog', { name: 'Import documents' });
    await dialog.getByLabel(/^File/).setInputFiles({
      name: 'kazoo.json',
      mimeType: 'application/json',
      buffer: Buffer.from(text),
    });
    await dialog.getByRole('button', { name: 'Look at the file' }).click();
    return { page, dialog };
  }

  test('a file is looked at, its report read, and then taken', async (t) => {
    const documents = [
      { _id: 'c', pvt_type: 'callflow', name: 'Night shift', numbers: ['4711', '2000'], flow: { module: 'user', data: { id: 'u' } } },
      { _id: 'u', pvt_type: 'user', first_name: 'Nora', last_name: 'North' },
      { id: 'x', name: 'Broken', flow: 7 },
    ];
    const { page, dialog } = await looked(t, JSON.stringify(documents));
    const take = dialog.getByRole('button', { name: 'Import 1 callflow and 1 other document' });
    await take.waitFor();
    assert.match(await dialog.innerText(), /Refused: 1[^]*It is no callflow/);
    await dialog.getByText('Left out: 1').click();
    assert.match(await dialog.innerText(), /2000 is already attached/);
    assert.deepEqual(await accessibility(page), []);
    const before = await fernhill.api.get(`${fernhill.path}/callflows?search=Night`);
    assert.equal(before.items.length, 0, 'looking writes nothing');
    await take.click();
    const done = page.getByRole('dialog', { name: '1 callflow and 1 other document imported' });
    await done.locator('.dialog-foot').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('main').getByRole('link', { name: 'Night shift' }).waitFor();
    const after = await fernhill.api.get(`${fernhill.path}/callflows?search=Night`);
    assert.deepEqual(after.items[0].numbers, ['4711']);
  });

  test('a file that is no JSON says so and another one can be chosen', async (t) => {
    const { dialog } = await looked(t, '{"flow": ');
    await dialog.getByRole('alert').waitFor();
    assert.match(await dialog.getByRole('alert').innerText(), /not JSON/);
    await dialog.getByRole('button', { name: 'Look at the file' }).waitFor();
  });
});
