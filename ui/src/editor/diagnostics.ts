/** Underlines: what the editor's grammar finds while typing, and the error that the server answered. */
import { forceLinting, type Diagnostic } from '@codemirror/lint';
import type { EditorView } from '@codemirror/view';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { parseErrorPosition, underlinedSpan } from '../model/error_position';
import { functionsOnlyOnServer } from './help_text';

export class Diagnostics {
  private readonly grammar = new PromQLExtension().getLinter().promQL();
  /** The answer to a text; it counts while the text stays the same. */
  private refused: { text: string; error: string } | null = null;

  readonly strategy = {
    promQL: () => (view: EditorView) => this.find(view),
  };

  setServerError(view: EditorView, error: string | null): void {
    this.refused = error === null ? null : { text: view.state.doc.toString(), error };
    forceLinting(view);
  }

  private async find(view: EditorView): Promise<Diagnostic[]> {
    const text = view.state.doc.toString();
    const fromServer = this.refused?.text === text ? serverDiagnostic(text, this.refused.error) : null;
    if (fromServer) return [fromServer];
    // The grammar would mark a function that only the server knows.
    const unknown = await functionsOnlyOnServer();
    if (unknown.some((name) => new RegExp(`\\b${name}\\s*[({]`).test(text))) return [];
    return [...(await this.grammar(view))].map((diagnostic) => visible(diagnostic, text));
  }
}

function serverDiagnostic(text: string, error: string): Diagnostic | null {
  const position = parseErrorPosition(error);
  if (!position || text === '') return null;
  return { ...underlinedSpan(text, position), severity: 'error', message: position.message, source: 'server' };
}

/** A mark without width, as at the end of the text, is moved onto the last character. */
function visible(diagnostic: Diagnostic, text: string): Diagnostic {
  if (diagnostic.to > diagnostic.from || text === '') return diagnostic;
  const to = Math.min(text.length, Math.max(1, text.slice(0, diagnostic.from + 1).trimEnd().length));
  return { ...diagnostic, from: to - 1, to };
}
