// The pages around the editor: reachable, readable without script, accessible.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { Browser, accessibility, picture } from '../boundary/browser.mjs';
import { Editor } from '../boundary/editor.mjs';
import { Server, password } from '../boundary/server.mjs';
import { Fernhill } from '../boundary/demo.mjs';

const SECTIONS = [
  'callflows',
  'users',
  'devices',
  'ring-groups',
  'menus',
  'media',
  'voicemail-boxes',
  'time-rules',
  'carriers',
  'numbers',
  'calls',
];

describe('pages', () => {
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

  async function person(t, options) {
    const page = await browser.person({ origin: server.http, ...options });
    t.after(() => page.context().close());
    return page;
  }

  test('a wrong password says so and keeps the person out', async (t) => {
    const page = await person(t);
    await page.goto('/sign-in');
    await page.getByLabel('Email').fill('admin@fernhill.example');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    assert.match(await page.getByRole('alert').innerText(), /wrong/);
  });

  test('who is not signed in is sent to the sign-in page and back', async (t) => {
    const page = await person(t);
    await page.goto(`/a/${fernhill.id}/callflows`);
    await page.waitForURL(/\/sign-in/);
    await page.getByLabel('Email').fill('admin@fernhill.example');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(new RegExp(`/a/${fernhill.id}/callflows`));
  });

  test('another account is not shown', async (t) => {
    const page = await person(t);
    await Editor.signIn(page, 'admin@oakfield.example');
    const answer = await page.goto(`/a/${fernhill.id}/callflows`);
    assert.doesNotMatch(await page.innerText('body'), /Main line/);
    assert.ok(answer.status() < 500, `status ${answer.status()}`);
  });

  for (const theme of ['light', 'dark']) {
    test(`every page is accessible, ${theme}`, async (t) => {
      const page = await person(t, { colorScheme: theme });
      await page.goto('/sign-in');
      const found = (await accessibility(page)).map((line) => `sign-in: ${line}`);
      const editor = await Editor.signIn(page);
      for (const section of SECTIONS) {
        const answer = await page.goto(`/a/${fernhill.id}/${section}`);
        assert.equal(answer.status(), 200, section);
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        found.push(...(await accessibility(page)).map((line) => `${section}: ${line}`));
      }
      const main = await fernhill.api.named(`${fernhill.path}/callflows`, 'Main line');
      await editor.open(fernhill.id, main.id);
      await picture(page, `editor-${theme}`);
      found.push(...(await accessibility(page)).map((line) => `editor: ${line}`));
      assert.deepEqual(found, []);
      assert.deepEqual(page.troubles, [], 'nothing went wrong in the browser');
    });
  }

  test('lists and drawings are read without script', async (t) => {
    const page = await person(t, { javaScriptEnabled: false });
    await Editor.signIn(page);
    await page.goto(`/a/${fernhill.id}/callflows`);
    await page.getByRole('link', { name: 'Main line' }).first().click();
    await page.getByRole('tree').getByText('Ring Group').first().waitFor();
    for (const [section, text] of [['users', 'Priya'], ['voicemail-boxes', 'Reception'], ['numbers', '0127']]) {
      await page.goto(`/a/${fernhill.id}/${section}`);
      assert.match(await page.innerText('main'), new RegExp(text), section);
    }
  });

  test('files of the site are compressed, named by their content and kept', async () => {
    const html = await (await fetch(`${server.http}/sign-in`)).text();
    const files = [...html.matchAll(/(?:href|src)="(\/pkg[^"]+\.(?:css|js))"/g)].map((match) => match[1]);
    assert.ok(files.length >= 2, `the page names its style and its program: ${files}`);
    for (const file of files) {
      const answer = await fetch(server.http + file);
      assert.equal(answer.status, 200, file);
      assert.match(answer.headers.get('cache-control') ?? '', /immutable/, file);
    }
  });

  test('pages forbid what they do not need', async () => {
    const answer = await fetch(`${server.http}/sign-in`);
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  });
});
