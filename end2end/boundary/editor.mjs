// The editor as a person uses it: by what things are called, with the mouse or with the keyboard alone.

import assert from 'node:assert/strict';
import { password } from './server.mjs';
import { until } from './until.mjs';

export class Editor {
  constructor(page) {
    this.page = page;
    this.catalog = page.getByRole('complementary', { name: 'Catalog of Actions' });
    this.tree = page.getByRole('tree');
    this.dialog = page.getByRole('dialog').or(page.getByRole('alertdialog'));
    this.state = page.locator('.topbar .state');
  }

  // Signs in and waits for the first page behind it.
  static async signIn(page, email = 'admin@fernhill.example') {
    await page.goto('/sign-in');
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
    return new Editor(page);
  }

  // Opens the editor of a callflow that exists.
  async open(account, callflow) {
    await this.page.goto(`/a/${account}/callflows/${callflow}`);
    await this.ready();
  }

  // A new, empty callflow from the list of callflows.
  async add(account) {
    await this.page.goto(`/a/${account}/callflows`);
    await this.page.getByRole('main').getByRole('button', { name: 'Add Callflow' }).click();
    await this.page.waitForURL(/\/callflows\/[^/?]+$/);
    await this.ready();
    return this.id();
  }

  id() {
    return new URL(this.page.url()).pathname.split('/').at(-1);
  }

  // Waits until the page has come alive: the catalog, closed on a telephone, cannot be used before.
  ready() {
    const rows = this.page.locator('.catalog .act:not([disabled])');
    return until('the editor to be ready', async () => (await rows.count()) > 0, {
      within: 60_000,
      tell: () => this.page.troubles.join('\n'),
    });
  }

  step(name) {
    return this.tree.getByRole('treeitem', { name });
  }

  row(action) {
    return this.catalog.getByRole('button', { name: new RegExp(`^${action}`) }).first();
  }

  // Drags an action from the catalog onto a block.
  async drag(action, onto) {
    const row = this.row(action);
    await row.scrollIntoViewIfNeeded();
    await this.carry(row, onto);
  }

  // Presses the mouse on one thing, moves it over another, lets go.
  async carry(from, onto) {
    const [start, end] = [await centre(from), await centre(onto)];
    const mouse = this.page.mouse;
    await mouse.move(start.x, start.y);
    await mouse.down();
    await mouse.move(start.x - 12, start.y + 8, { steps: 4 });
    await mouse.move(end.x, end.y, { steps: 12 });
    await mouse.up();
  }

  // Presses a button of the open dialog and waits for it to go.
  async finish(button) {
    await this.dialog.getByRole('button', { name: button, exact: true }).click();
    await this.dialog.waitFor({ state: 'detached' });
  }

  // Names the callflow and gives it one of the spare numbers.
  async nameAndNumber(name, digits) {
    await this.tree.getByRole('button', { name: 'Change name and numbers' }).click();
    await this.dialog.getByLabel('Name', { exact: true }).fill(name);
    await this.dialog.getByLabel('Find a spare number').fill(digits);
    await this.dialog.getByRole('list', { name: 'Spare numbers' }).getByRole('button').first().click();
    await this.finish('Done');
  }

  async save() {
    await this.page.getByRole('button', { name: 'Save', exact: true }).click();
    await until('the draft to be saved', async () => !/Not saved|unpublished change/.test(await this.state.innerText()), {
      tell: () => this.state.innerText(),
    });
  }

  // One of the four ways to save.
  async saveMenu(choice) {
    await this.page.getByRole('button', { name: 'More ways to save' }).click();
    await this.page.getByRole('menu', { name: 'Save' }).getByRole('menuitem', { name: choice }).click();
  }

  // Publishes what is drawn, with a note for the history.
  async publish(version, note = '') {
    await this.page.getByRole('button', { name: 'Publish', exact: true }).click();
    await this.dialog.waitFor();
    const question = this.page.getByRole('alertdialog');
    if (await question.isVisible()) assert.fail(`publishing asks about warnings: ${await question.innerText()}`);
    await this.dialog.getByLabel('Note optional').fill(note);
    await this.finish('Publish');
    await this.page.getByText(`Live v${version}`).first().waitFor();
  }

  // Presses Tab until the thing with this role and name has the focus.
  async tabTo(locator, { backwards = false, most = 120 } = {}) {
    for (let pressed = 0; pressed < most; pressed += 1) {
      if (await locator.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press(backwards ? 'Shift+Tab' : 'Tab');
    }
    assert.fail(`Tab never reached ${locator}; the focus is on ${await this.focused()}`);
  }

  // What has the focus, for a person.
  focused() {
    return this.page.evaluate(() => {
      const element = document.activeElement;
      return `${element?.tagName} ${element?.getAttribute('aria-label') ?? element?.textContent?.trim().slice(0, 60)}`;
    });
  }
}

async function centre(locator) {
  const box = await locator.boundingBox();
  assert.ok(box, `${locator} is on the page`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
