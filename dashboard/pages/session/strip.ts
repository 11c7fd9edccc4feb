import { ClockText } from '../../components/clock-text.ts'
import { Icon } from '../../components/icon.ts'
import { OfflineNote, useLostAt } from '../../components/offline-note.ts'
import type { Session } from '../../lib/api.ts'
import { formatCount, formatDate, formatTime } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'
import { html } from '../../lib/html.ts'
import { frameTime } from '../../lib/ticker.ts'
import type { Entry } from './entries.ts'
import type { Replay } from './replay.ts'
import { wordsOf } from './words.ts'

/** The line above the clocks says what one is looking at: the present, what was known of it last, or the past. */
export function Strip({ session }: { session: Session }) {
  const lost_at = useLostAt()
  if (lost_at !== null) {
    return html`<div class="strip offline" role="status"><${OfflineNote} lost_at=${lost_at} /></div>`
  }
  return html`<div class="strip"><span class="live-dot" aria-hidden="true"></span><strong>Live</strong><span class="muted">${turnOf(session)}</span></div>`
}

function turnOf(session: Session) {
  const { status, cycle_started_at, session_completed_at, updated_at, participants } = session
  const turn = formatCount(participants.reduce((sum, each) => sum + each.cycle_count, 1))
  if (status === 'pending') return 'Not started yet'
  if (status === 'paused') return `Turn ${turn}, paused at ${formatTime(updated_at)}`
  if (session_completed_at !== null) return `Ended at ${formatTime(session_completed_at)}`
  if (cycle_started_at === null) return null
  const since = Date.parse(cycle_started_at)
  const read = () => frameTime() - since
  return html`Turn ${turn}, for <${ClockText} class="plain" read=${read} down=${false} tenths="never" label="How long this turn has lasted" />`
}

/** The line while the past is shown, and which moment of it. */
export function PastStrip({
  session,
  replay,
  entry,
}: {
  session: Session
  replay: Replay
  entry: Entry | undefined
}) {
  useNow(replay.playing ? 250 : 60_000)
  const at = replay.now()
  return html`<div class="strip past-strip">
    <${Icon} name="history" /><strong>The past</strong><time class="tabular" datetime=${new Date(at).toISOString()}><span class="date">${formatDate(at)}, </span>${formatTime(at)}</time>
    ${entry && html`<span class="clip">${wordsOf(session, entry)}</span>`}
  </div>`
}
