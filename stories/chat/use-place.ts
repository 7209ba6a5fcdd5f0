// Keeps a reader's place in a list that grows at both ends: at the end while they are there, else by the line they are reading.

import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';

const NEAR_PX = 24;

interface Place {
  /** null: at the end. */
  line: { readonly id: string; readonly top: number } | null;
}

/** For the list's `ref`. Lines are those inside that have `data-line`; `version` changes whenever they do. */
export function usePlace(version: unknown): RefObject<HTMLDivElement | null> {
  const list = useRef<HTMLDivElement>(null);
  const place = useRef<Place>({ line: null });

  useEffect(() => {
    const element = list.current;
    if (!element) return undefined;
    const remember = (): void => {
      const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
      place.current.line = isAtEnd ? null : firstVisible(element);
    };
    element.addEventListener('scroll', remember, { passive: true });
    return () => element.removeEventListener('scroll', remember);
  }, []);

  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const { line } = place.current;
    const read = line && [...linesOf(element)].find((each) => each.dataset['line'] === line.id);
    if (read) element.scrollTop += topIn(element, read) - line.top;
    else if (!line) element.scrollTop = element.scrollHeight;
  }, [version]);
  return list;
}

const linesOf = (element: HTMLElement): NodeListOf<HTMLElement> => element.querySelectorAll('[data-line]');

const topIn = (element: HTMLElement, line: HTMLElement): number =>
  line.getBoundingClientRect().top - element.getBoundingClientRect().top;

function firstVisible(element: HTMLElement): Place['line'] {
  for (const line of linesOf(element)) {
    const top = topIn(element, line);
    if (top + line.offsetHeight > 0) return { id: line.dataset['line'] ?? '', top };
  }
  return null;
}
