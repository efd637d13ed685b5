// Faxes on real calls: sound over RTP from a machine at the carrier, pages in the account.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Browser, accessibility, picture } from '../boundary/browser.mjs';
import { Editor } from '../boundary/editor.mjs';
import { Server } from '../boundary/server.mjs';
import { Fernhill } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { FaxMachine, pagesOf } from '../boundary/fax.mjs';
import { until } from '../boundary/until.mjs';

const run = promisify(execFile);

describe('faxes', () => {
  let server;
  let fernhill;
  let directory;
  let faxBox;
  let browser;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-faxes-'));
    server = await Server.start();
    fernhill = await Fernhill.open(server);
    faxBox = await fernhill.idOf('fax-boxes', 'Reception fax');
    browser = await Browser.start();
  });

  after(async () => {
    await browser?.stop();
    await server?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  const toBox = () => step('faxbox', { id: faxBox, media: { fax_option: false } });

  // A callflow that answers a number until the test ends.
  async function draw(t, number, flow = toBox()) {
    const callflow = await fernhill.create({ name: `Fax ${number}`, numbers: [number], flow });
    t.after(() => fernhill.api.ask('DELETE', `${fernhill.path}/callflows/${callflow.id}`));
    await fernhill.publish(callflow.id);
    return callflow.id;
  }

  async function machine(t, file, options) {
    const machine = await FaxMachine.open(server, file, '+44 161 496 0999', options);
    t.after(async () => {
      await machine.close();
      if (t.passed === false) t.diagnostic(server.tail(60));
    });
    return machine;
  }

  function fax(call) {
    return until(
      'the fax in the account',
      async () => {
        const page = await fernhill.api.get(`${fernhill.path}/faxes?fax_box=${faxBox}`);
        return page.items.find((item) => item.call_id === call.id);
      },
      { within: 20_000, tell: () => server.tail() },
    );
  }

  async function file(path) {
    const response = await fetch(`${server.http}/api/v1${fernhill.path}${path}`, {
      headers: { authorization: `Bearer ${fernhill.api.token}` },
    });
    return { type: response.headers.get('content-type'), status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
  }

  test('two pages arrive dot by dot, are read as TIFF and PDF, and are deleted', { timeout: 300_000 }, async (t) => {
    const number = '+441614960127';
    const callflow = await draw(t, number);
    const document = join(directory, 'document.tif');
    await writeFile(document, pagesOf(2, 120));

    const sender = await machine(t, document);
    await sender.call(number);
    const sent = await sender.ended;
    await sender.hangUp();
    assert.equal(sent.error, null, JSON.stringify(sent));
    assert.equal(sent.pages, 2);

    const call = await fernhill.ended(callflow);
    const received = await fax(call);
    assert.equal(received.error, '');
    assert.equal(received.pages, 2);
    assert.equal(received.direction, 'inbound');
    assert.equal(received.station_id, '+44 161 496 0999');
    assert.equal(received.callee_number, number);
    assert.equal(received.error_correction, true);
    assert.equal(received.file, undefined, 'paths are nobody\'s business');

    const tiff = await file(`/faxes/${received.id}/tiff`);
    assert.equal(tiff.type, 'image/tiff');
    const [kept, plain, first] = ['kept.tif', 'plain.tif', 'first.tif'].map((name) => join(directory, name));
    await writeFile(kept, tiff.bytes);
    for (const [from, to] of [[kept, plain], [document, first]]) {
      // One strip of plain rows to a page, whatever the file was before.
      await run('tiffcp', ['-c', 'none', '-r', '120', '-f', 'msb2lsb', from, to]);
    }
    assert.deepEqual(rows(await readFile(plain)), rows(await readFile(first)), 'every dot of both pages');

    const mail = await until('the mail with the fax', async () => (await server.outbox()).find((text) => text.includes('fax.pdf')));
    assert.match(mail, /^Subject: Fax from .*2 pages/m);
    assert.match(mail, /sent a fax of 2 pages on/);

    const pdf = await file(`/faxes/${received.id}/pdf`);
    assert.equal(pdf.type, 'application/pdf');
    assert.match(pdf.bytes.toString('latin1'), /^%PDF-1\.4[^]*\/Count 2[^]*%%EOF\n$/);

    await fernhill.api.ask('DELETE', `${fernhill.path}/faxes/${received.id}`);
    assert.equal((await file(`/faxes/${received.id}/tiff`)).status, 404);
  });

  test('a fax on a line that began with G.722 gets through, as the line is changed', { timeout: 300_000 }, async (t) => {
    const number = '+441614960129';
    const callflow = await draw(t, number);
    const document = join(directory, 'wide.tif');
    await writeFile(document, pagesOf(1, 60));
    const sender = await machine(t, document, { wide: true });
    await sender.call(number);
    await sender.ended;
    await sender.hangUp();
    const received = await fax(await fernhill.ended(callflow));
    assert.deepEqual([received.error, received.pages], ['', 1]);
    assert.deepEqual([sender.spoken[0], sender.spoken.length], [9, 2]);
    assert.notEqual(sender.spoken[1], 9);
  });

  test('Fax Detect hears the tone of a fax machine and leads it to the fax box', { timeout: 300_000 }, async (t) => {
    const number = '+441614960129';
    const flow = step('fax_detect', { duration: 20 }, { ON_FAX: toBox(), ON_VOICE: step('hangup', {}) });
    const callflow = await draw(t, number, flow);
    const document = join(directory, 'one.tif');
    await writeFile(document, pagesOf(1, 60));

    const sender = await machine(t, document);
    await sender.call(number);
    await sender.ended;
    await sender.hangUp();

    const received = await fax(await fernhill.ended(callflow));
    assert.deepEqual([received.error, received.pages], ['', 1]);
    const trace = JSON.stringify(await fernhill.trace(await fernhill.ended(callflow)));
    assert.match(trace, /a fax machine calls/);
  });

  test('a sender that hangs up in the middle leaves a fax that says why it failed', { timeout: 120_000 }, async (t) => {
    const number = '+441614960128';
    const callflow = await draw(t, number);
    const document = join(directory, 'long.tif');
    await writeFile(document, pagesOf(2, 1000));

    const sender = await machine(t, document);
    await sender.call(number);
    await until('the fax to be on its way', () => sender.frames > 500, { within: 60_000 });
    await sender.hangUp();

    const received = await fax(await fernhill.ended(callflow));
    assert.match(received.error, /dropped/i);
    assert.ok(received.pages < 2);
    assert.equal((await file(`/faxes/${received.id}/pdf`)).status, 404, 'no page got through');
  });

  for (const [theme, viewport] of [
    ['light', { width: 1440, height: 900 }],
    ['dark', { width: 390, height: 844 }],
  ]) {
    test(`the page of a fax box lists what came and what failed, ${theme}`, async (t) => {
      const page = await browser.person({ origin: server.http, colorScheme: theme, viewport });
      t.after(() => page.context().close());
      const editor = await Editor.signIn(page);
      await page.goto(`/a/${fernhill.id}/fax-boxes/${faxBox}`);
      await until('the page to be alive', () => page.locator('#save-resource').isEnabled());
      await page.locator('.tabs-line label', { hasText: 'Faxes' }).click();
      await page.getByText('Failed').first().waitFor();
      const link = page.getByRole('link', { name: /^Open the fax from .* as PDF$/ }).first();
      const pdf = await editor.page.request.get(new URL(await link.getAttribute('href'), server.http).href);
      assert.equal(pdf.headers()['content-type'], 'application/pdf');
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `faxes-${theme}`);
      if (theme === 'dark') {
        const before = await page.getByRole('button', { name: /^Delete the fax from/ }).count();
        await page.getByRole('button', { name: /^Delete the fax from/ }).first().click();
        await page.getByText('Fax deleted').waitFor();
        await until('one fax less', async () => (await page.getByRole('button', { name: /^Delete the fax from/ }).count()) === before - 1);
      }
      assert.deepEqual(page.troubles, []);
    });
  }
});

// The rows of each page of a TIFF file that tiffcp wrote without compression.
function rows(tiff) {
  const pages = [];
  for (let at = tiff.readUInt32LE(4); at !== 0; ) {
    const count = tiff.readUInt16LE(at);
    const field = (tag) => {
      for (let index = 0; index < count; index += 1) {
        const entry = at + 2 + index * 12;
        if (tiff.readUInt16LE(entry) === tag) {
          const short = tiff.readUInt16LE(entry + 2) === 3;
          return short ? tiff.readUInt16LE(entry + 8) : tiff.readUInt32LE(entry + 8);
        }
      }
      return undefined;
    };
    const [width, height, offset, length, invert] = [256, 257, 273, 279, 262].map(field);
    const image = Buffer.from(tiff.subarray(offset, offset + length));
    if (invert === 1) image.forEach((byte, index) => (image[index] = ~byte & 0xff));
    pages.push({ width, height, image: image.toString('hex') });
    at = tiff.readUInt32LE(at + 2 + count * 12);
  }
  return pages;
}
