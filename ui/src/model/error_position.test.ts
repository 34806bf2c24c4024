import { describe, expect, it } from 'vitest';
import { parseErrorPosition, underlinedSpan } from './error_position';

describe('parseErrorPosition', () => {
  it.each([
    ['1:5: parse error: unexpected end of input', 1, 5, 'parse error: unexpected end of input'],
    ['invalid parameter "query": 2:13: parse error: unknown function with name "rat"', 2, 13, 'parse error: unknown function with name "rat"'],
  ])('reads %s', (text, line, column, message) => expect(parseErrorPosition(text)).toEqual({ line, column, message }));

  it.each(['query timed out', 'at 12:30:05 the query ended', 'found 0:1: x'])('finds none in "%s"', (text) =>
    expect(parseErrorPosition(text)).toBeNull(),
  );
});

describe('underlinedSpan', () => {
  const span = (query: string, line: number, column: number) => {
    const { from, to } = underlinedSpan(query, { line, column, message: '' });
    return query.slice(from, to);
  };

  it('covers the word at the position', () => {
    expect(span('rat(up[5m])', 1, 1)).toBe('rat');
    expect(span('sum(up)\n  by (job) foo', 2, 12)).toBe('foo');
    expect(span('up + )', 1, 6)).toBe(')');
  });

  it('covers the last character when the position is the end', () => {
    expect(span('sum(up', 1, 7)).toBe('p');
    expect(span('sum(  ', 1, 7)).toBe('(');
  });

  it('counts columns in bytes', () => {
    expect(span('up{a="é€😀"} foo', 1, 19)).toBe('foo');
  });

  it('stays inside the query', () => {
    expect(underlinedSpan('', { line: 3, column: 9, message: '' })).toEqual({ from: 0, to: 0 });
    expect(span('up', 9, 99)).toBe('p');
  });
});
