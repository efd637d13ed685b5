// baresip: a phone of another make, without a screen, told what to do over its control connection.

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freeTcpPort } from './port.mjs';
import { samplesOf, toneMs, writeTone } from './audio.mjs';
import { until } from './until.mjs';

const modules = ['/usr/lib/baresip/modules', '/usr/lib/x86_64-linux-gnu/baresip/modules', '/usr/lib/aarch64-linux-gnu/baresip/modules'].find(
  (path) => existsSync(path),
);

export class Phone {
  // A phone with one account. `user`, `domain`, `password` are its SIP account; `port` is the exchange's;
  // `tone` is what its microphone hears, in hertz; it registers unless `register` is false; `codecs` is what it speaks, the
  // preferred one first; `encrypts` makes it offer encrypted sound alone (SRTP).
  static async start(directory, { name, user, domain, password, port, tone = 1004, register = true, transport = 'udp', codecs = 'PCMU,PCMA', encrypts = false }) {
    const phone = new Phone();
    phone.name = name ?? user;
    phone.directory = join(directory, phone.name);
    phone.said = '';
    phone.events = [];
    await mkdir(phone.directory, { recursive: true });
    await writeTone(join(phone.directory, 'microphone.wav'), tone, 180);
    const control = await freeTcpPort();
    await writeFile(
      join(phone.directory, 'config'),
      [
        'poll_method epoll',
        'sip_listen 127.0.0.1:0',
        'net_interface 127.0.0.1',
        `audio_source aufile,${join(phone.directory, 'microphone.wav')}`,
        'audio_player aubridge,nil',
        'audio_alert aubridge,nil',
        'call_local_timeout 120',
        'call_max_calls 4',
        `module_path ${modules}`,
        'module g711.so',
        'module g722.so',
        ...(encrypts ? ['module srtp.so'] : []),
        // The microphone's, whatever the codec has.
        'ausrc_srate 8000',
        'module aubridge.so',
        'module aufile.so',
        'module sndfile.so',
        `snd_path ${phone.directory}`,
        'module_tmp account.so',
        'module_app menu.so',
        'module_app ctrl_tcp.so',
        `ctrl_tcp_listen 127.0.0.1:${control}`,
        '',
      ].join('\n'),
    );
    const account = [
      `<sip:${user}@${domain};transport=${transport}>`,
      `auth_user=${user}`,
      `auth_pass=${password}`,
      `outbound="sip:127.0.0.1:${port};transport=${transport}"`,
      `regint=${register ? 300 : 0}`,
      `audio_codecs=${codecs}`,
      ...(encrypts ? ['mediaenc=srtp-mand'] : []),
      'answermode=manual',
      'mwi=no',
    ].join(';');
    await writeFile(join(phone.directory, 'accounts'), `${account}\n`);
    await writeFile(join(phone.directory, 'contacts'), '');
    phone.child = spawn('baresip', ['-f', phone.directory, '-s'], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [phone.child.stdout, phone.child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        phone.said += text;
      });
    }
    phone.ended = new Promise((done) => {
      phone.child.once('exit', () => {
        phone.exited = true;
        done();
      });
    });
    try {
      await until(`${phone.name} to be ready`, () => phone.#connect(control), { tell: () => phone.tail() });
      // Its event may come before the control connection stands, so the text is asked.
      if (register) await until(`${phone.name} to be registered`, () => /\{\d+\/.*200 OK .*binding/.test(phone.said), { tell: () => phone.tail() });
    } catch (error) {
      await phone.stop();
      throw error;
    }
    return phone;
  }

  #connect(port) {
    return new Promise((done, fail) => {
      if (this.exited) throw new Error('baresip ended');
      const socket = connect(port, '127.0.0.1');
      let waiting = Buffer.alloc(0);
      socket.once('connect', () => {
        this.socket = socket;
        done(true);
      });
      socket.once('error', fail);
      socket.on('data', (bytes) => {
        waiting = Buffer.concat([waiting, bytes]);
        for (;;) {
          // A netstring: length, colon, bytes, comma.
          const colon = waiting.indexOf(':');
          if (colon < 0) return;
          const length = Number(waiting.subarray(0, colon).toString());
          if (waiting.length < colon + length + 2) return;
          this.events.push(JSON.parse(waiting.subarray(colon + 1, colon + 1 + length).toString()));
          waiting = waiting.subarray(colon + length + 2);
        }
      });
    });
  }

  // Tells the phone to do something; `command` and `params` are baresip's.
  async tell(command, params = '') {
    const token = `${command}-${this.events.length}-${Math.random()}`;
    const text = JSON.stringify({ command, params, token });
    this.socket.write(`${Buffer.byteLength(text)}:${text},`);
    const answer = await until(`${this.name} to answer ${command}`, () => this.events.find((event) => event.token === token), {
      tell: () => this.tail(),
    });
    if (!answer.ok) throw new Error(`${this.name} refused ${command}: ${answer.data}`);
    return answer.data;
  }

  // Waits for an event of this type, the `count`-th since the phone started.
  happened(type, { count = 1, within = 20_000 } = {}) {
    return until(
      `${this.name}: ${type}${count > 1 ? ` for the ${count}. time` : ''}`,
      () => {
        if (this.exited) throw new Error('baresip ended');
        return this.events.filter((event) => event.type === type)[count - 1];
      },
      { within, tell: () => this.tail() },
    );
  }

  count(type) {
    return this.events.filter((event) => event.type === type).length;
  }

  // What the phone told with the last event of this type.
  last(type) {
    return this.events.filter((event) => event.type === type).at(-1)?.param;
  }

  dial(target) {
    return this.tell('dial', target);
  }

  answer() {
    return this.tell('accept');
  }

  hangUp() {
    return this.tell('hangup');
  }

  // Presses keys one after another; they leave as RFC 4733 events.
  async press(keys) {
    for (const key of keys) await this.tell('sndcode', key);
  }

  // Every SIP message with a line that matches, as its trace shows it.
  messages(pattern) {
    return this.trace().filter((message) => pattern.test(message));
  }

  // The SIP messages this phone sent and received, oldest first.
  trace() {
    return this.said
      .replace(/\u001b\[[\d;]*m/g, '')
      .replace(/\r/g, '')
      .split(/^(?=.*(?:->|<-|TX|RX).*\d+\.\d+\.\d+\.\d+:\d+)/m)
      .filter((message) => /SIP\/2\.0/.test(message));
  }

  // Milliseconds for which the phone heard this tone, over all its calls.
  async heardMs(hertz) {
    const names = (await readdir(this.directory)).filter((name) => /^dump-.*-dec\.wav$/.test(name));
    let heard = 0;
    for (const name of names) heard += toneMs(await samplesOf(join(this.directory, name)), hertz);
    return heard;
  }

  tail(lines = 60) {
    return `--- ${this.name} said last:\n${this.said.trimEnd().split('\n').slice(-lines).join('\n')}`;
  }

  async stop() {
    this.socket?.destroy();
    if (this.child && !this.exited) {
      this.child.kill('SIGTERM');
      const late = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
      await this.ended;
      clearTimeout(late);
    }
  }
}
