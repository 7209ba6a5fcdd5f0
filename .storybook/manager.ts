// The frame around the stories: its name, and light or dark as the system has it.

import { addons } from 'storybook/manager-api';
import { create } from 'storybook/theming';

const base = window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';

addons.setConfig({
  theme: create({ base, brandTitle: 'roomtone playground', brandTarget: '_self' }),
  sidebar: { showRoots: false },
  // room for the stories: what is below them opens by the key A, or by the button in the corner
  layout: { navSize: 230, bottomPanelHeight: 0, rightPanelWidth: 0 },
});
