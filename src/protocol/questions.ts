// What was asked over one wire, and since when nobody has answered anything. Judges nobody: the heartbeat does.

import type { ProtocolSink } from './protocol.js';
import type { ServerEvent } from './rooms-frames.js';

export interface Questions {
  /** Since when somebody waits and hears no answer to anything; Infinity: nobody waits. */
  readonly since: number;
  /** These leave, each JSON already. */
  said(events: readonly string[]): void;
  heard(event: ServerEvent): void;
  pinged(): void;
  /** The ping was answered: whatever was asked before it is there, however slow the answer may be. */
  ponged(): void;
}

interface About {
  readonly room?: string | undefined;
  readonly id?: string | undefined;
  readonly join?: number | undefined;
  readonly request?: number | undefined;
}

const ASKS = /^\{"t":"(publish|join|members|history|auth)"/;
const ANSWERS: readonly string[] = ['ack', 'joined', 'members', 'history', 'authed', 'error'];
/** An answer is about the same as its question. */
const nameOf = ({ room, id, join, request }: About): string => [room, id, join, request].join('\n');
/** What is published comes after what it is about, may be large, and is not read. */
function aboutOf(event: string): About {
  const end = event.startsWith('{"t":"publish"') ? event.indexOf(',"data":') : -1;
  return JSON.parse(end < 0 ? event : `${event.slice(0, end)}}`) as About;
}

export function createQuestions({ clock, asked }: Pick<ProtocolSink<never>, 'clock' | 'asked'>): Questions {
  let since = Infinity;
  let newest = '';
  let askedAt = 0; // the newest
  let pingedAt = 0;
  let leftBy = 0; // an uplink that takes a millisecond for a character is slow, and not dead
  const wait = (): void => void (since = Math.max(clock.now(), leftBy));

  return {
    get since() {
      return since;
    },
    said(events) {
      // a server goes in order: when the newest is answered, so are all
      const last = events.filter((event) => ASKS.test(event)).at(-1);
      if (last === undefined) return;
      newest = nameOf(aboutOf(last));
      askedAt = clock.now();
      leftBy = Math.max(leftBy, askedAt + events.join().length);
      if (since < Infinity) return;
      wait();
      asked();
    },
    heard(event) {
      if (since === Infinity || !ANSWERS.includes(event.t)) return;
      if (nameOf(event as About) === newest) since = Infinity;
      else wait(); // it is slow, and alive
    },
    pinged: () => void (pingedAt = clock.now()),
    ponged() {
      if (askedAt <= pingedAt) since = Infinity;
      else if (since < Infinity) wait();
    },
  };
}
