// What an administrator does with users, devices, media and settings.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser, accessibility, picture } from '../boundary/browser.mjs';
import { Editor } from '../boundary/editor.mjs';
import { Pages } from '../boundary/pages.mjs';
import { Phone } from '../boundary/phones.mjs';
import { Server } from '../boundary/server.mjs';
import { Fernhill, realm } from '../boundary/demo.mjs';
import { writeTone } from '../boundary/audio.mjs';
import { until } from '../boundary/until.mjs';

describe('resources', () => {
  let server;
  let fernhill;
  let browser;
  let directory;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-resources-'));
    server = await Server.start();
    fernhill = await Fernhill.open(server);
    browser = await Browser.start();
  });

  after(async () => {
    await browser?.stop();
    await server?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  // An administrator's browser, signed in.
  async function administrator(t, options) {
    const page = await browser.person({ origin: server.http, ...options });
    t.after(() => page.context().close());
    await Editor.signIn(page);
    return new Pages(page, fernhill.id);
  }

  const stored = (kind, id) => fernhill.api.get(`${fernhill.path}/${kind}/${id}`);

  test('a device is added, its phone registers, and the page says so', async (t) => {
    const pages = await administrator(t);
    await pages.list('devices');
    await pages.main.getByRole('link', { name: 'Add device' }).click();
    await pages.ready();
    await pages.save.click();
    await pages.main.getByRole('alert').first().waitFor();
    const said = await pages.main.getByRole('alert').allInnerTexts();
    assert.deepEqual(said.map((text) => text.trim()), ['Enter a name.', 'Enter a value.']);

    await pages.field('Name').fill('Consulting room 2');
    await pages.field('Owner optional').selectOption({ label: 'Priya Nair' });
    await pages.field('SIP user name').fill('room2');
    await pages.page.getByRole('button', { name: 'Generate SIP password' }).click();
    const password = await pages.field('SIP password optional').inputValue();
    assert.match(password, /^[a-z2-9]{24}$/);
    await pages.save.click();
    await pages.told('Device added');
    await pages.page.getByRole('heading', { level: 1, name: 'Consulting room 2' }).waitFor();
    const id = pages.id();
    assert.equal((await stored('devices', id)).sip.username, 'room2');
    assert.doesNotMatch(await pages.page.content(), new RegExp(password), 'the password never comes back');

    const phone = await Phone.start(directory, { user: 'room2', domain: realm, password, port: server.sipUdp });
    t.after(() => phone.stop());
    await pages.form('devices', id);
    await pages.main.getByText('Registered', { exact: true }).last().waitFor();
    assert.match(await pages.main.innerText(), /baresip/);

    await pages.form('users', await fernhill.idOf('users', 'Priya Nair'));
    await pages.tab('Devices');
    const row = pages.main.getByRole('listitem').filter({ hasText: 'Consulting room 2' });
    await row.getByText('Registered', { exact: true }).waitFor();
    assert.deepEqual(pages.page.troubles, []);
  });

  test('a user is edited, and what the form does not show is kept', async (t) => {
    const pages = await administrator(t);
    const id = await fernhill.idOf('users', 'Tom Ashworth');
    const before = await stored('users', id);
    await fernhill.api.ask('PUT', `${fernhill.path}/users/${id}`, {
      body: { ...before, from_elsewhere: { kept: true }, hotdesk: { enabled: true, id: '2002', pin: '4711' } },
      headers: { 'if-match': `"${before.revision}"` },
    });
    await pages.form('users', id);
    assert.doesNotMatch(await pages.page.content(), /4711/, 'the PIN is not in the page');
    await pages.field('Email optional').fill('tom@fernhill.example');
    await pages.tab('Call forwarding');
    await pages.main.getByLabel(/^Forward calls/).check();
    await pages.field('Forward to optional').fill('+447700900417');
    await pages.save.click();
    await pages.told('User saved');
    const now = await stored('users', id);
    assert.equal(now.email, 'tom@fernhill.example');
    assert.equal(now.call_forward.enabled, true);
    assert.equal(now.call_forward.number, '+447700900417');
    assert.deepEqual(now.from_elsewhere, { kept: true });
    assert.equal(now.hotdesk.pin, undefined, 'a PIN is not told');
    await pages.tab('Hot-desking');
    await pages.page.getByRole('button', { name: 'Remove Hot-desk PIN' }).waitFor();
    assert.deepEqual(pages.page.troubles, []);
  });

  test('of two editors the second is told, and adds to what the first saved', async (t) => {
    const [first, second] = [await administrator(t), await administrator(t)];
    const id = await fernhill.idOf('menus', 'Main menu');
    await first.form('menus', id);
    await second.form('menus', id);
    await first.main.getByLabel(/^Allow callers to dial/).uncheck();
    await first.save.click();
    await first.told('Menu saved');

    await second.field('Name').fill('Front menu');
    await second.save.click();
    const banner = second.main.getByRole('alert');
    await banner.waitFor();
    assert.match(await banner.innerText(), /saved this menu in between/);
    assert.equal(await second.field('Name').inputValue(), 'Front menu', 'nothing typed is lost');
    await banner.getByRole('button', { name: 'Add mine to theirs' }).click();
    await second.told('Menu saved');
    const now = await stored('menus', id);
    assert.equal(now.name, 'Front menu');
    assert.equal(now.hunt, false, 'the first change stays');
  });

  test('what is in use is not deleted, and the page says by whom', async (t) => {
    const pages = await administrator(t);
    await pages.form('voicemail-boxes', await fernhill.idOf('voicemail-boxes', 'Reception'));
    await pages.page.getByRole('button', { name: 'Delete mailbox' }).click();
    await pages.dialog.getByRole('button', { name: 'Delete mailbox' }).click();
    await pages.dialog.getByText('Main line').waitFor();
    await pages.dialog.getByRole('button', { name: 'Close', exact: true }).last().click();

    const spare = await fernhill.api.post(`${fernhill.path}/ring-groups`, { name: 'Spare group', endpoints: {} });
    await pages.form('ring-groups', spare.id);
    await pages.page.getByRole('button', { name: 'Delete ring group' }).click();
    await pages.dialog.getByRole('button', { name: 'Delete ring group' }).click();
    await pages.told('“Spare group” is deleted');
    await pages.page.waitForURL(/\/ring-groups$/);
    await until('the group to be gone', async () => {
      const answer = await fernhill.api.send('GET', `${fernhill.path}/ring-groups/${spare.id}`);
      return answer.status === 404;
    });
  });

  test('members, times and weekdays are stored as other programs write them', async (t) => {
    const pages = await administrator(t);
    await pages.form('ring-groups');
    await pages.field('Name').fill('Nurses');
    await pages.field('Add a user, device or group').selectOption({ label: 'Helen Marsh' });
    await pages.save.click();
    await pages.told('Ring group added');
    const helen = await fernhill.idOf('users', 'Helen Marsh');
    await pages.page.waitForURL((url) => !url.pathname.endsWith('/new'));
    assert.deepEqual((await stored('ring-groups', pages.id())).endpoints, { [helen]: { type: 'user' } });

    await pages.form('time-rules');
    await pages.field('Name').fill('Clinic');
    await pages.main.getByLabel('Monday').check();
    await pages.main.getByLabel('Friday').check();
    await pages.field('From').fill('08:30');
    await pages.field('To').fill('25:00');
    await pages.save.click();
    await pages.main.getByText('Enter a time from 00:00 to 24:00').waitFor();
    await pages.field('To').fill('17:00');
    await pages.field('Start date optional').fill('2026-03-02');
    await pages.save.click();
    await pages.told('Time rule added');
    await pages.page.waitForURL((url) => !url.pathname.endsWith('/new'));
    const rule = await stored('time-rules', pages.id());
    assert.deepEqual(rule.wdays, ['monday', 'friday']);
    assert.equal(rule.time_window_start, 30_600);
    assert.equal(rule.time_window_stop, 61_200);
    assert.equal(rule.start_date, 63_939_628_800);
  });

  test('a sound is uploaded with its media file and can be played', async (t) => {
    const pages = await administrator(t);
    const file = join(directory, 'welcome.wav');
    await writeTone(file, 440, 2);
    await pages.form('media');
    await pages.field('Name').fill('Spring welcome');
    await pages.field('Sound file').setInputFiles(file);
    await pages.save.click();
    await pages.told('Media file added');
    const player = pages.main.locator('audio');
    await player.waitFor();
    const seconds = await player.evaluate(
      (audio) =>
        new Promise((done) => {
          audio.addEventListener('loadedmetadata', () => done(audio.duration));
          audio.preload = 'metadata';
          audio.load();
        }),
    );
    assert.equal(Math.round(seconds), 2);
    assert.equal((await stored('media', pages.id())).media_source, 'upload');
  });

  test('settings of the account are saved', async (t) => {
    const pages = await administrator(t);
    await pages.settings();
    await pages.field('External caller ID number optional').fill('+441614960120');
    await pages.field('Premium').selectOption('deny');
    await pages.save.click();
    await pages.told('Account settings saved');
    const now = await fernhill.api.get(`${fernhill.path}/settings`);
    assert.equal(now.caller_id.external.number, '+441614960120');
    assert.deepEqual(now.call_restriction, { premium: { action: 'deny' } });
  });

  test('lists are searched and sorted on the server', async (t) => {
    const pages = await administrator(t);
    await pages.list('users');
    const names = () => pages.main.getByRole('row').locator('td:first-child').allInnerTexts();
    assert.equal((await names())[0], 'Daniel Osei');
    await pages.main.getByRole('columnheader', { name: 'Extension' }).getByRole('link').click();
    await until('the list to be sorted by extension', async () => (await names())[0] === 'Priya Nair');
    const sorted = pages.main.getByRole('columnheader', { name: 'Extension' });
    assert.equal(await sorted.getAttribute('aria-sort'), 'ascending');
    await sorted.getByRole('link').click();
    await until('the list to be turned round', async () => (await names())[0] === 'Ruth Calder');
    await pages.main.getByLabel('Find in this list').fill('helen');
    await until('one user to be found', async () => (await names()).join() === 'Helen Marsh');
    await pages.main.getByLabel('Find in this list').fill('nobody at all');
    await pages.main.getByText('Nothing in users has “nobody at all”').waitFor();
  });

  test('a device is read without script', async (t) => {
    const pages = await administrator(t, { javaScriptEnabled: false });
    const id = await fernhill.idOf('devices', "Ruth's desk phone");
    await pages.page.goto(`/a/${fernhill.id}/devices/${id}`);
    assert.equal(await pages.field('SIP user name').inputValue(), 'desk2005');
  });

  for (const theme of ['light', 'dark']) {
    test(`every form is accessible, ${theme}`, async (t) => {
      const pages = await administrator(t, { colorScheme: theme });
      const found = [];
      const look = async (name) => {
        found.push(...(await accessibility(pages.page)).map((line) => `${name}: ${line}`));
        await picture(pages.page, `${name}-${theme}`);
      };
      for (const [kind, name] of [
        ['users', 'Priya Nair'],
        ['devices', "Priya's desk phone"],
        ['ring-groups', 'Reception'],
        ['voicemail-boxes', 'Reception'],
      ]) {
        const items = await fernhill.api.all(`${fernhill.path}/${kind}`);
        const item = items.find((item) => item.name === name) ?? items[0];
        await pages.form(kind, item.id);
        await look(kind);
      }
      for (const kind of ['carriers', 'media', 'menus', 'time-rules', 'time-rule-sets', 'directories', 'fax-boxes', 'lists']) {
        await pages.form(kind);
        await pages.page.getByRole('main').locator('details').evaluateAll((all) => all.forEach((it) => (it.open = true)));
        await look(`new-${kind}`);
      }
      await pages.settings();
      await look('settings');
      assert.deepEqual(found, []);
      assert.deepEqual(pages.page.troubles, []);
    });
  }
});
