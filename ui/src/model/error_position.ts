/** Finds the place that a query error of the server names, as in: 1:5: parse error: unexpected end of input. */

export interface ErrorPosition {
  line: number;
  column: number;
  /** The error without the position and what stands before it. */
  message: string;
}

export function parseErrorPosition(error: string): ErrorPosition | null {
  const match = /(?:^|[\s"(])(\d+):(\d+):\s+(.*)$/s.exec(error);
  if (!match) return null;
  const line = Number(match[1]);
  const column = Number(match[2]);
  if (line < 1 || column < 1) return null;
  return { line, column, message: match[3]!.trim() };
}

/**
 * The part of the query to underline: from the position to the end of the word there. The column counts bytes of UTF-8.
 * The result is never empty unless the query is.
 */
export function underlinedSpan(query: string, position: ErrorPosition): { from: number; to: number } {
  const lines = query.split('\n');
  const index = Math.min(position.line, lines.length) - 1;
  const text = lines[index]!;
  const lineStart = lines.slice(0, index).reduce((sum, line) => sum + line.length + 1, 0);
  const offset = Math.min(characterOfByte(text, position.column - 1), text.length);
  const word = /^[\w:.]+/.exec(text.slice(offset));
  let from = lineStart + offset;
  let to = from + (word ? word[0].length : Math.min(1, text.length - offset));
  if (from === to) {
    // The end of a line: underline the last character that says something.
    const before = query.slice(0, from).trimEnd();
    from = Math.max(0, before.length - 1);
    to = before.length > 0 ? before.length : Math.min(1, query.length);
  }
  return { from, to };
}

function characterOfByte(text: string, byte: number): number {
  let bytes = 0;
  for (let i = 0; i < text.length; ) {
    if (bytes >= byte) return i;
    const code = text.codePointAt(i)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    i += code > 0xffff ? 2 : 1;
  }
  return text.length;
}
