/** Chooses the distance between two points: a duration, or empty for automatic. */
import { useEffect, useState } from 'preact/hooks';
import { formatDuration, parseDuration } from '../model/duration';

interface Props {
  step: number | null;
  /** What automatic means at present. */
  automatic: number;
  onChange: (step: number | null) => void;
}

export function StepField({ step, automatic, onChange }: Props) {
  const shown = step === null ? '' : formatDuration(step);
  const [text, setText] = useState(shown);
  useEffect(() => setText(shown), [shown]);
  const seconds = parseDuration(text);
  const wrong = text.trim() !== '' && !seconds;
  const commit = () => {
    if (!wrong) onChange(text.trim() === '' ? null : seconds);
  };
  return (
    <label class="inline-field">
      Step
      <input
        class="step"
        name="step"
        value={text}
        placeholder={`auto (${formatDuration(automatic)})`}
        aria-invalid={wrong}
        title={wrong ? 'Write a duration such as 15s, or nothing for automatic.' : 'Distance between two points'}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => setText(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
    </label>
  );
}
