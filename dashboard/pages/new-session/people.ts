import { Button } from '../../components/button.ts'
import { html } from '../../lib/html.ts'
import { type Draft, hasOwnClocks, type Person, type Problems } from './draft.ts'
import { person } from './presets.ts'

type Change = (people: Person[]) => void

/** Who takes part, in the order of the turns. */
export function People({
  draft,
  problems,
  onChange,
}: {
  draft: Draft
  problems: Problems | null
  onChange: Change
}) {
  const { people, mode } = draft
  const edit = (id: string, change: Partial<Person>) =>
    onChange(people.map((each) => (each.id === id ? { ...each, ...change } : each)))
  const add = () => {
    const last = people.at(-1)
    onChange([...people, person('', last?.time, last?.group)])
  }
  const rows = people.map((each, i) => {
    const problem = problems?.people[each.id]
    const input = (
      field: 'name' | 'time' | 'group',
      label: string,
      placeholder = '',
    ) => html`<div class=${`field ${field}`}><input
      aria-label=${`${label} of participant ${i + 1}`} placeholder=${placeholder} value=${each[field]}
      aria-invalid=${field === 'time' && problem ? 'true' : undefined} maxlength="80" autocomplete="off"
      onInput=${(event: Event) => edit(each.id, { [field]: (event.currentTarget as HTMLInputElement).value })} /></div>`
    return html`<li key=${each.id}>
      <span class="place" aria-hidden="true">${i + 1}</span>
      ${input('name', 'Name', `Participant ${i + 1}`)}
      ${mode === 'per_group' && input('group', 'Group', 'A')}
      ${hasOwnClocks(mode) && input('time', 'Time', '5:00')}
      <${Button} kind="quiet" icon="close" label=${`Remove participant ${i + 1}`} disabled=${people.length === 1}
        onClick=${() => onChange(people.filter(({ id }) => id !== each.id))} />
      ${problem && html`<p class="field-error">${problem}</p>`}
    </li>`
  })
  const columns = ['Name', mode === 'per_group' && 'Group', hasOwnClocks(mode) && 'Time']
    .filter(Boolean)
    .join(', ')
    .toLowerCase()
  return html`<fieldset class="people">
    <legend>Participants <span class="muted">${`${columns}; in the order of their turns`}</span></legend>
    <ol>${rows}</ol>
    <div><${Button} icon="plus" onClick=${add}>Add participant<//></div>
  </fieldset>`
}
