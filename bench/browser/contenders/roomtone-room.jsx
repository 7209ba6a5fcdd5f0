// roomtone useRoom over roomtone's own server, which puts the events of one tick into one frame. In the fan-out each key is a room.

import { RealtimeProvider, useRoom } from 'roomtone';
import { seen } from '../page/bench.mjs';
import { Grid, Shown } from '../page/cells.jsx';
import { View } from '../page/view.jsx';

const dataOf = ({ data }) => data;
const onMessage = ({ data }) => seen(data);

function Room({ id }) {
  const { count, messages } = useRoom(id, { onMessage });
  return <View count={count} last={messages.at(-1)?.data} rows={messages} dataOf={dataOf} />;
}

export const Stream = ({ id }) => (
  <RealtimeProvider url="/realtime">
    <Room id={id} />
  </RealtimeProvider>
);

/** What comes and goes in an app is what shows a room: the provider stays. */
export const Around = ({ children }) => <RealtimeProvider url="/realtime">{children}</RealtimeProvider>;
export const Coming = Room;

function Cell({ name, prefix }) {
  const { messages } = useRoom(`${prefix}/${name}`, { onMessage });
  return <Shown name={name} value={messages.at(-1)?.data} />;
}

export const FanOut = ({ id, keys }) => (
  <RealtimeProvider url="/realtime">
    <Grid keys={keys} of={Cell} prefix={`${id}/${keys}`} />
  </RealtimeProvider>
);
