// The profiler: a flood by a dial, many components, and what they cost, with this package's hook and with a naive one.

import { useEffect, useState } from 'react';
import { Choices } from '../parts/choices.js';
import { Panel, Stage } from '../parts/stage.js';
import { Cells, type Field, type HookName } from './cells.js';
import { Costs } from './costs.js';
import { createFlood } from './flood.js';
import { createMeter } from './meter.js';

export interface ProfilerLabProps {
  /** Messages per second at the start: 0 to 5,000. */
  readonly perSecond?: number;
  /** Components at the start: 1 to 500. */
  readonly components?: number;
  /** What each of them reads at the start. */
  readonly field?: Field;
  /** Which hook they use at the start. */
  readonly hook?: HookName;
}

const RATES = [0, 1, 10, 60, 200, 500, 1_000, 2_000, 5_000] as const;
const COUNTS = [1, 10, 50, 100, 200, 500] as const;

const FIELDS = [
  ['status', 'status'],
  ['slice', 'selected'],
  ['lastMessage', 'lastMessage'],
  ['messages', 'messages'],
] as const;

const HOOKS = [
  ['roomtone', 'useWebSocket'],
  ['useState', 'useState'],
] as const;

/** Flood many components with messages, and read what a hook makes of it. */
export function ProfilerLab(props: ProfilerLabProps): React.JSX.Element {
  const { perSecond = 1_000, components = 100 } = props;
  const [rate, setRate] = useState(perSecond);
  const [count, setCount] = useState(components);
  const [field, setField] = useState<Field>(props.field ?? 'lastMessage');
  const [hook, setHook] = useState<HookName>(props.hook ?? 'roomtone');
  const [flood] = useState(createFlood);
  const [meter] = useState(createMeter);
  useEffect(() => flood.run(), [flood]);
  useEffect(() => meter.run(), [meter]);
  useEffect(() => flood.setRate(rate), [flood, rate]);
  return (
    <Stage
      title="Profiler"
      lead="Turn the dial up, choose what the components read, and switch the hook. What is not read renders nobody, and what is read renders once per frame, however much comes."
    >
      <Panel title="The flood">
        <div className="controls">
          <Dial label="Messages per second" value={rate} steps={RATES} onChange={setRate} />
          <Dial label="Components" value={count} steps={COUNTS} onChange={setCount} />
        </div>
        <div className="controls">
          <div className="field">
            <span>Each of them reads</span>
            <Choices label="Each of them reads" value={field} options={FIELDS} onChange={setField} />
          </div>
          <div className="field">
            <span>With the hook</span>
            <Choices label="With the hook" value={hook} options={HOOKS} onChange={setHook} />
          </div>
        </div>
      </Panel>
      <Panel title="What it costs">
        <Costs flood={flood} meter={meter} hook={hook} rate={rate} run={`${rate} ${count} ${field}`} />
      </Panel>
      <Panel title="The components">
        <Cells key={hook} hook={hook} count={count} field={field} flood={flood} meter={meter} />
      </Panel>
      <p className="hint">
        Messages come from a socket without a network, each in a task of its own. <code className="code">useState</code>{' '}
        is a hook that sets its state for every message. What a page cannot keep up with is dropped here, so that it can
        be switched back.
      </p>
    </Stage>
  );
}

interface DialProps {
  readonly label: string;
  readonly value: number;
  readonly steps: readonly number[];
  readonly onChange: (value: number) => void;
}

function Dial({ label, value, steps, onChange }: DialProps): React.JSX.Element {
  const at = steps.findIndex((each) => each >= value);
  return (
    <label className="field">
      <span>
        {label}: <b>{value.toLocaleString('en')}</b>
      </span>
      <input
        className="slider"
        type="range"
        min={0}
        max={steps.length - 1}
        value={at < 0 ? steps.length - 1 : at}
        aria-valuetext={value.toLocaleString('en')}
        onChange={({ target }) => onChange(steps[Number(target.value)] ?? value)}
      />
    </label>
  );
}
