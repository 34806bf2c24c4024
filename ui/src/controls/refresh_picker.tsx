/** Chooses how often values are fetched again. */
import { formatDuration } from '../model/duration';

const INTERVALS = [0, 2, 5, 10, 30, 60, 300, 900];

interface Props {
  seconds: number;
  onChange: (seconds: number) => void;
  onRefresh: () => void;
}

export function RefreshPicker({ seconds, onChange, onRefresh }: Props) {
  const choices = INTERVALS.includes(seconds) ? INTERVALS : [...INTERVALS, seconds].sort((a, b) => a - b);
  return (
    <div class="joined" role="group" aria-label="Refresh">
      <button type="button" onClick={onRefresh} title="Refresh (r)">
        Refresh
      </button>
      <select aria-label="Refresh interval" value={String(seconds)} onChange={(event) => onChange(Number(event.currentTarget.value))}>
        {choices.map((choice) => (
          <option key={choice} value={String(choice)}>
            {choice === 0 ? 'Off' : formatDuration(choice)}
          </option>
        ))}
      </select>
    </div>
  );
}
