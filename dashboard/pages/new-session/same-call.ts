import { Card } from '../../components/card.ts'
import { CopyButton } from '../../components/copy-button.ts'
import { html } from '../../lib/html.ts'
import { type Draft, idsByName, problemsOf, requestOf } from './draft.ts'

/** Ids that stay the same while the form is written. */
function exampleIds(): () => string {
  let count = 0
  return () => `4f1c7a2e-9d0b-4b7e-8a51-0c6f2f6f9a${String(++count).padStart(2, '0')}`
}

/** The request that the form stands for, for those who will send it from a program. */
export function SameCall({ draft }: { draft: Draft }) {
  const wrong = problemsOf(draft) !== null
  const newId = exampleIds()
  const example = { ...draft, id: newId() }
  const body = wrong ? '' : JSON.stringify(requestOf(example, idsByName(newId)), null, 2)
  const call = `curl ${location.origin}/v1/sessions -H 'content-type: application/json' -d '${body.replaceAll("'", "'\\''")}'`
  const copy = html`<${CopyButton} text=${call} label="Copy the curl command" disabled=${wrong} />`
  return html`<${Card} class="same-call" title="The same by a program" note="POST /v1/sessions" actions=${!wrong && copy}>
    ${wrong ? html`<p class="muted small">Here is the request as soon as the form is complete.</p>` : html`<pre tabindex="0" aria-label="Request body"><code>${body}</code></pre>`}
  <//>`
}
