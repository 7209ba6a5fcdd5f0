// One question at a time about each thing: those who ask meanwhile share the next answer. An answer is never older than the question.

export function createShared<T>(ask: (about: string) => Promise<T>): (about: string) => Promise<T> {
  const asked = new Map<string, { readonly now: Promise<T>; next: Promise<T> | undefined }>();
  const start = (about: string): Promise<T> => {
    const now = ask(about);
    const round: { readonly now: Promise<T>; next: Promise<T> | undefined } = { now, next: undefined };
    asked.set(about, round);
    const done = (): void => {
      if (!round.next && asked.get(about) === round) asked.delete(about);
    };
    now.then(done, done);
    return now;
  };
  return (about) => {
    const round = asked.get(about);
    if (!round) return start(about);
    const goOn = (): Promise<T> => start(about);
    round.next ??= round.now.then(goOn, goOn);
    return round.next;
  };
}
