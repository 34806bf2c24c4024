// Whether two servers answered the same.

const key = (labels) => JSON.stringify(Object.entries(labels).toSorted());
const samplesOf = (series) => series.values ?? [series.value];

function far(a, b) {
  const x = Number(a), y = Number(b);
  if (a === b || (Number.isNaN(x) && Number.isNaN(y))) return false;
  return Math.abs(x - y) > 1e-9 * Math.max(Math.abs(x), Math.abs(y), 1e-9);
}

// The first difference of two answers of the query API, in words; undefined where there is none.
export function difference(ours, theirs) {
  const known = new Map(theirs.result.map((series) => [key(series.metric), series]));
  if (ours.result.length !== theirs.result.length) return `${ours.result.length} series and ${theirs.result.length}`;
  for (const series of ours.result) {
    const other = known.get(key(series.metric));
    if (other === undefined) return `${key(series.metric)} is not in the other answer`;
    const a = samplesOf(series), b = samplesOf(other);
    if (a.length !== b.length) return `${key(series.metric)}: ${a.length} samples and ${b.length}`;
    const at = a.findIndex(([time, value], i) => time !== b[i][0] || far(value, b[i][1]));
    if (at !== -1) return `${key(series.metric)} at ${a[at][0]}: ${a[at][1]} and ${b[at][0]}: ${b[at][1]}`;
  }
  return undefined;
}
