/** One query: its letter, its text, what the last run said about it. */
import type { Ref } from 'preact';
import { QueryEditor, type QueryEditorHandle } from '../editor/query_editor';
import { parseErrorPosition } from '../model/error_position';
import { letterOf } from '../model/explore_state';
import { Notice } from './notices';
import type { QueryResult } from './results';

interface Props {
  index: number;
  text: string;
  enabled: boolean;
  removable: boolean;
  result: QueryResult | undefined;
  mayLoadEditor: boolean;
  handle: Ref<QueryEditorHandle>;
  onChange: (text: string) => void;
  onRun: () => void;
  onToggle: () => void;
  onRemove: () => void;
}

export function QueryRow(props: Props) {
  const { index, text, enabled, result } = props;
  const letter = letterOf(index);
  const error = result && result.text === text ? result.error : null;
  return (
    <section class={enabled ? 'query' : 'query off'} aria-label={`Query ${letter}`}>
      <div class="query-line">
        <button
          type="button"
          class="letter"
          aria-pressed={enabled}
          aria-label={`Query ${letter} is used`}
          title={enabled ? 'Leave this query out' : 'Use this query'}
          onClick={props.onToggle}
        >
          {letter}
        </button>
        <QueryEditor
          text={text}
          label={`Query ${letter}`}
          serverError={error?.kind === 'refused' ? error.message : null}
          mayLoad={props.mayLoadEditor}
          handle={props.handle}
          onChange={props.onChange}
          onRun={props.onRun}
        />
        {props.removable && (
          <button type="button" class="plain" title="Remove this query" aria-label={`Remove query ${letter}`} onClick={props.onRemove}>
            ×
          </button>
        )}
      </div>
      <QueryRemarks result={result} />
    </section>
  );
}

function QueryRemarks({ result }: { result: QueryResult | undefined }) {
  if (!result) return null;
  const { error, answer } = result;
  const position = error && parseErrorPosition(error.message);
  return (
    <div class="remarks">
      {error && (
        <Notice severity="error">
          {position ? (
            <>
              Line {position.line}, column {position.column}: {position.message}
            </>
          ) : (
            error.message
          )}
        </Notice>
      )}
      {!error && answer && <AnswerFigures answer={answer} />}
      {answer?.answer.warnings.map((text) => (
        <Notice key={text} severity="warning">
          {text}
        </Notice>
      ))}
      {answer?.answer.infos.map((text) => (
        <Notice key={text} severity="info">
          {text}
        </Notice>
      ))}
    </div>
  );
}

function AnswerFigures({ answer }: { answer: NonNullable<QueryResult['answer']> }) {
  const count = answer.kind === 'range' ? answer.answer.columns.total : resultCount(answer.answer.data);
  const seriesText = count === 1 ? '1 series' : `${count} series`;
  return (
    <p class="figures">
      {seriesText} · {Math.round(answer.answer.milliseconds)} ms
    </p>
  );
}

function resultCount(data: { resultType: string; result: unknown[] }): number {
  return data.resultType === 'vector' || data.resultType === 'matrix' ? data.result.length : 1;
}
