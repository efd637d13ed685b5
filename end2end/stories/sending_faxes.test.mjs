// Faxes sent from a fax box. The carrier leads every number back here, so that another box receives them.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { accessibility, picture } from '../boundary/browser.mjs';
import { step } from '../boundary/desk.mjs';
import { pdfOf } from '../boundary/fax.mjs';
import { password } from '../boundary/server.mjs';
import { Studio } from '../boundary/studio.mjs';
import { until } from '../boundary/until.mjs';

const LAB = '+441614960127';
const BUSY = '+441614960128';
const SLOW = '+441614960129';

describe('sending faxes', () => {
  let studio;
  let fernhill;
  let faxBox;
  let lab;

  before(async () => {
    studio = await Studio.open({ env: { PATCHCORD_FAX_PAUSE: '1' } });
    fernhill = studio.fernhill;
    faxBox = await fernhill.api.post(`${fernhill.path}/fax-boxes`, {
      name: 'Surgery fax',
      fax_identity: '+44 161 496 0120',
      retries: 1,
      notifications: { outbound: { email: { send_to: ['surgery@fernhill.example'] } } },
    });
    lab = await fernhill.api.post(`${fernhill.path}/fax-boxes`, { name: 'Lab', fax_identity: 'LAB' });
    await fernhill.api.post(`${fernhill.path}/carriers`, {
      name: 'There and back',
      username: 'trunk',
      password,
      server: `127.0.0.1:${studio.server.sipUdp}`,
    });
    for (const [name, number, flow] of [
      ['Lab', LAB, step('faxbox', { id: lab.id, media: { fax_option: false } })],
      ['Busy', BUSY, step('response', { code: 486 })],
      ['Slow', SLOW, step('sleep', { duration: 300, unit: 's' })],
    ]) {
      const callflow = await fernhill.create({ name, numbers: [number], flow });
      await fernhill.publish(callflow.id);
    }
  });

  after(() => studio?.close());

  const path = (rest = '') => `${fernhill.path}/outgoing-faxes${rest}`;
  const send = (number, { raw = pdfOf(1), box = faxBox.id } = {}) =>
    fernhill.api.send('POST', path(`?fax_box=${box}&number=${encodeURIComponent(number)}`), {
      raw,
      headers: { 'content-type': 'application/pdf' },
    });
  const over = (id) =>
    until(
      'the fax to be over',
      async () => {
        const fax = await fernhill.api.get(path(`/${id}`));
        return !['queued', 'sending'].includes(fax.state) && fax;
      },
      { within: 120_000, tell: () => studio.server.tail() },
    );
  const mail = (subject) =>
    until('the mail about it', async () => (await studio.server.outbox()).find((text) => text.includes(`Subject: ${subject}`)));

  for (const [colorScheme, viewport] of [
    ['light', { width: 1440, height: 900 }],
    ['dark', { width: 390, height: 844 }],
  ]) {
    test(`a PDF given on the page of a fax box arrives at the number, ${colorScheme}`, { timeout: 300_000 }, async (t) => {
      const { page } = await studio.signedIn(t, { colorScheme, ...viewport });
      await page.goto(`/a/${fernhill.id}/fax-boxes/${faxBox.id}`);
      await until('the page to be alive', () => page.locator('#save-resource').isEnabled());
      await page.locator('.tabs-line label', { hasText: 'Faxes' }).click();

      await page.getByRole('button', { name: 'Send fax' }).click();
      await page.getByText('Enter the number that the fax goes to.').waitFor();
      await page.getByLabel('Number', { exact: true }).fill('0161 496 0127');
      await page.getByLabel('PDF file').setInputFiles({ name: 'notes.pdf', mimeType: 'application/pdf', buffer: Buffer.from('notes') });
      await page.getByRole('button', { name: 'Send fax' }).click();
      await page.getByText('the file is no PDF, or it is damaged').waitFor();
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `sending-fax-wrong-${colorScheme}`);

      const before = (await fernhill.api.all(path(`?fax_box=${faxBox.id}`))).length;
      await page.getByLabel('PDF file').setInputFiles({ name: 'result.pdf', mimeType: 'application/pdf', buffer: pdfOf(2) });
      await page.getByRole('button', { name: 'Send fax' }).click();
      await page.getByText('The fax is on its way').waitFor();
      const rows = page.getByRole('link', { name: /^Open the fax to/ });
      await until('the new fax in the list', async () => (await rows.count()) === before + 1);
      const row = page.locator('.messages > li').first();
      await row.getByText('Sent', { exact: true }).waitFor({ timeout: 120_000 });
      await row.getByText(/2 pages/).waitFor();
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `sending-fax-${colorScheme}`);

      const all = await fernhill.api.all(path(`?fax_box=${faxBox.id}`));
      assert.equal(all.length, before + 1);
      const [sent] = all;
      assert.deepEqual([sent.state, sent.pages_sent, sent.station_id], ['sent', 2, 'LAB']);
      // Modems keep real time: on a busy machine an attempt may be lost, and leaves a fax that failed.
      const came = async () => (await fernhill.api.all(`${fernhill.path}/faxes?fax_box=${lab.id}`)).find((fax) => fax.error === '');
      const received = await until('the fax at the lab', came);
      assert.deepEqual([received.pages, received.station_id], [2, '+44 161 496 0120']);
      const pdf = async (address) => (await fernhill.api.send('GET', address)).bytes;
      const [there, here] = [await pdf(`${fernhill.path}/faxes/${received.id}/pdf`), await pdf(path(`/${sent.id}/pdf`))];
      assert.ok(there.equals(here), 'the lab has every dot');
      await fernhill.api.ask('DELETE', `${fernhill.path}/faxes/${received.id}`);

      const call = await fernhill.api.get(`${fernhill.path}/calls/${sent.call_id}`);
      assert.deepEqual([call.direction, call.callee_number ?? call.dialled], ['outbound', '01614960127']);
      await page.goto(`/a/${fernhill.id}/calls/${sent.call_id}`);
      await page.getByText('Fax sent, pages: 2').first().waitFor();
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `sending-fax-call-${colorScheme}`);
      assert.match(await mail('Fax to .* sent, 2 pages'.replace('.*', '01614960127')), /To: surgery@fernhill\.example/);
      assert.deepEqual(
        page.troubles.filter((trouble) => !trouble.includes('422')),
        [],
      );
    });
  }

  test('a busy line is tried again, then the fax is given up and the box is told why', { timeout: 120_000 }, async () => {
    const { status, body } = await send(BUSY);
    assert.equal(status, 202);
    const fax = await over(body.id);
    assert.deepEqual([fax.state, fax.attempts, fax.reason], ['failed', 2, 'the line is busy']);
    assert.match(await mail('Fax to +44 161 496 0128 failed'), /the line is busy/);
  });

  test('a fax that is cancelled while it rings hangs up', { timeout: 120_000 }, async () => {
    const { body } = await send(SLOW);
    const active = () => fernhill.api.all(`${fernhill.path}/calls?active=true`);
    await until('the call', async () => (await fernhill.api.get(path(`/${body.id}`))).state === 'sending' && (await active()).length >= 2);
    await fernhill.api.post(path(`/${body.id}/cancel`), {});
    assert.equal((await fernhill.api.get(path(`/${body.id}`))).state, 'cancelled');
    await until('both ends to have hung up', async () => (await active()).length === 0, { tell: () => studio.server.tail() });
    await fernhill.api.ask('DELETE', path(`/${body.id}`));
    assert.equal((await fernhill.api.send('GET', path(`/${body.id}`))).status, 404);
  });

  test('what cannot be sent is refused with what to do', async () => {
    const refused = async (answer) => {
      const { status, body } = await answer;
      return [status, body.field ?? body.code, body.detail];
    };
    assert.deepEqual(await refused(send('999')), [
      422,
      'number',
      'The fax is not sent: emergency numbers may not be dialled from this fax box. Choose another number, or have the restrictions changed.',
    ]);
    assert.equal((await refused(send('the lab')))[1], 'number');
    assert.equal((await refused(send(LAB, { box: 'nobody' })))[1], 'fax_box');
    assert.deepEqual((await refused(send(LAB, { raw: Buffer.from('%PDF-1.4 and no more') }))).slice(0, 2), [422, 'pdf_unreadable']);
    assert.equal((await refused(send(LAB, { raw: Buffer.alloc((32 << 20) + 1) })))[0], 413);
    assert.equal((await fernhill.api.all(path())).filter((fax) => fax.state === 'queued').length, 0);
  });
});
