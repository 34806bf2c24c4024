/** The query editor. Loaded apart from the page, because it is several times as large. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder, tooltips } from '@codemirror/view';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { completionWithHelp } from './completion';
import { completionClient } from './completion_client';
import { Diagnostics } from './diagnostics';
import { editorTheme } from './editor_theme';
import { hoverHelp } from './hover';

export interface EditorOptions {
  text: string;
  label: string;
  /** Where the cursor stands at first: a number of characters. */
  cursor: number;
  onChange: (text: string) => void;
  onRun: () => void;
}

export interface PromqlEditor {
  setText(text: string): void;
  setServerError(error: string | null): void;
  focus(): void;
  destroy(): void;
}

const client = completionClient();

/** `parent` becomes the host of a shadow tree: there the editor's styles are style sheet objects, which the strict CSP allows. */
export function mountEditor(parent: HTMLElement, options: EditorOptions): PromqlEditor {
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: 'open' });
  const diagnostics = new Diagnostics();
  const promql = new PromQLExtension()
    .setComplete({ completeStrategy: completionWithHelp(client) })
    .setLinter(diagnostics.strategy);
  const run = () => {
    options.onRun();
    return true;
  };
  let silent = false;
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.text,
      selection: { anchor: Math.min(options.cursor, options.text.length) },
      extensions: [
        Prec.highest(keymap.of([{ key: 'Mod-Enter', run }, { key: 'Shift-Enter', run }])),
        history(),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ icons: false, maxRenderedOptions: 100 }),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': options.label }),
        placeholder('PromQL expression'),
        tooltips({ position: 'fixed' }),
        promql.asExtension(),
        hoverHelp(client),
        editorTheme,
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !silent) options.onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    setText(text) {
      if (text === view.state.doc.toString()) return;
      silent = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      silent = false;
    },
    setServerError: (error) => diagnostics.setServerError(view, error),
    focus: () => view.focus(),
    destroy() {
      view.destroy();
      promql.destroy();
    },
  };
}
