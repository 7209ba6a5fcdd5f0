// A short name for a long text. No secret, and no defence against somebody who wants two texts to have one name.

/** 16 hex digits (FNV-1a, twice): texts that differ have different ones, but for one in 10^19. */
export function fingerprint(text: string): string {
  const half = (basis: number): string => {
    let hash = basis;
    for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    return (hash >>> 0).toString(16).padStart(8, '0');
  };
  return half(0x811c9dc5) + half(0x1b873593);
}
