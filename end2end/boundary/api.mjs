// The REST API as a script sees it.

import assert from 'node:assert/strict';

export class Api {
  constructor(origin, token) {
    this.origin = origin;
    this.token = token;
  }

  // An Api that speaks for this person.
  async signIn(email, password) {
    const answer = await this.send('POST', '/sign-in', { body: { email, password } });
    assert.equal(answer.status, 200, `signing in as ${email}: ${answer.text}`);
    assert.ok(answer.body.token, 'signing in gives a token');
    return new Api(this.origin, answer.body.token);
  }

  // One request. Never throws for a status; `text` and `body` hold what came back.
  async send(method, path, { body, headers = {}, raw } = {}) {
    const url = path.startsWith('http') ? path : `${this.origin}/api/v1${path}`;
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString('utf8');
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      text,
      body: json && text ? JSON.parse(text) : undefined,
    };
  }

  // One request that must succeed; returns its document.
  async ask(method, path, options) {
    const answer = await this.send(method, path, options);
    assert.ok(
      answer.status >= 200 && answer.status < 300,
      `${method} ${path} answered ${answer.status}: ${answer.text.slice(0, 2_000)}`,
    );
    return answer.body;
  }

  get(path) {
    return this.ask('GET', path);
  }

  post(path, body, headers) {
    return this.ask('POST', path, { body, headers });
  }

  // Every item of a list, page after page.
  async all(path) {
    const items = [];
    let cursor;
    do {
      const query = cursor ? `${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}` : '';
      const page = await this.get(path + query);
      items.push(...page.items);
      cursor = page.next;
    } while (cursor);
    return items;
  }

  // The item of a list with this name.
  async named(path, name) {
    const items = await this.all(path);
    const found = items.find((item) => titles(item).includes(name));
    assert.ok(found, `${path} has “${name}”; it has ${items.map((item) => titles(item)[0]).join(', ')}`);
    return found;
  }
}

// What an item is called, by itself or by its document.
function titles(item) {
  const document = item.document ?? item;
  return [item.name, item.title, document.name, [document.first_name, document.last_name].join(' ')].filter(
    (title) => title && title.trim(),
  );
}
