// A value of something that tells nobody when it changes: looked at now and then.

import { useEffect, useState } from 'react';

export function useSampled<T>(read: () => T, everyMs: number): T {
  const [value, setValue] = useState(read);
  useEffect(() => {
    const timer = setInterval(() => setValue(read()), everyMs);
    return () => clearInterval(timer);
  }, [read, everyMs]);
  return value;
}
