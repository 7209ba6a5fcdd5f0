// A board that two people share. There is no state but the room's messages.

import { useLab } from '../parts/lab.js';
import { Network } from '../parts/network.js';
import { Panel, Stage } from '../parts/stage.js';
import { Connected, Visitor } from '../parts/visitor.js';
import { Pane } from './pane.js';

/** Move cards on one board, and see them move on the other. Take the server away, and go on moving. */
export function Kanban(): React.JSX.Element {
  const lab = useLab();
  return (
    <Stage
      title="A kanban board"
      lead="The board is the fold of what was said in its room, so everybody comes to the same one. Your own moves count at once; others see them when they are through."
    >
      <Network lab={lab}>
        <p className="hint">
          Drag a card, press its buttons, or use the arrow keys and Delete while one has the focus.
        </p>
      </Network>
      <div className="columns">
        {['Ada', 'Ben'].map((name) => (
          <Visitor key={name} name={name} lab={lab}>
            <Panel title={name} aside={<Connected of={name} />}>
              <Pane name={name} house={lab.id} />
            </Panel>
          </Visitor>
        ))}
      </div>
    </Stage>
  );
}
