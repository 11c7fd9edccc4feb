import { Card } from '../../components/card.ts'
import { type Column, Table } from '../../components/table.ts'
import { Time } from '../../components/time.ts'
import type { Session } from '../../lib/api.ts'
import { formatCount } from '../../lib/format.ts'
import { useMedia } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { titleOf } from '../../lib/session-meta.ts'
import { Clock, Name, Status, Turn } from './cells.ts'

const columnsFor = (narrow: boolean): readonly Column<Session>[] => [
  {
    key: 'title',
    title: 'Session',
    cell: (session) => html`<${Name} session=${session} narrow=${narrow} />`,
    sort: titleOf,
  },
  {
    key: 'clock',
    title: 'Clock',
    numeric: true,
    width: narrow ? '6.25rem' : '7.5rem',
    cell: (session) => html`<${Clock} session=${session} />`,
  },
  {
    key: 'turn',
    title: 'Turn',
    width: '12.5rem',
    minor: true,
    cell: (session) => html`<${Turn} session=${session} />`,
  },
  {
    key: 'status',
    title: 'Status',
    width: '9.5rem',
    minor: true,
    cell: (session) => html`<${Status} session=${session} />`,
    sort: ({ status }) => status,
  },
  {
    key: 'participants',
    title: 'People',
    numeric: true,
    width: '6rem',
    minor: true,
    cell: ({ participants }) => formatCount(participants.length),
    sort: ({ participants }) => participants.length,
  },
  {
    key: 'created',
    title: 'Created',
    numeric: true,
    width: '10rem',
    minor: true,
    cell: ({ created_at }) => html`<${Time} at=${created_at} />`,
    sort: ({ created_at }) => created_at,
  },
]

const WIDE = columnsFor(false)
const NARROW = columnsFor(true)

/** Sessions as rows that lead to them. */
export function SessionTable({ sessions }: { sessions: readonly Session[] }) {
  const narrow = useMedia('(max-width: 640px)')
  return html`<${Card} flush>
    <${Table} many label="Sessions" columns=${narrow ? NARROW : WIDE} rows=${sessions}
      rowKey=${({ session_id }: Session) => session_id}
      rowHref=${({ session_id }: Session) => `/sessions/${session_id}`} />
  <//>`
}
