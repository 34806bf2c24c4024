/** What the server says about itself: what is degraded. */
import type { Degradation, ServerState } from '../api/server_state';
import { describeAge } from '../model/duration';

export type StateReport =
  | { kind: 'waiting' }
  | { kind: 'known'; state: ServerState }
  | { kind: 'not offered' }
  | { kind: 'unreachable'; message: string };

export function ServerReport({ report }: { report: StateReport }) {
  switch (report.kind) {
    case 'waiting':
      return <p class="state">Asking the server for its state …</p>;
    case 'unreachable':
      return (
        <p class="state bad" role="alert">
          <Mark symbol="✕" /> {report.message}
        </p>
      );
    case 'not offered':
      return (
        <p class="state">
          This server does not report what is degraded. <a href="?page=status">Status</a> lists the targets that fail.
        </p>
      );
    case 'known':
      return <Known state={report.state} />;
  }
}

function Known({ state }: { state: ServerState }) {
  const degraded = state.degraded ?? [];
  if (degraded.length === 0) {
    return state.ready === false ? (
      <p class="state warn" role="status">
        <Mark symbol="!" /> The server is starting and does not serve all requests yet.
      </p>
    ) : (
      <p class="state good" role="status">
        <Mark symbol="✓" /> Nothing is degraded.
      </p>
    );
  }
  return (
    <section class="state warn" role="status" aria-label="Degraded">
      <h2>
        <Mark symbol="!" /> Degraded: {degraded.length === 1 ? '1 component' : `${degraded.length} components`}
        {state.ready === false ? ', not ready' : ''}
      </h2>
      <ul class="degraded">
        {degraded.map((entry) => (
          <DegradedEntry key={entry.component + entry.reason} entry={entry} />
        ))}
      </ul>
    </section>
  );
}

function DegradedEntry({ entry: { component, reason, since, action } }: { entry: Degradation }) {
  return (
    <li>
      <b>{component}</b>: {reason} <span class="soft">for {describeAge(Date.now() / 1000 - since)}</span>
      {action && <div class="action">What to do: {action}</div>}
    </li>
  );
}

const Mark = ({ symbol }: { symbol: string }) => (
  <span class="mark" aria-hidden="true">
    {symbol}
  </span>
);
