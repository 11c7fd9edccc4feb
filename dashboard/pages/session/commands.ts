import { useRef } from 'preact/hooks'
import { type LiveSession, type Session, SyncKairosError } from '../../lib/api.ts'
import { report } from '../../lib/failures.ts'
import { nameOf } from '../../lib/session-meta.ts'
import { toast } from '../../lib/toasts.ts'

/** What can be done with a session now, and how. Each shows its effect at once, and takes it back when it is refused. */
export type Commands = {
  can: Record<'start' | 'switch' | 'pause' | 'resume' | 'complete' | 'delete', boolean>
  start(): void
  /** Ends the turn; the next one is that of `participant_id`, else of who follows. */
  switchTo(participant_id?: string): void
  pause(): void
  resume(): void
  complete(): void
  delete(): Promise<void>
}

/** `state`: null when there is nothing to change, such as the past. */
export function useCommands(live: LiveSession | null, state: Session | null): Commands {
  const session = useRef(live)
  session.current = live
  const status = live && state?.status
  const can = {
    start: status === 'pending',
    switch: status === 'running',
    pause: status === 'running',
    resume: status === 'paused',
    complete: status !== undefined && status !== null && status !== 'completed' && status !== 'cancelled',
    delete: status !== undefined && status !== null,
  }
  const run = (allowed: boolean, call: (live: LiveSession) => Promise<unknown>) => {
    if (allowed && live) call(live).catch((error) => refused(error, session.current?.confirmed ?? null))
  }
  return {
    can,
    start: () => run(can.start, (live) => live.start()),
    switchTo(participant_id) {
      const current = state?.active_participant_id
      if (!state || !current || participant_id === current) return
      // Says what it is about, so that two who press at once do not pass the turn on twice.
      const turn = { current_participant_id: current, expected_version: state.version }
      const next = participant_id === undefined ? {} : { next_participant_id: participant_id }
      run(can.switch, (live) => live.switch({ ...turn, ...next }))
    },
    pause: () => run(can.pause, (live) => live.pause()),
    resume: () => run(can.resume, (live) => live.resume()),
    complete: () => run(can.complete, (live) => live.complete()),
    async delete() {
      if (!live) return
      await live.delete().then(
        () => toast('The session is deleted. Its history stays.', { kind: 'good' }),
        (error) => refused(error, null),
      )
    },
  }
}

function refused(error: unknown, state: Session | null): void {
  // Nobody else knows of it any more: it waited for the connection, and its page was left.
  if (error instanceof SyncKairosError && error.code === 'CLOSED') {
    toast('Not sent, as you left the session before the server could be reached.', { kind: 'bad' })
    return
  }
  if (!(error instanceof SyncKairosError) || error.kind !== 'conflict') {
    report(error)
    return
  }
  const turn = state?.active_participant_id
  const now = turn ? ` It is the turn of ${nameOf(state, turn)}.` : ''
  toast(`Somebody else was first, so nothing was changed.${now}`, { kind: 'bad' })
}
