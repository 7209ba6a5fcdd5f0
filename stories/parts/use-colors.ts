// Colours of the stylesheet for those who paint on a canvas, renewed when the theme changes.

import { useMemo, useSyncExternalStore } from 'react';

let version = 0;

function watchTheme(changed: () => void): () => void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const hear = (): void => {
    version += 1;
    changed();
  };
  const attribute = new MutationObserver(hear);
  attribute.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  dark.addEventListener('change', hear);
  return () => {
    attribute.disconnect();
    dark.removeEventListener('change', hear);
  };
}

/** What `var(name)` comes to at the moment. */
function resolve(name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** What names come to under one theme; each is looked up once. */
function createPalette(theme: number): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const key = `${theme}${name}`;
    const color = known.get(key) ?? resolve(name);
    known.set(key, color);
    return color;
  };
}

/** A function from the name of a custom property to its colour; another function when the theme is another. */
export function useColors(): (name: string) => string {
  const theme = useSyncExternalStore(watchTheme, () => version);
  return useMemo(() => createPalette(theme), [theme]);
}
