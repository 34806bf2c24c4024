// The table of ./dev bench metrics: 80 columns.
const widths = [27, 11, 11, 11, 7, 8];
const cells = (values) => values.map((text, i) => (i === 0 ? String(text).padEnd(widths[i]) : String(text).padStart(widths[i]))).join(" ").trimEnd();

export const header = () => `${cells(["", "target", "Isobar", "Prometheus", "ratio", ""])}\n${"-".repeat(80)}`;

const shown = (row, side) => (side === undefined ? "" : side.value === undefined ? side.absent ?? "n/a" : row.show(side.value));

export function verdict(row, { isobar, prometheus }) {
  if (isobar?.value === undefined || row.target === undefined) return "-";
  const holds = row.more ? isobar.value >= row.target : isobar.value <= row.target;
  if (!holds || isobar.faults?.length) return "fail";
  if (row.ofPrometheus !== undefined) {
    if (prometheus?.value === undefined) return "pass?"; // the half that needs a Prometheus is open
    if (isobar.value > prometheus.value * row.ofPrometheus) return "fail";
  }
  return "pass";
}

export function line(row, result, size) {
  const { isobar, prometheus } = result;
  const ratio = isobar?.value !== undefined && prometheus?.value ? (isobar.value / prometheus.value).toFixed(2) : "";
  return cells([row.title, row.targetText, shown(row, isobar), shown(row, prometheus), ratio, size === "tiny" ? "-" : verdict(row, result)]);
}

export function wrapped(text, indent) {
  const lines = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1).length + word.length + 1 > 80 - indent.length && lines.at(-1) !== "") lines.push("");
    lines[lines.length - 1] += (lines.at(-1) === "" ? "" : " ") + word;
  }
  return lines.map((one) => indent + one).join("\n");
}

export const thousands = (number) => Math.round(number).toLocaleString("en-US");
export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
export const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
