/** Explore: queries, their graph or table, and everything that decides what they show. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { RefreshPicker } from '../controls/refresh_picker';
import { StepField } from '../controls/step_field';
import { TimePicker } from '../controls/time_picker';
import type { QueryEditorHandle } from '../editor/query_editor';
import {
  everythingVisible, formatExploreState, letterOf, MAX_QUERIES, parseExploreState, type ExploreState, type Tab,
} from '../model/explore_state';
import { autoStep, clampStep } from '../model/step';
import { at, isLive, resolve, shift, zoomOut } from '../model/time_range';
import { navigate } from '../shell/address';
import { useShortcuts } from '../shell/keyboard';
import { zone as zoneStore } from '../shell/preferences';
import { useRefresh } from '../shell/refresh_clock';
import { useStore } from '../shell/store';
import { GraphView } from './graph_view';
import { QueryRow } from './query_row';
import { useResults } from './results';
import { TableView } from './table_view';
import { useDrafts } from './drafts';

const now = () => Date.now() / 1000;

export function ExplorePage({ params }: { params: URLSearchParams }) {
  const state = useMemo(() => parseExploreState(params), [params]);
  const zone = useStore(zoneStore);
  const { drafts, setDraft, changed } = useDrafts(state.queries);
  const editors = useRef<(QueryEditorHandle | null)[]>([]);
  const [pixels] = useState(() => Math.min(1600, innerWidth - 120));

  const update = (change: Partial<ExploreState>, mode: 'push' | 'replace' = 'push') => {
    const next = formatExploreState({ ...state, queries: drafts, ...change });
    if (zone === 'utc') next.set('tz', 'utc');
    navigate(next.toString(), mode);
  };
  useEffect(() => {
    if ((params.get('tz') === 'utc') !== (zone === 'utc')) update({ queries: state.queries }, 'replace');
  }, [zone]);

  const { start, end } = resolve(state.range, now());
  const automatic = autoStep(end - start, pixels);
  const queries = state.queries.flatMap(({ text, enabled }, index) => (enabled && text.trim() ? [{ index, text }] : []));
  const { results, running, run } = useResults({
    queries,
    tab: state.tab,
    range: state.range,
    step: clampStep(state.step ?? automatic, end - start),
    drawLimit: state.drawLimit,
  });
  const runDrafts = () => {
    if (changed) update({ visibility: everythingVisible });
    else run();
  };
  useRefresh(state.refresh, () => {
    if (!running && queries.length > 0) run();
  });
  const setRange = (range: ExploreState['range']) => update({ range });
  useShortcuts({
    '[': () => setRange(shift(state.range, -1, now())),
    ']': () => setRange(shift(state.range, 1, now())),
    'mod+z': () => setRange(zoomOut(state.range, now())),
    '/': () => editors.current[0]?.focus(),
    r: run,
    'mod+enter': runDrafts,
  });
  // The editor comes after the first answer, or soon where there is nothing to wait for.
  const [mayLoadEditor, setMayLoadEditor] = useState(queries.length === 0);
  useEffect(() => {
    if (results) setMayLoadEditor(true);
  }, [results]);

  return (
    <div class="explore">
      <h1 class="visually-hidden">Explore</h1>
      <div class="toolbar">
        <TimePicker
          range={state.range}
          onChange={setRange}
          onShift={(direction) => setRange(shift(state.range, direction, now()))}
          onZoomOut={() => setRange(zoomOut(state.range, now()))}
        />
        <RefreshPicker seconds={state.refresh} onChange={(refresh) => update({ refresh })} onRefresh={run} />
        <StepField step={state.step} automatic={automatic} onChange={(step) => step !== state.step && update({ step })} />
        <button type="button" class="primary" onClick={runDrafts} title="Run the queries (Ctrl+Enter)">
          {changed ? 'Run changes' : 'Run'}
        </button>
        <span class="running" role="status">
          {running ? 'Running …' : ''}
        </span>
      </div>
      <div class="queries">
        {drafts.map(({ text, enabled }, index) => (
          <QueryRow
            key={index}
            index={index}
            text={text}
            enabled={enabled}
            removable={drafts.length > 1}
            result={results?.results.find((result) => result.index === index)}
            mayLoadEditor={mayLoadEditor}
            handle={(handle: QueryEditorHandle | null) => void (editors.current[index] = handle)}
            onChange={(next) => setDraft(index, next)}
            onRun={runDrafts}
            onToggle={() => update({ queries: drafts.map((draft, i) => (i === index ? { ...draft, enabled: !enabled } : draft)) })}
            onRemove={() => update({ queries: drafts.filter((_, i) => i !== index), visibility: everythingVisible })}
          />
        ))}
        {drafts.length < MAX_QUERIES && (
          <button type="button" class="plain add" onClick={() => update({ queries: [...drafts, { text: '', enabled: true }] })}>
            Add query {letterOf(drafts.length)}
          </button>
        )}
      </div>
      <Tabs tab={state.tab} onChange={(tab) => update({ tab })} />
      <div class="result" id="result" aria-busy={running}>
        {queries.length === 0 && <FirstSteps onChoose={(text) => update({ queries: [{ text, enabled: true }] })} />}
        {queries.length > 0 && results && state.tab === 'graph' && (
          <GraphView
            results={results}
            live={isLive(state.range)}
            visibility={state.visibility}
            drawLimit={state.drawLimit}
            onVisibility={(visibility) => update({ visibility }, 'replace')}
            onDrawLimit={(drawLimit) => update({ drawLimit })}
            onZoom={(from, to) => setRange({ from: at(Math.round(from * 1000) / 1000), to: at(Math.round(to * 1000) / 1000) })}
          />
        )}
        {queries.length > 0 && results && state.tab === 'table' && <TableView results={results} />}
      </div>
    </div>
  );
}

function Tabs({ tab, onChange }: { tab: Tab; onChange: (tab: Tab) => void }) {
  return (
    <div class="tabs" role="group" aria-label="Show the result as">
      {(['graph', 'table'] as const).map((name) => (
        <button key={name} type="button" aria-pressed={tab === name} onClick={() => onChange(name)}>
          {name === 'graph' ? 'Graph' : 'Table'}
        </button>
      ))}
    </div>
  );
}

const EXAMPLES = [
  ['up', 'Which scrape targets answer'],
  ['avg by (mode) (rate(node_cpu_seconds_total{mode!="idle"}[1m]))', 'CPU time by mode'],
  ['node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes', 'Share of memory that is available'],
  ['topk(10, scrape_samples_scraped)', 'Targets with the most samples'],
] as const;

function FirstSteps({ onChoose }: { onChoose: (text: string) => void }) {
  return (
    <div class="first-steps">
      <p>Write a PromQL expression and run it with Ctrl+Enter, or start with one of these:</p>
      <ul>
        {EXAMPLES.map(([text, does]) => (
          <li key={text}>
            <button type="button" class="link" onClick={() => onChoose(text)}>
              <code>{text}</code>
            </button>{' '}
            <span>{does}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
