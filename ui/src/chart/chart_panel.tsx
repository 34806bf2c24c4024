/** A chart with its legend and the choice to read its values as a table instead. */
import { useState } from 'preact/hooks';
import type { Unit } from '../model/units';
import { Chart, type ChartProps } from './chart';
import type { ChartData } from './chart_data';
import { Legend } from './legend';
import { ValuesTable } from './values_table';

interface Props extends Omit<ChartProps, 'stressed'> {
  data: ChartData;
  unit: Unit;
  legend: 'last' | 'full';
  asTable: boolean;
  onToggle: (key: string) => void;
  onIsolate: (key: string) => void;
}

export function ChartPanel({ legend, asTable, onToggle, onIsolate, ...chart }: Props) {
  const [stressed, setStressed] = useState<string | null>(null);
  if (asTable) return <ValuesTable title={chart.title} data={chart.data} unit={chart.unit} />;
  return (
    <>
      <Chart {...chart} stressed={stressed} />
      <Legend
        lines={chart.data.lines}
        unit={chart.unit}
        columns={legend}
        onToggle={onToggle}
        onIsolate={onIsolate}
        onStress={setStressed}
      />
    </>
  );
}
