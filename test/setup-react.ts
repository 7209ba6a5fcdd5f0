// What a test rendered is gone when it ends. Comes after setup-console.ts, so that unmounting is heard too.

import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

afterEach(cleanup);
