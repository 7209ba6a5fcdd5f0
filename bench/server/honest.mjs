// The process of a few people in one room, each of whom says something now and then: how long until everybody has heard it?

import { arrive, publishing } from './tongues.mjs';
import { now, serve } from './process.mjs';

const ROOM = 'honest';
const people = [];
let say;
let delays = [];
let wrong = { lost: 0, again: 0, cut: 0 };

/** Of one frame, which may hold several messages. */
function hear(listener, bytes) {
  for (const [, by, no, at] of bytes.toString().matchAll(/"by":(\d+),"no":(\d+),"at":([\d.]+)/g)) {
    const next = listener.next[by] ?? 0;
    if (Number(no) < next) wrong.again++;
    else wrong.lost += Number(no) - next;
    listener.next[by] = Number(no) + 1;
    delays.push(now() - Number(at));
  }
}

const speak = (person) =>
  say(person, JSON.stringify({ by: person.by, no: person.said++, at: Number(now().toFixed(3)) }));

serve({
  async connect({ tongue, port, count }) {
    const publish = publishing(tongue);
    say = ({ raw, by, said }, data) => raw.say(publish(ROOM, `${by}-${said}`, data));
    for (let by = 0; by < count; by++) {
      const person = { by, said: 0, next: [], raw: undefined };
      const onText = (bytes) => hear(person, bytes);
      person.raw = await arrive({ tongue, port, room: ROOM, onText, onClose: () => void wrong.cut++ });
      people.push(person);
    }
  },
  /** Each speaks every `everyMs`, in turn, for `seconds`. Answers all delays when everybody has heard everything, or nobody will. */
  async talk({ seconds, everyMs }) {
    delays = [];
    wrong = { lost: 0, again: 0, cut: 0 };
    const began = now();
    const turns = Math.round((seconds * 1_000) / everyMs) * people.length;
    for (let turn = 0; turn < turns; turn++) {
      const wait = began + (turn * everyMs) / people.length - now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      speak(people[turn % people.length]);
    }
    const missing = () =>
      people.reduce(
        (total, { next }) => total + people.reduce((sum, { by, said }) => sum + said - (next[by] ?? 0), 0),
        0,
      );
    for (const until = now() + 5_000; missing() > 0 && now() < until;)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return { delays, ...wrong, lost: wrong.lost + missing() };
  },
});
