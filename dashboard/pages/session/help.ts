import { Dialog } from '../../components/dialog.ts'
import { html } from '../../lib/html.ts'

const KEYS: { title: string; keys: [string[], string][] }[] = [
  {
    title: 'The session',
    keys: [
      [['Space', 'Enter'], 'Start, then pass the turn on'],
      [['1', '…', '9'], 'Give the turn to the first, …, the ninth participant'],
      [['P'], 'Pause, resume'],
      [['C'], 'Complete'],
    ],
  },
  {
    title: 'The past',
    keys: [
      [['[', ']'], 'To the event before, to the one after'],
      [['Space'], 'While it is shown: play, stop'],
      [['L'], 'Back to live'],
    ],
  },
  {
    title: 'This page',
    keys: [
      [['V'], 'Open the clock for a stage or a wall'],
      [['S'], 'Share'],
      [['?'], 'These keys'],
    ],
  },
]

/** Which keys do what. */
export function Help({ open, onClose }: { open: boolean; onClose(): void }) {
  const groups = KEYS.map(
    ({ title, keys }) => html`<section key=${title}>
      <h3>${title}</h3>
      <dl>${keys.map(([names, text]) => html`<div key=${text}><dt>${names.map((name) => (name === '…' ? ' … ' : html`<kbd>${name}</kbd>`))}</dt><dd>${text}</dd></div>`)}</dl>
    </section>`,
  )
  return html`<${Dialog} open=${open} onClose=${onClose} title="Keyboard"><div class="session-keys">${groups}</div><//>`
}
