/** Where a figure comes from: the text of `isobar plan explain`. */
import { useEffect, useState } from 'preact/hooks';
import { isAbort } from '../api/http';
import { fetchDerivation } from '../api/plan';

export function Derivation({ id, a, b, onClose }: { id: string; a: string; b: string; onClose: () => void }) {
  const [text, setText] = useState('Loading …');
  useEffect(() => {
    const abort = new AbortController();
    fetchDerivation(id, a, b, abort.signal).then(
      (answer) => setText(answer.text),
      (error: Error) => {
        if (!isAbort(error)) setText(error.message);
      },
    );
    return () => abort.abort();
  }, [id, a, b]);
  return (
    <section class="state derivation" aria-label={`Derivation of ${id}`}>
      <div class="section-head">
        <h2>{id}</h2>
        <code class="soft">isobar plan explain {id}</code>
        <button type="button" class="plain" onClick={onClose}>
          Close
        </button>
      </div>
      <pre tabIndex={0}>{text}</pre>
    </section>
  );
}
