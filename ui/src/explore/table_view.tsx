/** The table tab: the values at the end of the range, a column per label. */
import { useState } from 'preact/hooks';
import { parseSampleValue, type Labels } from '../model/columns';
import { letterOf } from '../model/explore_state';
import { seriesName } from '../model/series_name';
import { formatDateTime } from '../model/zoned_time';
import type { InstantResult } from '../api/query';
import { zone as zoneStore } from '../shell/preferences';
import { useStore } from '../shell/store';
import { Notice } from './notices';
import { TABLE_LIMIT, type Results } from './results';

export function TableView({ results }: { results: Results }) {
  const zone = useStore(zoneStore);
  const several = results.results.length > 1;
  return (
    <div class="tables">
      {results.results.map(({ index, answer }) =>
        answer?.kind !== 'instant' ? null : (
          <section key={index} aria-label={`Result of query ${letterOf(index)}`}>
            <p class="figures">
              {several && <b>{letterOf(index)} </b>}
              Values at {formatDateTime(results.interval.end, zone)}
            </p>
            <ResultTable data={answer.answer.data} letter={letterOf(index)} />
          </section>
        ),
      )}
    </div>
  );
}

interface Row {
  labels: Labels;
  text: string;
  value: number;
}

function rowsOf(data: InstantResult): Row[] {
  switch (data.resultType) {
    case 'scalar':
    case 'string':
      return [{ labels: {}, text: data.result[1], value: Number(data.result[1]) }];
    case 'matrix':
      return data.result.map(({ metric, values = [] }) => ({
        labels: metric,
        text: values.map(([time, value]) => `${value} @${time}`).join('\n'),
        value: values.length,
      }));
    case 'vector':
      return data.result.map(({ metric, value, histogram }) =>
        value
          ? { labels: metric, text: value[1], value: parseSampleValue(value[1]) }
          : { labels: metric, text: `histogram: count ${histogram?.[1].count}, sum ${histogram?.[1].sum}`, value: NaN },
      );
  }
}

function ResultTable({ data, letter }: { data: InstantResult; letter: string }) {
  const [order, setOrder] = useState<{ column: string; descending: boolean } | null>(null);
  const all = rowsOf(data);
  if (all.length === 0) return <p class="empty">No data at this time.</p>;
  const names = [...new Set(all.flatMap(({ labels }) => Object.keys(labels)))].sort(nameFirst);
  const rows = sorted(all, order).slice(0, TABLE_LIMIT);
  const sortBy = (column: string, descendingFirst: boolean) =>
    setOrder((before) => ({ column, descending: before?.column === column ? !before.descending : descendingFirst }));
  const header = (column: string, title: string, descendingFirst: boolean) => (
    <th key={column} scope="col" aria-sort={order?.column !== column ? undefined : order.descending ? 'descending' : 'ascending'}>
      <button type="button" class="sort" onClick={() => sortBy(column, descendingFirst)}>
        {title}
        <span aria-hidden="true">{order?.column !== column ? '' : order.descending ? ' ↓' : ' ↑'}</span>
      </button>
    </th>
  );
  return (
    <>
      {all.length >= TABLE_LIMIT && (
        <Notice severity="warning">
          The table shows the first {rows.length} of {all.length === TABLE_LIMIT ? `${TABLE_LIMIT} or more` : all.length} series.
        </Notice>
      )}
      <div class="result-table" tabIndex={0} role="region" aria-label={`Table of query ${letter}`}>
        <table>
          <thead>
            <tr>
              {names.map((name) => header(name, name === '__name__' ? 'name' : name, false))}
              {header('', 'Value', true)}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ labels, text }) => (
              <tr key={seriesName(labels)}>
                {names.map((name) => (
                  <td key={name}>{labels[name] ?? ''}</td>
                ))}
                <td class="number">{text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const nameFirst = (a: string, b: string) => (a === '__name__' ? -1 : b === '__name__' ? 1 : a < b ? -1 : 1);

function sorted(rows: Row[], order: { column: string; descending: boolean } | null): Row[] {
  if (!order) return rows;
  const compare =
    order.column === ''
      ? (a: Row, b: Row) => (Number.isNaN(a.value) ? -Infinity : a.value) - (Number.isNaN(b.value) ? -Infinity : b.value)
      : (a: Row, b: Row) => (a.labels[order.column] ?? '').localeCompare(b.labels[order.column] ?? '', 'en', { numeric: true });
  return [...rows].sort((a, b) => (order.descending ? -compare(a, b) : compare(a, b)));
}
