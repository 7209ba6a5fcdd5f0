// The places of a name in a store, for one page each: which of them are free. Reads and writes no text.

/** Pages at once that keep anything; what further ones send is lost by a reload. */
export const PLACES = 8;

const held = new WeakMap<object, Set<string>>();

/** Where there are no locks: within this page, at least, nobody writes over anybody else. `scope`: whose names they are. */
export function holdHere(scope: object, name: string): (() => void) | null {
  const names = held.get(scope) ?? new Set();
  if (names.has(name)) return null;
  held.set(scope, names.add(name));
  return () => void names.delete(name);
}

/** Visits each that nobody else holds; whoever visits lets go. Over when a visit says so (false), or all have been seen. */
export async function visitPlaces(
  name: string,
  hold: (where: string) => Promise<(() => void) | null> | (() => void) | null,
  visit: (where: string, letGo: () => void) => Promise<boolean>,
): Promise<void> {
  let places = Array.from({ length: PLACES }, (_each, index) => `${name}/${index}`);
  // another page looks into one for a moment, and one that ends is about to let go: so those are asked for twice
  for (let round = 0; round < 2; round++) {
    const busy: string[] = [];
    for (const where of places) {
      const letGo = await hold(where);
      if (!letGo) busy.push(where);
      else if (!(await visit(where, letGo))) return;
    }
    places = busy;
  }
}
