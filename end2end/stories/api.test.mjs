// A script with the API alone: sign in, draw, publish, look at calls.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { Server, password } from '../boundary/server.mjs';
import { Fernhill } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';

describe('the API', () => {
  let server;
  let fernhill;
  let callflows;

  before(async () => {
    server = await Server.start();
    fernhill = await Fernhill.open(server);
    callflows = `${fernhill.path}/callflows`;
  });

  after(() => server?.stop());

  test('a wrong password is refused', async () => {
    const answer = await server.api.send('POST', '/sign-in', {
      body: { email: 'admin@fernhill.example', password: 'wrong' },
    });
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get('content-type'), /application\/problem\+json/);
    assert.ok(answer.body.code);
  });

  test('the demo has its callflows, and they are live', async () => {
    const all = await fernhill.api.all(callflows);
    for (const number of ['2000', '2001', '2005', '9196', '9197']) {
      const found = all.find((callflow) => callflow.numbers.includes(number));
      assert.ok(found, `there is a callflow at ${number}`);
      assert.ok(found.live_version ?? found.live, `${number} is live: ${JSON.stringify(found)}`);
    }
  });

  test('three DDIs are spare', async () => {
    const spare = await fernhill.api.all(`${fernhill.path}/numbers?spare=true`);
    assert.deepEqual(
      spare.map((number) => number.number).sort(),
      ['+441614960127', '+441614960128', '+441614960129'],
    );
  });

  test('a callflow is created, checked, changed, published, rolled back and deleted', async () => {
    const made = await fernhill.create({ name: 'By script', numbers: ['2720'], flow: step('echo', {}) });
    const one = `${callflows}/${made.id}`;
    assert.deepEqual((await fernhill.api.post(`${one}/problems`, {})).problems, []);
    assert.equal(await fernhill.publish(made.id), 1);
    await fernhill.change(made.id, (document) => ({ ...document, name: 'By script, changed' }));
    assert.equal(await fernhill.publish(made.id), 2);
    const versions = await fernhill.api.all(`${one}/versions`);
    assert.deepEqual(versions.map((version) => version.version), [2, 1]);
    const back = await fernhill.api.post(`${one}/rollback`, { version: 1 });
    assert.equal(back.version, 3);
    const deleted = await fernhill.api.send('DELETE', one);
    assert.equal(deleted.status, 204);
    assert.equal((await fernhill.api.send('GET', one)).status, 404);
  });

  test('who saves second gets 412 and what is there now', async () => {
    const made = await fernhill.create({ name: 'Contested', numbers: [], flow: step('echo', {}) });
    const one = `${callflows}/${made.id}`;
    const save = (name) =>
      fernhill.api.send('PUT', one, { body: { ...made, name }, headers: { 'if-match': `"${made.revision}"` } });
    const first = await save('First');
    assert.equal(first.status, 200, first.text);
    const second = await save('Second');
    assert.equal(second.status, 412, second.text);
    assert.equal(second.body.current.name, 'First');
    assert.equal((await fernhill.api.get(one)).name, 'First');
  });

  test('creating twice with one Idempotency-Key makes one callflow', async () => {
    const body = { name: 'Only once', numbers: [], flow: step('echo', {}) };
    const headers = { 'idempotency-key': 'only-once-1' };
    const first = await fernhill.api.post(callflows, body, headers);
    const second = await fernhill.api.post(callflows, body, headers);
    assert.equal(second.id, first.id);
    const all = await fernhill.api.all(`${callflows}?search=Only%20once`);
    assert.equal(all.length, 1);
  });

  test('a flow with errors is not published, and each error names its step', async () => {
    const made = await fernhill.create({ name: 'Broken', numbers: ['2721'], flow: step('menu', {}) });
    const answer = await fernhill.api.send('POST', `${callflows}/${made.id}/publish`, { body: {} });
    assert.equal(answer.status, 422, answer.text);
    assert.ok(answer.body.problems.length > 0);
    for (const problem of answer.body.problems) {
      assert.ok(problem.code && problem.severity && problem.message, JSON.stringify(problem));
    }
    assert.ok(answer.body.problems.some((problem) => problem.node), 'an error names its step');
  });

  test('unknown modules and keys survive a round trip', async () => {
    const flow = step('quantum_route', { spin: 'up', nested: { kept: [1, 2, 3] } }, { _: step('echo', { extra: true }) });
    const made = await fernhill.create({ name: 'From elsewhere', numbers: [], flow, custom: { kept: 'yes' } });
    const exported = await fernhill.api.get(`${callflows}/${made.id}/export?format=kazoo`);
    assert.equal(exported.flow.module, 'quantum_route');
    assert.deepEqual(exported.flow.data, flow.data);
    assert.equal(exported.flow.children._.data.extra, true);
    assert.deepEqual(exported.custom, { kept: 'yes' });
  });

  test('one number cannot belong to two callflows', async () => {
    await fernhill.create({ name: 'Has it', numbers: ['2722'], flow: step('echo', {}) });
    const answer = await fernhill.api.send('POST', callflows, {
      body: { name: 'Wants it', numbers: ['2722'], flow: step('echo', {}) },
    });
    assert.equal(answer.status, 409, answer.text);
  });

  test('a mailbox that a callflow uses is not deleted, and the answer says who uses it', async () => {
    const mailbox = await fernhill.idOf('voicemail-boxes', 'Reception');
    const answer = await fernhill.api.send('DELETE', `${fernhill.path}/voicemail-boxes/${mailbox}`);
    assert.equal(answer.status, 409, answer.text);
    assert.match(answer.text, /Main line/);
  });

  test('the description of the API is complete enough to list every path used here', async () => {
    const description = await fernhill.api.get('/openapi.json');
    assert.match(description.openapi, /^3\.1/);
    for (const path of ['/sign-in', '/accounts', '/accounts/{account}/callflows', '/accounts/{account}/callflows/{callflow}/publish', '/accounts/{account}/calls/{call}/trace']) {
      assert.ok(
        Object.keys(description.paths).some((known) => known === path || known === `/api/v1${path}`),
        `${path} is described`,
      );
    }
    const docs = await fetch(`${server.http}/api/docs`);
    assert.equal(docs.status, 200);
  });

  test('health, readiness and figures are told without a token', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      const answer = await fetch(server.http + path);
      assert.equal(answer.status, 200, path);
    }
  });

  test('a reseller sees its customers, a customer only itself', async () => {
    const reseller = await server.api.signIn('reseller@harbourvoice.example', password);
    const below = (await reseller.all('/accounts')).map((account) => account.name);
    assert.ok(below.includes('Fernhill Veterinary') && below.includes('Oakfield Stables'), below.join(', '));
    const own = (await fernhill.api.all('/accounts')).map((account) => account.name);
    assert.deepEqual(own, ['Fernhill Veterinary']);
  });
});
