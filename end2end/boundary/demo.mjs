// The demo's account Fernhill Veterinary, as its administrator sees it through the API.

import assert from 'node:assert/strict';
import { password } from './server.mjs';
import { until } from './until.mjs';

export const realm = 'fernhill.example';

export class Fernhill {
  static async open(server) {
    const fernhill = new Fernhill();
    fernhill.server = server;
    fernhill.api = await server.api.signIn('admin@fernhill.example', password);
    const account = await fernhill.api.named('/accounts', 'Fernhill Veterinary');
    fernhill.id = account.id;
    fernhill.path = `/accounts/${account.id}`;
    return fernhill;
  }

  // The id of a resource by its kind, as in the API's paths, and its name.
  async idOf(kind, name) {
    return (await this.api.named(`${this.path}/${kind}`, name)).id;
  }

  // Creates a callflow and returns its document.
  create(document) {
    return this.api.post(`${this.path}/callflows`, document);
  }

  // Replaces a callflow's draft, starting from its present revision.
  async change(id, change) {
    const now = await this.api.get(`${this.path}/callflows/${id}`);
    const document = change(structuredClone(now));
    return this.api.ask('PUT', `${this.path}/callflows/${id}`, {
      body: document,
      headers: { 'if-match': `"${now.revision}"` },
    });
  }

  // Makes the draft live and returns its version.
  async publish(id) {
    const live = await this.api.post(`${this.path}/callflows/${id}/publish`, {});
    assert.ok(live.version >= 1, `publishing gives a version: ${JSON.stringify(live)}`);
    return live.version;
  }

  // Calls of this callflow, newest first.
  async calls(callflow) {
    const page = await this.api.get(`${this.path}/calls?callflow=${callflow}`);
    return page.items;
  }

  // The record of this callflow's `count`-th call, newest first, once it has ended.
  ended(callflow, count = 1) {
    return until(
      'the record of the ended call',
      async () => {
        const calls = await this.calls(callflow);
        return calls.length >= count && calls[count - 1].ended_at && calls[count - 1];
      },
      { tell: () => this.server.tail() },
    );
  }

  async trace(call) {
    return (await this.api.get(`${this.path}/calls/${call.id}/trace`)).items;
  }

  messages(mailbox) {
    return this.api.all(`${this.path}/voicemail-boxes/${mailbox}/messages`);
  }
}

// The way a call took: the steps it entered, and the branches it left by.
export function way(trace) {
  return trace
    .filter((entry) => ['entered', 'took', 'into', 'ended'].includes(entry.step))
    .map((entry) => {
      if (entry.step === 'entered') return entry.module;
      if (entry.step === 'took') return `-> ${entry.key}`;
      return entry.step === 'into' ? 'into' : `end ${entry.cause}`;
    });
}
