// Hostile input: nothing a network sends stops the program, and the next call works.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, password } from '../boundary/server.mjs';
import { Fernhill, realm } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { Lines } from '../boundary/lines.mjs';
import { Wire, authorize, openStream, token } from '../boundary/wire.mjs';
import { until } from '../boundary/until.mjs';

describe('hostile input', () => {
  let server;
  let wire;
  let directory;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-hostile-'));
    server = await Server.start();
    const fernhill = await Fernhill.open(server);
    const callflow = await fernhill.create({ name: 'Still here', numbers: ['2710'], flow: step('echo', {}) });
    await fernhill.publish(callflow.id);
    wire = await Wire.open(server.sipUdp);
  });

  after(async () => {
    wire?.close();
    await server?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  async function nextCallWorks() {
    assert.ok(server.running, `the program still runs\n${server.tail()}`);
    const call = await new Lines(server, directory).call('caller_talks', 2005, '2710');
    assert.match(await call.read('log'), /answered/);
  }

  async function options() {
    const callId = token();
    const request = wire.request('OPTIONS', `sip:127.0.0.1:${server.sipUdp}`, { callId });
    // Sent again as a phone would: a flood may have cost the first one (RFC 3261 §17.1.2.2).
    const again = setInterval(() => wire.send(request), 500);
    await wire.send(request);
    return wire.answer(callId).finally(() => clearInterval(again));
  }

  test('garbage datagrams change nothing', async () => {
    for (let size = 0; size < 400; size += 1) await wire.send(randomBytes(size));
    await wire.send(Buffer.alloc(65_507));
    await wire.send(Buffer.alloc(1_500, '\r\n'));
    await options();
    await nextCallWorks();
  });

  test('an INVITE cut anywhere changes nothing', async () => {
    const body = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n';
    const invite = wire.request('INVITE', `sip:2710@${realm}`, { headers: { 'Content-Type': 'application/sdp' }, body });
    for (let length = 0; length < invite.length; length += 1) await wire.send(invite.slice(0, length));
    await options();
    await nextCallWorks();
  });

  test('bytes flipped anywhere in an INVITE change nothing', async () => {
    const invite = Buffer.from(wire.request('INVITE', `sip:2710@${realm}`));
    for (let at = 0; at < invite.length; at += 1) {
      const broken = Buffer.from(invite);
      broken[at] ^= 0x80 | (at & 0x7f);
      await wire.send(broken);
    }
    await options();
    await nextCallWorks();
  });

  test('a header of 64 KB is refused', async () => {
    const callId = token();
    await wire.send(wire.request('OPTIONS', `sip:127.0.0.1:${server.sipUdp}`, { callId, headers: { Subject: 'x'.repeat(64_000) } }));
    await options();
    const stream = await openStream(server.sipTcp);
    stream.socket.write(`OPTIONS sip:127.0.0.1 SIP/2.0\r\nSubject: ${'x'.repeat(200_000)}\r\n`);
    await until('the stream to be closed', () => stream.closed, { tell: () => stream.received.slice(0, 300) });
    await nextCallWorks();
  });

  test('an unknown method is answered, not ignored', async () => {
    const callId = token();
    await wire.send(wire.request('FROBNICATE', `sip:127.0.0.1:${server.sipUdp}`, { callId }));
    assert.match(await wire.answer(callId), /^SIP\/2\.0 (405|501) /);
    await nextCallWorks();
  });

  test('a message on TCP without Content-Length is answered 400', async () => {
    const stream = await openStream(server.sipTcp);
    const callId = token();
    stream.socket.write(
      [
        `OPTIONS sip:127.0.0.1:${server.sipTcp} SIP/2.0`,
        `Via: SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bK${token()}`,
        'Max-Forwards: 70',
        `From: <sip:x@127.0.0.1>;tag=${token()}`,
        'To: <sip:127.0.0.1>',
        `Call-ID: ${callId}`,
        'CSeq: 1 OPTIONS',
        '',
        '',
      ].join('\r\n'),
    );
    await until('the answer', () => stream.received.includes(callId), { tell: () => stream.received });
    assert.match(stream.received, /^SIP\/2\.0 400 /);
    stream.socket.destroy();
    await nextCallWorks();
  });

  test('many streams that say nothing do not keep others out', async () => {
    const streams = await Promise.all(Array.from({ length: 100 }, () => openStream(server.sipTcp)));
    for (const stream of streams) stream.socket.write('INVITE sip:');
    await nextCallWorks();
    for (const stream of streams) stream.socket.destroy();
  });

  test('a source that opens thousands of connections keeps no phone out, and loses those on which it says nothing', async (t) => {
    const flood = [];
    t.after(() => flood.forEach((stream) => stream.socket.destroy()));
    while (flood.length < 5_000) {
      flood.push(...(await Promise.all(Array.from({ length: 250 }, () => openStream(server.sipTcp, '127.0.1.99')))));
    }
    // Keep-alives are no messages.
    for (const stream of flood) stream.socket.write('\r\n\r\n');
    const desk = await new Lines(server, directory).desk(t, 2004, { transport: 'tcp', port: server.sipTcp });
    await desk.dial(`sip:2710@${realm}`);
    await desk.happened('CALL_ESTABLISHED');
    await until('the flood to be gone', () => flood.every((stream) => stream.closed), {
      within: 30_000,
      tell: () => `${flood.filter((stream) => !stream.closed).length} are open`,
    });
    const metrics = await (await fetch(`${server.http}/metrics`)).text();
    const [refused, open] = ['connections_refused_total', 'connections'].map((name) =>
      Number(metrics.match(new RegExp(`^patchcord_sip_${name} (\\d+)`, 'm'))[1]),
    );
    assert.ok(refused >= 4_500 && open >= 1, `${refused} refused, ${open} open`);
    t.diagnostic(`${refused} of 5000 connections refused; ${open} is left, the phone's`);
    await desk.hangUp();
    await nextCallWorks();
  });

  test('an INVITE with 2,000 Via headers changes nothing', async () => {
    const request = wire.request('INVITE', `sip:2710@${realm}`);
    const [first, ...rest] = request.split('\r\n');
    const many = Array.from({ length: 800 }, (_, n) => `Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${n}`);
    await wire.send([first, ...many, ...rest].join('\r\n'));
    await options();
    await nextCallWorks();
  });

  test('an account that nobody has is not told apart from a wrong password', async () => {
    const statuses = [];
    for (const user of ['desk2001', 'nobody']) {
      const callId = token();
      const uri = `sip:${realm}`;
      const To = `<sip:${user}@${realm}>`;
      await wire.send(wire.request('REGISTER', uri, { callId, user, headers: { To } }));
      const challenge = await wire.answer(callId, /^SIP\/2\.0 401/);
      const Authorization = authorize(challenge, { method: 'REGISTER', uri, user, password: 'wrong' });
      await wire.send(wire.request('REGISTER', uri, { callId, user, cseq: 2, headers: { To, Authorization } }));
      const answer = await wire.answer(callId, /CSeq: 2 REGISTER/);
      statuses.push(answer.split('\r\n')[0]);
    }
    assert.equal(statuses[0], statuses[1]);
    assert.match(statuses[0], /^SIP\/2\.0 40[13] /);
    await nextCallWorks();
  });

  test('the deepest and the widest callflow that can be stored are shown', async () => {
    const fernhill = await Fernhill.open(server);
    const session = await fetch(`${server.http}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: server.http, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ email: 'admin@fernhill.example', password, next: '' }),
    });
    const cookie = session.headers.getSetCookie().map((value) => value.split(';')[0]).join('; ');
    const sleep = (children) => step('sleep', { duration: 1, unit: 's' }, children);
    const deep = (levels) => Array.from({ length: levels }).reduce((below) => sleep(below ? { _: below } : {}), undefined);
    const wide = step('menu', {}, Object.fromEntries(Array.from({ length: 150 }, (_, key) => [String(key), sleep({})])));
    for (const [name, flow] of [['Deep', deep(495)], ['Wide', wide]]) {
      const made = await fernhill.create({ name, numbers: [], flow });
      const page = await fetch(`${server.http}/a/${fernhill.id}/callflows/${made.id}`, { headers: { cookie } });
      assert.equal(page.status, 200, name);
      assert.match(await page.text(), /role="tree"/, name);
    }
    const tooDeep = await fernhill.api.send('POST', `${fernhill.path}/callflows`, {
      body: { name: 'Too deep', numbers: [], flow: deep(520) },
    });
    assert.equal(tooDeep.status, 422, tooDeep.text.slice(0, 300));
    await nextCallWorks();
  });

  test('requests that are not JSON, too large, or from another account are refused in the API', async () => {
    const fernhill = await Fernhill.open(server);
    const oakfield = await server.api.signIn('admin@oakfield.example', password);
    const broken = await fernhill.api.send('POST', `${fernhill.path}/callflows`, {
      raw: '{"name": ',
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(broken.status, 400);
    assert.match(broken.headers.get('content-type'), /application\/problem\+json/);
    const huge = await fernhill.api.send('POST', `${fernhill.path}/callflows`, {
      raw: `{"name": "${'x'.repeat(20_000_000)}"}`,
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(huge.status, 413);
    const deep = await fernhill.api.send('POST', `${fernhill.path}/callflows`, {
      raw: `{"flow": ${'{"module":"sleep","data":{},"children":{"_":'.repeat(2_000)}{}${'}}'.repeat(2_000)}}`,
      headers: { 'content-type': 'application/json' },
    });
    assert.ok(deep.status >= 400 && deep.status < 500, `a flow too deep is refused: ${deep.status}`);
    const foreign = await oakfield.send('GET', `${fernhill.path}/callflows`);
    assert.ok([403, 404].includes(foreign.status), `another account's callflows: ${foreign.status}`);
    const nobody = await server.api.send('GET', `${fernhill.path}/callflows`);
    assert.equal(nobody.status, 401);
    await nextCallWorks();
  });

  test('a flood of strangers keeps no phone waiting', async (t) => {
    // The phone has called before; then the flood begins, from many addresses.
    await nextCallWorks();
    const strangers = [];
    for (let host = 2; host < 22; host += 1) strangers.push(await Wire.open(server.sipUdp, `127.0.1.${host}`));
    t.after(() => strangers.forEach((stranger) => stranger.close()));
    const uri = `sip:2710@${realm}`;
    const stops = strangers.map((stranger, at) => stranger.flood(at % 2 ? 'INVITE' : 'REGISTER', uri));
    await nextCallWorks();
    const sent = (await Promise.all(stops.map((stop) => stop()))).reduce((sum, one) => sum + one);
    const metrics = await (await fetch(`${server.http}/metrics`)).text();
    const refused = Number(metrics.match(/patchcord_sip_datagrams_refused_total (\d+)/)[1]);
    assert.ok(refused > 0 && refused <= sent, `${refused} of ${sent}`);
    t.diagnostic(`${refused} of ${sent} datagrams refused`);
    await nextCallWorks();
  });
});

describe('guessing passwords', () => {
  let server;
  let wire;

  before(async () => {
    server = await Server.start();
    wire = await Wire.open(server.sipUdp);
  });

  after(async () => {
    wire?.close();
    await server?.stop();
  });

  test('who guesses too often is locked out, even with the right password', async () => {
    const uri = `sip:${realm}`;
    const user = 'desk2001';
    const To = `<sip:${user}@${realm}>`;
    const attempt = async (password_) => {
      const callId = token();
      await wire.send(wire.request('REGISTER', uri, { callId, user, headers: { To } }));
      const first = await wire.answer(callId);
      if (!/^SIP\/2\.0 401/.test(first)) return first;
      const Authorization = authorize(first, { method: 'REGISTER', uri, user, password: password_ });
      await wire.send(wire.request('REGISTER', uri, { callId, user, cseq: 2, headers: { To, Authorization } }));
      return wire.answer(callId, /CSeq: 2 REGISTER/);
    };
    assert.match(await attempt(password), /^SIP\/2\.0 200/, 'the right password registers');
    for (let guess = 0; guess < 60; guess += 1) {
      const answer = await attempt(`guess-${guess}`);
      assert.doesNotMatch(answer, /^SIP\/2\.0 200/);
      if (!/^SIP\/2\.0 401/.test(answer)) break;
    }
    assert.doesNotMatch(await attempt(password), /^SIP\/2\.0 200/, 'locked out');
    assert.ok(server.running);
  });
});
