// The panel of the simulator, as a person uses it.

import { until } from './until.mjs';

export class Simulator {
  constructor(editor) {
    this.editor = editor;
    this.page = editor.page;
    this.panel = this.page.getByRole('complementary', { name: 'Simulator' });
  }

  static async open(editor) {
    await editor.page.getByRole('button', { name: 'Simulate', exact: true }).first().click();
    const simulator = new Simulator(editor);
    await simulator.ready();
    return simulator;
  }

  // The account is known: the form is there.
  ready() {
    return this.panel.getByLabel('Dials', { exact: true }).waitFor();
  }

  async fill({ dials, at }) {
    if (dials) await this.panel.getByLabel('Dials', { exact: true }).fill(dials);
    if (at) await this.panel.getByLabel('At', { exact: true }).fill(at);
  }

  // Begins a call, the first one or another.
  async start(call = {}) {
    await this.fill(call);
    await this.panel.getByRole('button', { name: /^(Start the call|Start again)$/ }).click();
    await this.panel.getByRole('group', { name: 'Call' }).waitFor();
  }

  // Waits for a line of the timeline.
  tells(text) {
    const lines = this.panel.getByRole('region', { name: 'Steps of the call' });
    return until(`the steps to tell ${text}`, async () => text.test(await lines.innerText()), { tell: () => lines.innerText() });
  }

  state(text) {
    const chip = this.panel.locator('.sim-now .chip');
    return until(`the state to be ${text}`, async () => text.test(await chip.innerText()), { tell: () => this.panel.innerText() });
  }

  // Waits until those who listen to the page have heard it.
  aloud(text) {
    const said = this.page.locator('.sr[aria-live=assertive]');
    return until(`${text} to be said`, async () => text.test(await said.innerText()), { tell: () => said.innerText() });
  }

  key(key) {
    return this.panel.getByRole('group', { name: 'Keypad' }).getByRole('button', { name: key, exact: true }).click();
  }

  press(name) {
    return this.panel.getByRole('button', { name, exact: true }).click();
  }

  phone(name, does) {
    return this.panel.getByRole('button', { name: `${name}: ${does}` }).click();
  }

  // The numbers on the diagram, by the steps' names.
  numbered() {
    return this.editor.tree.locator('.node:has(.step-no)').evaluateAll((blocks) =>
      Object.fromEntries(
        blocks.map((block) => {
          const [branch, title, detail] = ['.node-text b .sr', '.node-text b', '.node-text small'].map(
            (part) => block.querySelector(part)?.textContent ?? '',
          );
          // Its own text, without what only a screen reader says.
          const number = [...block.querySelector('.step-no').childNodes]
            .filter((node) => node.nodeType === Node.TEXT_NODE)
            .map((node) => node.data)
            .join('');
          return [title + (branch && detail ? `, ${detail}` : ''), number];
        }),
      ),
    );
  }
}
