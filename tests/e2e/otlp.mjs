// An OTLP/HTTP sender in a few lines: JSON as it is written, and the same as protobuf by hand.

const fixed64 = (value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes;
};
const float64 = (value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
};

function varint(value) {
  const bytes = [];
  let v = BigInt.asUintN(64, BigInt(value));
  for (; v >= 0x80n; v >>= 7n) bytes.push(Number(v & 0x7fn) | 0x80);
  bytes.push(Number(v));
  return Buffer.from(bytes);
}
const zigzag = (value) => varint(value < 0 ? -2 * value - 1 : 2 * value);
const tag = (field, wire) => varint((field << 3) | wire);
const bytes = (field, value) => Buffer.concat([tag(field, 2), varint(Buffer.byteLength(value)), Buffer.from(value)]);
const field = {
  string: bytes,
  varint: (n, value) => Buffer.concat([tag(n, 0), varint(value)]),
  zigzag: (n, value) => Buffer.concat([tag(n, 0), zigzag(value)]),
  fixed64: (n, value) => Buffer.concat([tag(n, 1), fixed64(value)]),
  double: (n, value) => Buffer.concat([tag(n, 1), float64(value)]),
  packed64: (n, values) => bytes(n, Buffer.concat(values.map(fixed64))),
  packedDouble: (n, values) => bytes(n, Buffer.concat(values.map(float64))),
  packedZigzag: (n, values) => bytes(n, Buffer.concat(values.map(zigzag))),
  packedVarint: (n, values) => bytes(n, Buffer.concat(values.map(varint))),
};

// Messages of opentelemetry-proto: JSON name to [kind or message, field number]; a list of messages is repeated.
const anyValue = { stringValue: ["string", 1], intValue: ["varint", 3], doubleValue: ["double", 4] };
const keyValue = { key: ["string", 1], value: [anyValue, 2] };
const number = { startTimeUnixNano: ["fixed64", 2], timeUnixNano: ["fixed64", 3], asDouble: ["double", 4], asInt: ["fixed64", 6],
  attributes: [keyValue, 7], flags: ["varint", 8] };
const histogram = { startTimeUnixNano: ["fixed64", 2], timeUnixNano: ["fixed64", 3], count: ["fixed64", 4], sum: ["double", 5],
  bucketCounts: ["packed64", 6], explicitBounds: ["packedDouble", 7], attributes: [keyValue, 9] };
const buckets = { offset: ["zigzag", 1], bucketCounts: ["packedVarint", 2] };
const exponential = { attributes: [keyValue, 1], startTimeUnixNano: ["fixed64", 2], timeUnixNano: ["fixed64", 3], count: ["fixed64", 4],
  sum: ["double", 5], scale: ["zigzag", 6], zeroCount: ["fixed64", 7], positive: [buckets, 8], negative: [buckets, 9] };
const metric = { name: ["string", 1], description: ["string", 2], unit: ["string", 3],
  gauge: [{ dataPoints: [number, 1] }, 5],
  sum: [{ dataPoints: [number, 1], aggregationTemporality: ["varint", 2], isMonotonic: ["varint", 3] }, 7],
  histogram: [{ dataPoints: [histogram, 1], aggregationTemporality: ["varint", 2] }, 9],
  exponentialHistogram: [{ dataPoints: [exponential, 1], aggregationTemporality: ["varint", 2] }, 10] };
const request = { resourceMetrics: [{ resource: [{ attributes: [keyValue, 1] }, 1], scopeMetrics: [{ metrics: [metric, 2] }, 2] }, 1] };

export function protobuf(message, layout = request) {
  const parts = [];
  for (const [name, value] of Object.entries(message)) {
    const [kind, n] = layout[name];
    if (typeof kind === "string") parts.push(field[kind](n, value));
    else for (const item of Array.isArray(value) ? value : [value]) parts.push(bytes(n, protobuf(item, kind)));
  }
  return Buffer.concat(parts);
}

// The metrics of one resource.
export function metricsOf(attributes, metrics) {
  const pairs = Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } }));
  return { resourceMetrics: [{ resource: { attributes: pairs }, scopeMetrics: [{ metrics }] }] };
}

export function pushOtlp(url, body, headers) {
  return fetch(`${url}/otlp/v1/metrics`, { method: "POST", headers, body });
}
