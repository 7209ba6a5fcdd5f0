// How every story and page is shown: theme, accessibility checks, and what stands in for a back end that is not there.

import {
  Controls,
  Description,
  DocsContainer,
  type DocsContainerProps,
  Primary,
  Title,
} from '@storybook/addon-docs/blocks';
import type { Decorator, Preview } from '@storybook/react-vite';
import { type ReactNode, useEffect, useLayoutEffect, useState, useSyncExternalStore } from 'react';
import { GLOBALS_UPDATED, SET_GLOBALS } from 'storybook/internal/core-events';
import { configure } from 'storybook/test';
import { themes } from 'storybook/theming';
import { NoServer } from '../stories/parts/no-server.js';
import '../stories/theme.css';
import '../stories/rooms.css';

// what a story waits for comes over real wires, on machines that do other things too
configure({ asyncUtilTimeout: 15_000 });

type Theme = 'system' | 'light' | 'dark';

const asTheme = (value: unknown): Theme => (value === 'light' || value === 'dark' ? value : 'system');

/** The stylesheet does the rest: `color-scheme` follows this attribute, and without it the system. */
function showTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
}

function Themed({ theme, children }: { readonly theme: Theme; readonly children: ReactNode }): ReactNode {
  useLayoutEffect(() => showTheme(theme), [theme]);
  return children;
}

const withTheme: Decorator = (Story, { globals }) => (
  <Themed theme={asTheme(globals['theme'])}>
    <Story />
  </Themed>
);

/** A built Storybook is files without a server: say so, in place of a spinner that never ends. */
const withServer: Decorator = (Story) => (import.meta.env.DEV ? <Story /> : <NoServer />);

const prefersDark = window.matchMedia('(prefers-color-scheme: dark)');

function watchSystem(changed: () => void): () => void {
  prefersDark.addEventListener('change', changed);
  return () => prefersDark.removeEventListener('change', changed);
}

interface GlobalsEvent {
  readonly globals: Readonly<Record<string, unknown>>;
}

/** Docs pages without a story run no decorator, so the page itself listens to the toolbar. */
function ThemedDocs({ context, children }: React.PropsWithChildren<DocsContainerProps>): React.JSX.Element {
  const { channel } = context;
  const [theme, setTheme] = useState(() => {
    const said = (channel.last(GLOBALS_UPDATED) ?? channel.last(SET_GLOBALS)) as readonly GlobalsEvent[] | undefined;
    return asTheme(said?.[0]?.globals['theme']);
  });
  useEffect(() => {
    const hear = ({ globals }: GlobalsEvent): void => setTheme(asTheme(globals['theme']));
    channel.on(GLOBALS_UPDATED, hear);
    channel.on(SET_GLOBALS, hear);
    return () => {
      channel.off(GLOBALS_UPDATED, hear);
      channel.off(SET_GLOBALS, hear);
    };
  }, [channel]);
  useLayoutEffect(() => showTheme(theme), [theme]);
  const systemIsDark = useSyncExternalStore(watchSystem, () => prefersDark.matches);
  const dark = theme === 'dark' || (theme === 'system' && systemIsDark);
  return (
    <DocsContainer context={context} theme={dark ? themes.dark : themes.light}>
      {children}
    </DocsContainer>
  );
}

/** One live story per page: each of them holds connections. The others are in the sidebar. */
const docsPage = (): React.JSX.Element => (
  <>
    <Title />
    <Description />
    <Primary />
    <Controls />
  </>
);

const preview: Preview = {
  tags: ['autodocs'],
  // the first one is the innermost: what stands in for a story has the theme too
  decorators: [withServer, withTheme],
  initialGlobals: { theme: 'system' satisfies Theme },
  globalTypes: {
    theme: {
      description: 'Light or dark',
      toolbar: {
        title: 'Theme',
        icon: 'mirror',
        dynamicTitle: true,
        items: [
          { value: 'system', title: 'As the system', icon: 'browser' },
          { value: 'light', title: 'Light', icon: 'sun' },
          { value: 'dark', title: 'Dark', icon: 'moon' },
        ],
      },
    },
  },
  parameters: {
    layout: 'fullscreen',
    a11y: { test: 'error' },
    backgrounds: { disable: true },
    docs: { container: ThemedDocs, page: docsPage, codePanel: true },
    controls: { expanded: true },
    options: {
      storySort: {
        order: [
          'Welcome',
          'Choosing a transport',
          'WebSocket',
          'Server-Sent Events',
          'Long poll',
          'Transport lab',
          'Profiler',
          'Bad network',
          'Chat',
          'Live cursors',
          'Kanban board',
          'Reconnect lab',
          'Outbox lab',
          'Ladder lab',
          'Session lab',
          'Payment',
        ],
      },
    },
  },
};
export default preview;
