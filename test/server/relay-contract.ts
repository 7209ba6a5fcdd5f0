// What the relay of every backplane that has one must do, as a suite that any test runner can run. Knows no backplane and no runner.

import type { Claimant, Relay } from '../../src/server/backplane.js';
import type { BackplaneHarness, RunTest } from './backplane-contract.js';

function same(found: unknown, wanted: unknown, what: string): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`${what}: ${JSON.stringify(found)}`);
}

interface Owner extends Claimant {
  readonly heard: string[];
  readonly losses: () => number;
}

const createOwner = (name: string): Owner => {
  const heard: string[] = [];
  let losses = 0;
  return {
    heard,
    losses: () => losses,
    async answer(question) {
      heard.push(question);
      return `${name}: ${question}`;
    },
    taken: () => void losses++,
  };
};

/** `make` gives a fresh backplane of two servers for each test. */
export function relayContract(make: () => Promise<BackplaneHarness>, test: RunTest): void {
  const within = (title: string, run: (one: Relay, other: Relay) => Promise<void>): void =>
    test(title, async () => {
      const { one, other, close } = await make();
      try {
        if (!one.relay || !other.relay) throw new Error('There is no relay.');
        await run(one.relay, other.relay);
      } finally {
        await close();
      }
    });

  within('who has claimed a wire answers for it, on whichever server the question is', async (one, other) => {
    const [anna, ben] = [createOwner('anna'), createOwner('ben')];
    await one.claim('wire a', anna);
    await other.claim('wire b', ben);
    const said = 'ä\n"\u0000\u2028 𝄞';
    for (const relay of [one, other]) {
      same(await relay.ask('wire a', said, 0), `anna: ${said}`, 'the answer as it was given');
      same(await relay.ask('wire b', '', 0), 'ben: ', 'and the other one’s');
    }
    same(
      [anna.heard, ben.heard],
      [
        [said, said],
        ['', ''],
      ],
      'nobody hears what is for others',
    );
  });

  within('a wire that nobody has is answered by nobody, and nobody waits for it', async (one, other) => {
    const release = await one.claim('wire', createOwner('anna'));
    same(await other.ask('another', 'x', 600_000), undefined, 'never claimed');
    release();
    release();
    same(await other.ask('wire', 'x', 600_000), undefined, 'given up');
  });

  within('the last to claim has it: those before are told, once, and asked no more', async (one, other) => {
    const [first, second, third] = [createOwner('first'), createOwner('second'), createOwner('third')];
    const release = await one.claim('wire', first);
    await other.claim('wire', second);
    same(await one.ask('wire', 'x', 0), 'second: x', 'from where the first one is');
    release(); // which is the second one's no more
    same(await one.ask('wire', 'y', 0), 'second: y', 'after the first one has let go');
    await other.claim('wire', third);
    same(await one.ask('wire', 'z', 0), 'third: z', 'of the same server');
    same(
      [first, second, third].map(({ losses }) => losses()),
      [1, 1, 0],
      'how often each was told',
    );
    same([first.heard, second.heard, third.heard], [[], ['x', 'y'], ['z']], 'what each was asked');
  });

  within('many claim at once: one of them has it, all others are told', async (one, other) => {
    const owners = Array.from({ length: 20 }, (_, n) => createOwner(`${n}`));
    await Promise.all(owners.map((owner, n) => (n % 2 === 0 ? one : other).claim('wire', owner)));
    for (let n = 0; n < 10; n++) await (n % 2 === 0 ? one : other).ask('wire', `${n}`, 0);
    const holders = owners.filter(({ heard }) => heard.length > 0);
    same(holders.length, 1, 'so many were asked');
    same(holders[0]?.heard.length, 10, 'each time');
    same(owners.filter(({ losses }) => losses() === 1).length, 19, 'so many were told');
  });

  within('a wire that was given up and is claimed again at once is had again', async (one, other) => {
    for (let round = 0; round < 20; round++) {
      const release = await one.claim('wire', createOwner('before'));
      release();
      const again = await one.claim('wire', createOwner(`${round}`));
      same(await other.ask('wire', 'x', 0), `${round}: x`, 'the answer');
      again();
    }
  });

  within('questions of one server arrive in their order; an answer may take its time', async (one, other) => {
    const owner = createOwner('anna');
    await one.claim('wire', owner);
    const said = Array.from({ length: 200 }, (_, n) => `${n}`);
    const answers = await Promise.all(said.map((each) => other.ask('wire', each, 0)));
    same(owner.heard, said, 'heard');
    same(
      answers,
      said.map((each) => `anna: ${each}`),
      'answered, each its own',
    );
    let answer: ((text: string) => void) | undefined;
    let isAsked = (): void => {};
    const asked = new Promise<void>((resolve) => (isAsked = resolve));
    await one.claim('slow', {
      answer: () => (isAsked(), new Promise((done) => (answer = done))),
      taken: () => {},
    });
    const late = other.ask('slow', 'x', 600_000);
    await asked;
    same(await other.ask('wire', 'meanwhile', 0), 'anna: meanwhile', 'another question');
    answer?.('at last');
    same(await late, 'at last', 'the slow one');
  });
}
