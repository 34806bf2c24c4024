// A remote-write 1.0 sender in a few lines: protobuf by hand, snappy with literals only (valid, not small).

function varint(value) {
  const bytes = [];
  let v = BigInt(value);
  while (v >= 0x80n) {
    bytes.push(Number(v & 0x7fn) | 0x80);
    v >>= 7n;
  }
  bytes.push(Number(v));
  return Buffer.from(bytes);
}

export function message(field, bytes) {
  const body = Buffer.from(bytes);
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
}

export function sample(value, timestamp) {
  const number = Buffer.alloc(9);
  number[0] = (1 << 3) | 1;
  number.writeDoubleLE(value, 1);
  return message(2, Buffer.concat([number, Buffer.from([2 << 3]), varint(timestamp)]));
}

// labels: object; samples: [[value, milliseconds], …]
export function series(labels, samples) {
  const parts = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => message(1, Buffer.concat([message(1, name), message(2, value)])));
  for (const [value, timestamp] of samples) parts.push(sample(value, timestamp));
  return message(1, Buffer.concat(parts));
}

export function snappy(bytes) {
  const parts = [varint(bytes.length)];
  for (let at = 0; at < bytes.length; at += 65536) {
    const piece = bytes.subarray(at, at + 65536);
    const head = Buffer.alloc(3);
    head[0] = 61 << 2;
    head.writeUInt16LE(piece.length - 1, 1);
    parts.push(head, piece);
  }
  return Buffer.concat(parts);
}

export const headers = {
  "content-type": "application/x-protobuf",
  "content-encoding": "snappy",
  "x-prometheus-remote-write-version": "0.1.0",
};

export function push(url, body, extra = {}) {
  return fetch(`${url}/api/v1/push`, { method: "POST", headers: { ...headers, ...extra }, body });
}
