// Each React project runs the React that it names, also inside Testing Library.

import { render } from '@testing-library/react';
import * as React from 'react';
import * as ReactDOM from 'react-dom';
import { renderToString } from 'react-dom/server';
import { expect, inject, test } from 'vitest';

// a hook works only under a renderer that belongs to the same copy of React
function Probe(): React.ReactNode {
  const [version] = React.useState(() => React.version);
  return <i>{version}</i>;
}

test('react and react-dom are of the version that the project names', () => {
  expect(React.version.slice(0, inject('reactVersion').length)).toBe(inject('reactVersion'));
  expect(ReactDOM.version).toBe(React.version);
});

test('the renderers and Testing Library share that React', () => {
  const html = `<i>${React.version}</i>`;
  expect(renderToString(<Probe />)).toBe(html);
  expect(render(<Probe />).container.innerHTML).toBe(html);
  // and from what the server made
  const container = document.createElement('div');
  container.innerHTML = html;
  expect(render(<Probe />, { container, hydrate: true }).container.innerHTML).toBe(html);
});
