/** Answers of range queries to the lines of one chart. */
import type { Columns, Labels } from '../model/columns';
import { isVisible, type Visibility } from '../model/explore_state';
import { commonLabels, fillTemplate, seriesName, without } from '../model/series_name';
import { gridTimes } from '../model/step';
import type { ChartData, Line } from './chart_data';

export interface Part {
  /** Stands before the names, to tell queries apart; may be empty. */
  prefix: string;
  /** A name with {{label}} places; without it, the name is the series. */
  template?: string;
  columns: Columns;
}

export interface BuiltChart {
  data: ChartData;
  /** Labels that all lines share, which their names leave out. */
  common: Labels;
}

/** All parts must be on the same grid. */
export function buildChart(parts: Part[], interval: { start: number; end: number }, visibility: Visibility): BuiltChart {
  const all = parts.flatMap((part) => part.columns.series.map((series) => ({ part, series })));
  const common = commonLabels(all.filter(({ part }) => !part.template).map(({ series }) => series.labels));
  const lines = all.map(({ part, series }, slot): Line => {
    const prefix = part.prefix ? `${part.prefix} ` : '';
    const key = prefix + (part.template ? fillTemplate(part.template, series.labels) : seriesName(series.labels));
    return {
      key,
      name: part.template ? key : prefix + shortName(series.labels, common),
      labels: series.labels,
      values: series.values,
      slot,
      visible: isVisible(visibility, key),
    };
  });
  const grid = parts[0]?.columns.grid;
  return {
    data: { times: grid ? gridTimes(grid) : [], step: grid?.step ?? 1, lines, ...interval },
    common,
  };
}

function shortName(labels: Labels, common: Labels): string {
  const name = seriesName(without(labels, common));
  return name === '{}' ? seriesName(labels) : name;
}
