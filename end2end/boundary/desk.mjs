// The callflow that most call stories draw: told how to ring, a menu, two phones, a mailbox, a lamp.

export const alert = '<http://patchcord.example/>;info=front-desk';

// Nested, as KAZOO writes it. `phones` are device ids; `ring` is how long they ring, in seconds.
export function frontDesk({ name = 'Front desk', number, menu, phones, mailbox, lamp = 'front', alertInfo = alert, ring = 20 }) {
  return {
    name,
    numbers: [number],
    flow: step('set_alert_info', { alert_info: alertInfo }, {
      _: step('manual_presence', { presence_id: lamp, status: 'busy' }, {
        _: step('menu', { id: menu }, {
          1: step(
            'ring_group',
            {
              name: 'Front desk',
              strategy: 'simultaneous',
              timeout: ring,
              endpoints: phones.map((id) => ({ id, endpoint_type: 'device', delay: 0, timeout: ring })),
            },
            { _: step('voicemail', { id: mailbox, action: 'compose' }) },
          ),
        }),
      }),
    }),
  };
}

export function step(module, data, children = {}) {
  return { module, data, children };
}
