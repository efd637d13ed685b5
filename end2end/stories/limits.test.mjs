// What a reseller allows an account: how many calls, and how fast.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, password } from '../boundary/server.mjs';
import { Fernhill, realm } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { Lines } from '../boundary/lines.mjs';
import { until } from '../boundary/until.mjs';

describe('limits of an account', () => {
  let server;
  let fernhill;
  let reseller;
  let directory;
  let lines;
  let callflow;
  const number = '+441614960127';

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-limits-'));
    server = await Server.start();
    fernhill = await Fernhill.open(server);
    reseller = await server.api.signIn('reseller@harbourvoice.example', password);
    lines = new Lines(server, directory);
    callflow = await drawn({ name: 'Waits', numbers: ['2790', number], flow: step('answer', {}, { _: step('sleep', { duration: 120, unit: 's' }) }) });
  });

  after(async () => {
    await server?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  async function drawn(document) {
    const { id } = await fernhill.create(document);
    await fernhill.publish(id);
    return id;
  }

  async function allow(limits) {
    const account = await reseller.get(fernhill.path);
    await reseller.ask('PATCH', fernhill.path, { body: { limits }, headers: { 'if-match': `"${account.revision}"` } });
  }

  // Calls until the answer is the one that is wanted: what was allowed reaches the exchange a moment later.
  async function refused(dial) {
    return until('the call to be refused', async () => {
      const closed = await dial();
      return /486|503/.test(closed) && closed;
    });
  }

  async function hangsUp(phone, target) {
    const [closed, answered] = [phone.count('CALL_CLOSED'), phone.count('CALL_ESTABLISHED')];
    await phone.dial(target);
    await until('the call to be over or answered', () => phone.count('CALL_CLOSED') > closed || phone.count('CALL_ESTABLISHED') > answered);
    if (phone.count('CALL_ESTABLISHED') === answered) return phone.last('CALL_CLOSED');
    await phone.hangUp();
    await until('the call to end', () => phone.count('CALL_CLOSED') > closed);
    return 'answered';
  }

  test('a call more than the account may have hears busy, and its record says why', async (t) => {
    await allow({ calls: 1 });
    const [first, second] = [await lines.desk(t, 2001), await lines.desk(t, 2003)];
    await first.dial(`sip:2790@${realm}`);
    await first.happened('CALL_ESTABLISHED');
    const closed = await refused(() => hangsUp(second, `sip:2790@${realm}`));
    assert.match(closed, /486/);
    const call = await until('the record of the refused call', async () => (await fernhill.calls(callflow)).find((one) => one.hangup_cause === 'USER_BUSY'));
    const trace = await fernhill.trace(call);
    assert.match(JSON.stringify(trace), /Refused: the limit of 1 at once is reached/);
    await first.hangUp();
    await first.happened('CALL_CLOSED');
    await until('room for another call', async () => (await hangsUp(second, `sip:2790@${realm}`)) === 'answered');
    await allow({});
  });

  test('calls to and from outside are counted together, and those inside go on', async (t) => {
    await allow({ outside_calls: 1 });
    const [one, other, desk] = [await lines.carrier(t), await lines.carrier(t), await lines.desk(t, 2001)];
    await one.dial(lines.ddi(number));
    await one.happened('CALL_ESTABLISHED');
    assert.match(await refused(() => hangsUp(other, lines.ddi(number))), /486/);
    assert.equal(await hangsUp(desk, `sip:2790@${realm}`), 'answered');
    const outside = await lines.outside(t, 'fernhill');
    const carrier = { name: 'Outside', server: `127.0.0.1:${outside.port}`, username: 'fernhill', password };
    await fernhill.api.post(`${fernhill.path}/carriers`, carrier);
    await drawn({ name: 'Out', numbers: ['2791'], flow: step('resources', { to_did: '+441614960999' }, { NORMAL_CIRCUIT_CONGESTION: step('response', { code: 486 }) }) });
    assert.match(await refused(() => hangsUp(desk, `sip:2791@${realm}`)), /486/);
    await one.hangUp();
    await one.happened('CALL_CLOSED');
    await allow({});
  });

  test('calls that begin too fast are refused, and the exchange counts them', async (t) => {
    await allow({ calls_per_minute: 2 });
    const desk = await lines.desk(t, 2001);
    assert.match(await refused(() => hangsUp(desk, `sip:2790@${realm}`)), /486/);
    const metrics = await (await fetch(`${server.http}/metrics`)).text();
    const reached = Number(metrics.match(/patchcord_limits_reached_total\{limit="calls_per_minute"\} (\d+)/)[1]);
    assert.ok(reached >= 1, metrics);
    await allow({});
  });
});
