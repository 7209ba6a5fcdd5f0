// The page: who one is, and the provider above everything that is live.

import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { RealtimeProvider } from 'roomtone';
import { Room } from './room.js';
import './style.css';

function App(): React.JSX.Element {
  const [name, setName] = useState(() => sessionStorage.getItem('name') ?? '');
  if (name === '') return <SignIn onName={setName} />;
  return (
    <RealtimeProvider url="/realtime" auth={{ getToken: () => name }}>
      <Room />
    </RealtimeProvider>
  );
}

/** A name is all this server asks for; yours would ask for a session. */
function SignIn({ onName }: { readonly onName: (name: string) => void }): React.JSX.Element {
  const enter = (form: FormData): void => {
    const given = form.get('name');
    const name = typeof given === 'string' ? given.trim() : '';
    sessionStorage.setItem('name', name);
    onName(name);
  };
  return (
    <main>
      <h1>Chat</h1>
      <form action={enter}>
        <input name="name" aria-label="Your name" placeholder="Your name" maxLength={40} required autoFocus />
        <button type="submit">Enter</button>
      </form>
    </main>
  );
}

const root = document.getElementById('app');
if (root)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
