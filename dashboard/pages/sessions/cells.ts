import type { ComponentChildren } from 'preact'
import { StatusBadge } from '../../components/badge.ts'
import { ClockText } from '../../components/clock-text.ts'
import { Icon, type IconName } from '../../components/icon.ts'
import { elapsed, remaining, type Session } from '../../lib/api.ts'
import { useLive } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { colorOf, kindOf, modeName, nameOf, titleOf } from '../../lib/session-meta.ts'
import { frameTime } from '../../lib/ticker.ts'
import { isOver } from './search.ts'

type Cell = { session: Session }

const KIND_ICONS: Record<string, IconName> = {
  chess: 'switch',
  auction: 'flag',
  exam: 'pending',
  talk: 'sound',
  debate: 'users',
  stopwatch: 'clock',
}

const LOW_MS = 10_000

type Watching = Cell & { cell(session: Session): ComponentChildren }

function Watched({ session, cell }: Watching) {
  const { state } = useLive(session.session_id)
  return html`${cell(state && state.version >= session.version ? state : session)}`
}

/** `cell` of what is newest. Sessions that are over do not change: only the others are watched. */
function Live({ session, cell }: Watching) {
  return isOver(session) ? html`${cell(session)}` : html`<${Watched} session=${session} cell=${cell} />`
}

/** Title, mode and kind; on phones (`narrow`), whose columns are few, status and turn instead. */
export function Name({ session, narrow }: Cell & { narrow: boolean }) {
  const icon = KIND_ICONS[kindOf(session) ?? ''] ?? 'clock'
  return html`<span class="name">
    <span class="kind"><${Icon} name=${icon} /></span>
    <span class="text"><strong>${titleOf(session)}</strong>
      <span class="about muted small">${narrow ? html`<${Status} session=${session} /><${Turn} session=${session} />` : modeName(session.sync_mode)}</span>
    </span>
  </span>`
}

export function Status({ session }: Cell) {
  return html`<${Live} session=${session} cell=${statusOf} />`
}

/** Whose turn it is. */
export function Turn({ session }: Cell) {
  return html`<${Live} session=${session} cell=${turnOf} />`
}

/** The clock that runs, or would run first; of a stopwatch, what it shows. */
export function Clock({ session }: Cell) {
  return html`<${Live} session=${session} cell=${clockOf} />`
}

const statusOf = ({ status }: Session) => html`<${StatusBadge} status=${status} />`

function turnOf(session: Session) {
  const id = session.active_participant_id
  if (id === null) return html`<span class="muted nobody">–</span>`
  return html`<span class="turn"><span class="dot" style=${{ background: colorOf(session, id) }}></span><span>${nameOf(session, id)}</span></span>`
}

function clockOf(session: Session) {
  const up = session.sync_mode === 'count_up'
  // When it is over, there is no one clock to show unless it was everybody's.
  if (isOver(session) && !up && session.sync_mode !== 'global') return html`<span class="muted">–</span>`
  const id = session.active_participant_id ?? session.participants[0]?.participant_id ?? ''
  const read = () => {
    const now = frameTime()
    return up ? elapsed(session, null, now) : remaining(session, id, now)
  }
  return html`<${ClockText} read=${read} down=${!up} tenths="never" low_ms=${LOW_MS}
    label=${up ? 'Time elapsed' : `Time left for ${nameOf(session, id)}`} />`
}
