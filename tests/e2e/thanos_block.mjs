// Blocks as Thanos leaves them in a bucket, of samples and downsampled, written by hand and simply: valid, not small. The
// formats: docs/formats/prometheus_block.md and what it refers to.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const crcTable = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
  return c >>> 0;
});
function be32(value) {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value >>> 0);
  return out;
}
function be64(value) {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out;
}
function checksum(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = crcTable[(c ^ byte) & 0xff] ^ (c >>> 8);
  return be32(~c);
}
function varint(value) {
  const bytes = [];
  let v = BigInt(value);
  for (; v >= 0x80n; v >>= 7n) bytes.push(Number(v & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(v)]);
}
const zigzag = (value) => varint(value < 0 ? -BigInt(value) * 2n - 1n : BigInt(value) * 2n);
const text = (string) => Buffer.concat([varint(Buffer.byteLength(string)), Buffer.from(string)]);

// [milliseconds, value] of an ascending series; timestamps may repeat. Other changes than none take their whole 64 bits.
function xorChunk(samples) {
  const bits = [];
  const write = (value, count) => {
    for (let i = BigInt(count) - 1n; i >= 0n; i -= 1n) bits.push(Number((BigInt.asUintN(64, value) >> i) & 1n));
  };
  const writeBytes = (bytes) => bytes.forEach((byte) => write(BigInt(byte), 8));
  const bitsOf = (value) => {
    const out = Buffer.alloc(8);
    out.writeDoubleBE(value);
    return out.readBigUInt64BE();
  };
  write(BigInt(samples.length), 16);
  let delta = 0;
  samples.forEach(([time, value], i) => {
    if (i === 0) {
      writeBytes(zigzag(time));
      return write(bitsOf(value), 64);
    }
    const next = time - samples[i - 1][0];
    if (i === 1) writeBytes(varint(next));
    else if (next === delta) write(0n, 1);
    else {
      write(0xfn, 4);
      write(BigInt(next - delta), 64);
    }
    delta = next;
    const changed = bitsOf(value) ^ bitsOf(samples[i - 1][1]);
    if (changed === 0n) return write(0n, 1);
    write(3n, 2); // a new window
    write(0n, 5); // no leading zeros
    write(0n, 6); // 64 bits
    return write(changed, 64);
  });
  while (bits.length % 8 !== 0) bits.push(0);
  return Buffer.from(Array.from({ length: bits.length / 8 }, (_, i) => parseInt(bits.slice(i * 8, i * 8 + 8).join(""), 2)));
}

// The windows of samples as the compactor aggregates them: [end, { count, sum, min, max, counter }].
export function windowsOf(samples, resolution) {
  const windows = [];
  const last = samples.at(-1)[0];
  let counter = samples[0][1];
  samples.forEach(([time, value], i) => {
    const end = Math.min(time - (time % resolution) + resolution - 1, last);
    if (windows.length === 0 || windows.at(-1)[0] < time) windows.push([end, { count: 0, sum: 0, min: value, max: value }]);
    if (i > 0) counter += value < samples[i - 1][1] ? value : value - samples[i - 1][1];
    const window = windows.at(-1)[1];
    Object.assign(window, { count: window.count + 1, sum: window.sum + value, min: Math.min(window.min, value), max: Math.max(window.max, value), counter });
  });
  return windows;
}

// Of encoding 0xff. The counter begins with the first sample and ends with the last value once more.
function aggregateChunk(samples, resolution) {
  const windows = windowsOf(samples, resolution);
  const column = (name) => windows.map(([end, window]) => [end, window[name]]);
  const counter = [samples[0], ...column("counter"), [windows.at(-1)[0], samples.at(-1)[1]]];
  const parts = [...["count", "sum", "min", "max"].map(column), counter].map(xorChunk);
  return {
    encoding: 0xff,
    data: Buffer.concat(parts.flatMap((part) => [varint(part.length), Buffer.from([1]), part])),
    min: windows[0][0],
    max: windows.at(-1)[0],
  };
}

function chunksOf(samples, resolution) {
  const chunks = [];
  const size = resolution === 0 ? 120 : samples.length;
  for (let at = 0; at < samples.length; at += size) {
    const part = samples.slice(at, at + size);
    chunks.push(resolution === 0 ? { encoding: 1, data: xorChunk(part), min: part[0][0], max: part.at(-1)[0] } : aggregateChunk(part, resolution));
  }
  return chunks;
}

// `series`: [[chunk, …] with their references, by series; labels ascending.
function indexOf(series) {
  const symbols = [...new Set(series.flatMap(({ labels }) => labels.flat()))].sort();
  let out = Buffer.concat([be32(0xbaaad700), Buffer.from([2])]);
  const pad = (to) => {
    out = Buffer.concat([out, Buffer.alloc((to - (out.length % to)) % to)]);
    return out.length;
  };
  const section = (content) => {
    out = Buffer.concat([out, be32(content.length), content, checksum(content)]);
  };
  const symbolsAt = out.length;
  section(Buffer.concat([be32(symbols.length), ...symbols.map(text)]));
  const seriesAt = pad(16);
  const references = series.map(({ labels, chunks }) => {
    const reference = pad(16) / 16;
    const pairs = labels.flat().map((one) => varint(symbols.indexOf(one)));
    const places = chunks.flatMap(({ min, max, ref }, i) => [
      i === 0 ? zigzag(min) : varint(min - chunks[i - 1].max),
      varint(max - min),
      i === 0 ? varint(ref) : zigzag(ref - chunks[i - 1].ref),
    ]);
    const content = Buffer.concat([varint(labels.length), ...pairs, varint(chunks.length), ...places]);
    out = Buffer.concat([out, varint(content.length), content, checksum(content)]);
    return reference;
  });
  const postingsAt = pad(4);
  const lists = new Map([[JSON.stringify(["", ""]), references]]);
  series.forEach(({ labels }, i) => {
    for (const pair of labels.map((one) => JSON.stringify(one))) lists.set(pair, [...(lists.get(pair) ?? []), references[i]]);
  });
  const table = [...lists.keys()].sort().map((pair) => {
    const at = pad(4);
    section(Buffer.concat([be32(lists.get(pair).length), ...lists.get(pair).map(be32)]));
    return Buffer.concat([varint(2), ...JSON.parse(pair).map(text), varint(at)]);
  });
  const labelTableAt = pad(4);
  section(be32(0));
  const tableAt = pad(4);
  section(Buffer.concat([be32(table.length), ...table]));
  const toc = Buffer.concat([symbolsAt, seriesAt, 0, labelTableAt, postingsAt, tableAt].map(be64));
  return Buffer.concat([out, toc, checksum(toc)]);
}

// `series`: [{ labels: { name: value }, samples: [[milliseconds, value], …] }]; resolution in milliseconds, 0 for the samples
// themselves. Gives the folder of the block.
export function writeThanosBlock(parent, { ulid, series, resolution, sources = [ulid], labels = {}, min, end }) {
  const folder = join(parent, ulid);
  mkdirSync(join(folder, "chunks"), { recursive: true });
  const segment = [Buffer.concat([be32(0x85bd40dd), Buffer.from([1, 0, 0, 0])])];
  let at = 8;
  const stored = series
    .map((one) => ({ labels: Object.entries(one.labels).sort(([a], [b]) => (a < b ? -1 : 1)), chunks: chunksOf(one.samples, resolution) }))
    .sort((a, b) => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1));
  for (const chunk of stored.flatMap(({ chunks }) => chunks)) {
    const body = Buffer.concat([Buffer.from([chunk.encoding]), chunk.data]);
    const bytes = Buffer.concat([varint(chunk.data.length), body, checksum(body)]);
    chunk.ref = at;
    at += bytes.length;
    segment.push(bytes);
  }
  writeFileSync(join(folder, "chunks", "000001"), Buffer.concat(segment));
  writeFileSync(join(folder, "index"), indexOf(stored));
  const meta = {
    ulid,
    minTime: min,
    maxTime: end,
    stats: { numSeries: series.length },
    compaction: { level: 1, sources },
    version: 1,
    thanos: { labels, downsample: { resolution }, source: "compactor" },
  };
  writeFileSync(join(folder, "meta.json"), JSON.stringify(meta));
  return folder;
}
