// Who is there: phones that watch a colleague's presence, and a phone that says something of itself.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, password } from '../boundary/server.mjs';
import { Fernhill, realm } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { Lines } from '../boundary/lines.mjs';
import { Wire, authorize, token } from '../boundary/wire.mjs';
import { until } from '../boundary/until.mjs';

const me = `sip:desk2001@${realm}`;

describe('presence', () => {
  let server;
  let fernhill;
  let directory;
  let lines;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchcord-presence-'));
    server = await Server.start();
    fernhill = await Fernhill.open(server);
    lines = new Lines(server, directory);
  });

  after(async () => {
    await server?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  // A colleague's phone that watches Tom's extension; `sees` waits for a document after the last one that was seen.
  async function colleague(t, extension) {
    const lamp = await lines.watching(t, 2003, extension, 'presence', 'application/pidf+xml');
    let seen = 0;
    return async function sees(what, ...patterns) {
      return until(
        what,
        async () => {
          const documents = (await lamp.messages()).match(/<presence [^]*?<\/presence>/g) ?? [];
          const at = documents.findIndex((document, at) => at >= seen && patterns.every((pattern) => pattern.test(document)));
          if (at < 0) return undefined;
          seen = at + 1;
          return documents[at];
        },
        { tell: () => lamp.account() },
      );
    };
  }

  function pidf(basic, activity, note) {
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"',
      ` xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="pres:desk2001@${realm}">`,
      `<tuple id="phone"><status><basic>${basic}</basic></status></tuple>`,
      `<dm:person id="tom"><rpid:activities><rpid:${activity}/></rpid:activities><dm:note>${note}</dm:note></dm:person>`,
      '</presence>',
    ].join('\n');
  }

  // Publishes about an address and answers the challenge; the final answer.
  async function publish(wire, about, headers, body = '') {
    const content = body ? { 'Content-Type': 'application/pidf+xml' } : {};
    const all = { From: `<${me}>;tag=${token()}`, Event: 'presence', Contact: undefined, ...content, ...headers };
    const callId = token();
    const ask = (cseq, more = {}) => wire.send(wire.request('PUBLISH', about, { callId, cseq, headers: { ...all, ...more }, body }));
    await ask(1);
    const challenge = await wire.answer(callId);
    assert.match(challenge, /^SIP\/2\.0 401/, 'who publishes must prove who they are');
    const sign = { method: 'PUBLISH', uri: about, user: 'desk2001', password };
    await ask(2, { Authorization: authorize(challenge, sign) });
    return wire.answer(callId, /^SIP\/2\.0 (?!401)/);
  }

  test('a colleague sees a desk come, talk and go', async (t) => {
    const callflow = await fernhill.create({ name: 'Echo of presence', numbers: ['2751'], flow: step('echo', {}) });
    await fernhill.publish(callflow.id);
    const sees = await colleague(t, '2002');
    await sees('nobody at the desk', /<basic>closed</);
    const desk = await lines.desk(t, 2002);
    await sees('the desk', /<basic>open</);
    await desk.dial(`sip:2751@${realm}`);
    await desk.happened('CALL_ESTABLISHED');
    await sees('somebody on the phone', /<basic>open</, /<rpid:on-the-phone\/>/, /<note>On the phone</);
    await desk.hangUp();
    const idle = await sees('the end of the call', /<basic>open</, /<\/tuple>\s*<\/presence>/);
    assert.doesNotMatch(idle, /on-the-phone/);
    await desk.stop();
    await sees('an empty desk', /<basic>closed</);
  });

  test('a phone publishes what it says of itself, and withdraws it', async (t) => {
    const sees = await colleague(t, '2001');
    await lines.desk(t, 2001);
    await sees('the desk', /<basic>open</);
    const wire = await Wire.open(server.sipUdp);
    t.after(() => wire.close());
    const taken = await publish(wire, me, { Expires: '600' }, pidf('open', 'lunch', 'Back at two'));
    assert.match(taken, /^SIP\/2\.0 200/);
    const tag = /^SIP-ETag:\s*(\S+)/im.exec(taken)?.[1];
    assert.ok(tag, taken);
    await sees('lunch', /<basic>open</, /<rpid:lunch\/>/, /<dm:note>Back at two</);
    const others = await publish(wire, `sip:desk2002@${realm}`, {}, pidf('closed', 'away', 'Not I'));
    assert.match(others, /^SIP\/2\.0 403/, 'nobody publishes about a colleague');
    const withdrawn = await publish(wire, me, { Expires: '0', 'SIP-If-Match': tag });
    assert.match(withdrawn, /^SIP\/2\.0 200/);
    const after = await sees('the desk without a note', /<basic>open</, /<\/tuple>\s*<\/presence>/);
    assert.doesNotMatch(after, /Back at two/);
    const again = await publish(wire, me, { 'SIP-If-Match': tag });
    assert.match(again, /^SIP\/2\.0 412/, 'the tag names nothing any more');
  });
});
