/** Chooses a time range: a recent one, or one with given ends. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { describeRange, last, parseTimePoint, resolve, sameRange, showTimePoint, type TimeRange } from '../model/time_range';
import { zone as zoneStore } from '../shell/preferences';
import { useStore } from '../shell/store';

const RECENT = [
  ['5 minutes', 300],
  ['15 minutes', 900],
  ['30 minutes', 1800],
  ['1 hour', 3600],
  ['3 hours', 10800],
  ['6 hours', 21600],
  ['12 hours', 43200],
  ['24 hours', 86400],
  ['2 days', 172800],
  ['7 days', 604800],
  ['30 days', 2592000],
  ['90 days', 7776000],
] as const;

interface Props {
  range: TimeRange;
  onChange: (range: TimeRange) => void;
  onShift: (direction: -1 | 1) => void;
  onZoomOut: () => void;
}

export function TimePicker({ range, onChange, onShift, onZoomOut }: Props) {
  const [open, setOpen] = useState(false);
  const zone = useStore(zoneStore);
  const frame = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);

  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    const onPointer = (event: PointerEvent) => {
      if (!event.composedPath().includes(frame.current!)) setOpen(false);
    };
    document.addEventListener('pointerdown', onPointer);
    return () => document.removeEventListener('pointerdown', onPointer);
  }, [open]);

  return (
    <div
      class="time-picker"
      ref={frame}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && open) close();
      }}
    >
      <div class="joined" role="group" aria-label="Time range">
        <button type="button" onClick={() => onShift(-1)} title="Earlier ( [ )" aria-label="Earlier">
          ‹
        </button>
        <button
          type="button"
          ref={opener}
          class="range"
          aria-expanded={open}
          aria-haspopup="dialog"
          onClick={() => setOpen(!open)}
          title="Choose the time range"
        >
          {describeRange(range, zone)}
          <span class="zone-note">{zone === 'utc' ? ' UTC' : ''}</span>
        </button>
        <button type="button" onClick={() => onShift(1)} title="Later ( ] )" aria-label="Later">
          ›
        </button>
        <button type="button" onClick={onZoomOut} title="Zoom out (Ctrl+Z)" aria-label="Zoom out">
          −
        </button>
      </div>
      {open && (
        <div class="popover" role="dialog" aria-label="Time range">
          <AbsoluteForm
            range={range}
            onApply={(next) => {
              onChange(next);
              close();
            }}
          />
          <ul class="recent" aria-label="Recent">
            {RECENT.map(([name, seconds]) => (
              <li key={seconds}>
                <button
                  type="button"
                  aria-pressed={sameRange(range, last(seconds))}
                  onClick={() => {
                    onChange(last(seconds));
                    close();
                  }}
                >
                  Last {name}
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

function AbsoluteForm({ range, onApply }: { range: TimeRange; onApply: (range: TimeRange) => void }) {
  const zone = useStore(zoneStore);
  const [from, setFrom] = useState(() => showTimePoint(range.from, zone));
  const [to, setTo] = useState(() => showTimePoint(range.to, zone));
  const [problem, setProblem] = useState('');
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  useEffect(() => {
    setFrom(showTimePoint(range.from, zone));
    setTo(showTimePoint(range.to, zone));
  }, [zone]);

  const apply = (event: Event) => {
    event.preventDefault();
    const start = parseTimePoint(from, zone);
    const end = parseTimePoint(to, zone);
    if (!start || !end) {
      setProblem(`"${start ? to : from}" is no time. Write now-6h or 2026-01-31 14:00:00.`);
      return;
    }
    const next = { from: start, to: end };
    const interval = resolve(next, Date.now() / 1000);
    if (interval.start >= interval.end) {
      setProblem('The range ends before it begins.');
      return;
    }
    onApply(next);
  };

  return (
    <form class="absolute" onSubmit={apply}>
      <label>
        From
        <input ref={first} name="from" value={from} onInput={(e) => setFrom(e.currentTarget.value)} autocomplete="off" spellcheck={false} />
      </label>
      <label>
        To
        <input name="to" value={to} onInput={(e) => setTo(e.currentTarget.value)} autocomplete="off" spellcheck={false} />
      </label>
      <p class="hint">
        {zone === 'utc' ? 'Times are UTC.' : `Times are local (${Intl.DateTimeFormat().resolvedOptions().timeZone}).`} Also: now, now-6h.
      </p>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" class="primary">
        Apply
      </button>
    </form>
  );
}
