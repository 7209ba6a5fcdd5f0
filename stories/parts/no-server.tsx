// What stands in for a story where there is no server: a built Storybook is files only.

export function NoServer(): React.JSX.Element {
  return (
    <main className="stage">
      <section className="notice" aria-label="This story needs its server">
        <h1 className="panel-title">This story needs its server</h1>
        <p>
          It talks to a real back end, and a built Storybook is files without one. In a clone of the repository, one
          command starts both on one port:
        </p>
        <p>
          <code className="code">npm start</code>
        </p>
        <p className="hint">The pages Welcome and Choosing a transport need no server.</p>
      </section>
    </main>
  );
}
