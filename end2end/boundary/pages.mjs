// The pages of resources as a person uses them: lists, forms, and what is said below.

import { until } from './until.mjs';

export class Pages {
  constructor(page, account) {
    this.page = page;
    this.account = account;
    this.main = page.getByRole('main');
    this.dialog = page.getByRole('alertdialog');
  }

  // Opens the list of a section.
  async list(section) {
    await this.page.goto(`/a/${this.account}/${section}`);
    await this.page.getByRole('heading', { level: 1 }).waitFor();
  }

  // Opens the form of one thing, `new` for one that is being made, and waits until it can be typed into.
  async form(section, id = 'new') {
    await this.page.goto(`/a/${this.account}/${section}/${id}`);
    await this.ready();
  }

  // Opens the form of the account's settings: there is one, under the section's own address.
  async settings() {
    await this.page.goto(`/a/${this.account}/settings`);
    await this.ready();
  }

  ready() {
    return until('the form to be ready', () => this.save.isEnabled(), {
      within: 60_000,
      tell: () => this.page.troubles.join('\n'),
    });
  }

  get save() {
    return this.page.locator('#save-resource');
  }

  // A field by its label, in the form that is open.
  field(name) {
    return this.main.getByLabel(name, { exact: true });
  }

  tab(name) {
    return this.main.locator('.tabs-line label').filter({ hasText: name }).click();
  }

  // What the page says at the bottom left.
  async told(text) {
    await this.page.locator('.toasts').getByText(text).waitFor();
  }

  // The id in the address.
  id() {
    return new URL(this.page.url()).pathname.split('/').at(-1);
  }
}
