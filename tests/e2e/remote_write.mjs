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

// The whole of a snappy block: literals, and copies with offsets of 1, 2 or 4 bytes.
export function unsnappy(bytes) {
  let at = 0;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    size += (bytes[at] & 0x7f) * 2 ** shift;
    if (bytes[at++] < 0x80) break;
  }
  const out = Buffer.alloc(size);
  let end = 0;
  while (at < bytes.length) {
    const tag = bytes[at++];
    const kind = tag & 3;
    let length = (tag >> 2) + 1;
    if (kind === 0) {
      if (length > 60) {
        const width = length - 60;
        length = bytes.readUIntLE(at, width) + 1;
        at += width;
      }
      bytes.copy(out, end, at, at + length);
      at += length;
      end += length;
      continue;
    }
    if (kind === 1) length = ((tag >> 2) & 7) + 4;
    const offset = kind === 1 ? ((tag >> 5) << 8) | bytes[at] : bytes.readUIntLE(at, kind === 2 ? 2 : 4);
    at += kind === 1 ? 1 : kind === 2 ? 2 : 4;
    for (let i = 0; i < length; i += 1, end += 1) out[end] = out[end - offset];
  }
  return out;
}

export const headers = {
  "content-type": "application/x-protobuf",
  "content-encoding": "snappy",
  "x-prometheus-remote-write-version": "0.1.0",
};

export function push(url, body, extra = {}) {
  return fetch(`${url}/api/v1/push`, { method: "POST", headers: { ...headers, ...extra }, body });
}
