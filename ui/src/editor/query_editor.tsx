/** The place of a query: a plain text field at once, the editor when it has been loaded. */
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Ref } from 'preact';
import type { PromqlEditor } from './promql_editor';

type EditorModule = typeof import('./promql_editor');

let loaded: EditorModule | null = null;
let loading: Promise<EditorModule> | null = null;

function loadEditor(): Promise<EditorModule> {
  loading ??= import('./promql_editor').then(
    (module) => (loaded = module),
    (error) => {
      loading = null;
      throw error;
    },
  );
  return loading;
}

export interface QueryEditorHandle {
  focus(): void;
}

interface Props {
  text: string;
  label: string;
  /** What the server answered to this text, if it refused it. */
  serverError: string | null;
  /** The editor is loaded once this is true, or when the field gets the focus. */
  mayLoad: boolean;
  handle: Ref<QueryEditorHandle>;
  onChange: (text: string) => void;
  onRun: () => void;
}

export function QueryEditor({ text, label, serverError, mayLoad, handle, onChange, onRun }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const editor = useRef<PromqlEditor | null>(null);
  const callbacks = useRef({ onChange, onRun });
  callbacks.current = { onChange, onRun };
  const [module, setModule] = useState(loaded);
  const hadFocus = useRef(false);
  const cursor = useRef(0);
  const load = () =>
    void loadEditor().then(
      (ready) => {
        cursor.current = field.current?.selectionEnd ?? 0;
        setModule(() => ready);
      },
      () => {}, // The text field stays, which is enough to run queries.
    );

  useEffect(() => {
    if (mayLoad && !module) load();
  }, [mayLoad]);

  useLayoutEffect(() => {
    if (!module) return;
    const made = module.mountEditor(host.current!, {
      text,
      label,
      cursor: cursor.current,
      onChange: (next) => callbacks.current.onChange(next),
      onRun: () => callbacks.current.onRun(),
    });
    editor.current = made;
    if (hadFocus.current) made.focus();
    return () => {
      made.destroy();
      editor.current = null;
    };
  }, [module, label]);

  // Before the next key press, never after it: an older text would undo what was typed since.
  useLayoutEffect(() => editor.current?.setText(text), [text]);
  useEffect(() => editor.current?.setServerError(serverError), [serverError, module]);

  useImperativeHandle(handle, () => ({ focus: () => (editor.current ?? field.current)?.focus() }), []);

  return (
    <div class="query-text">
      <div class="editor" ref={host} hidden={!module} />
      {!module && (
        <textarea
          ref={field}
          rows={Math.max(1, text.split('\n').length)}
          value={text}
          aria-label={label}
          placeholder="PromQL expression"
          spellcheck={false}
          autocomplete="off"
          onFocus={() => {
            hadFocus.current = true;
            load();
          }}
          onBlur={() => (hadFocus.current = false)}
          onInput={(event) => onChange(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey || event.shiftKey)) {
              event.preventDefault();
              onRun();
            }
          }}
        />
      )}
    </div>
  );
}
