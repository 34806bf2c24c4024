/** The completion of the PromQL mode, with the server's own help. */
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { newCompleteStrategy, type CompleteStrategy, type PrometheusClient } from '@prometheus-io/codemirror-promql';
import { functionHelp } from '../api/server_state';
import { functionElement } from './help_text';

export function completionWithHelp(client: PrometheusClient): CompleteStrategy {
  const base = newCompleteStrategy({ remote: client });
  return {
    async promQL(context: CompletionContext): Promise<CompletionResult | null> {
      const [result, help] = await Promise.all([base.promQL(context), functionHelp()]);
      if (!result) return null;
      const named = new Set(result.options.map(({ label }) => label));
      const offersFunctions = named.has('rate');
      const missing: Completion[] = offersFunctions
        ? [...help.values()]
            .filter(({ name }) => !named.has(name))
            .map(({ name }) => ({ label: name, type: 'function', detail: 'function' }))
        : [];
      return { ...result, options: [...result.options, ...missing].map(withHelp) };
    },
    destroy: () => base.destroy?.(),
  };
}

function withHelp(option: Completion): Completion {
  const isFunction = option.detail === 'function' || option.detail === 'aggregation';
  return isFunction ? { ...option, info: () => functionElement(option.label) } : option;
}
