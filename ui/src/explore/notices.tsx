/** Remarks on an answer. */
import type { ComponentChildren } from 'preact';

export type Severity = 'error' | 'warning' | 'info';

const WORDS: Record<Severity, string> = { error: 'Error', warning: 'Warning', info: 'Note' };

export function Notice({ severity, children }: { severity: Severity; children: ComponentChildren }) {
  return (
    <p class={`notice ${severity}`} role={severity === 'error' ? 'alert' : 'status'}>
      <strong>{WORDS[severity]}</strong> <span>{children}</span>
    </p>
  );
}
