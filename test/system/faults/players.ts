import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../../demo/lib/random.ts'
import type { Caller } from './calls.ts'
import type { Kind, Operation } from './history.ts'
import type { Plan } from './plans.ts'

/** How likely a caller ends the game with its next call: while something is broken, so that the news may get lost. */
const ENDS = 0.01

/** What a caller does that believes the session to have this status; null: it is over. */
function choose(random: Random, status: string | undefined, ends: boolean): Kind | null {
  switch (status) {
    case 'running':
      if (ends && random.chance(ENDS)) return 'complete'
      return random.chance(0.85) ? 'switch' : 'pause'
    case 'paused':
      return random.chance(0.8) ? 'resume' : 'switch'
    case 'pending':
      return 'start'
    case undefined:
      return random.pick(['switch', 'resume', 'pause'])
    default:
      return null
  }
}

/** Creates the session, until it is there. */
export async function createSession(
  call: Caller,
  { body, left_alone }: Plan,
  operations: Operation[],
  random: Random,
) {
  const keyed = left_alone || random.chance(0.5)
  await call(operations, 'create', '/v1/sessions', { keyed, body, safe: true })
  if (left_alone) await call(operations, 'start', `/v1/sessions/${body.session_id}/start`, { keyed: true })
}

/** `ends`: whether this one may complete the session when it feels like it, which one of a session's callers may. */
type Player = { keyed: boolean; random: Random; ends: boolean; stopped: AbortSignal }

/** One caller of a session: plays until it is over, or until `stopped`. */
export async function play(
  call: Caller,
  { body, thinks_ms }: Plan,
  operations: Operation[],
  { keyed, random, ends, stopped }: Player,
): Promise<void> {
  let status: string | undefined = 'pending'
  let version: number | undefined
  while (!stopped.aborted) {
    const kind = choose(random, status, ends)
    if (!kind) return
    const wish = kind === 'switch' ? switchBody(body, random, version) : undefined
    const result = await call(operations, kind, `/v1/sessions/${body.session_id}/${kind}`, {
      keyed,
      ...(wish && { body: wish }),
    })
    status = result.status ?? (result.acknowledged ? 'running' : undefined)
    version =
      operations.findLast(({ answers }) => answers.at(-1)?.version)?.answers.at(-1)?.version ?? undefined
    await pause(random.between(...thinks_ms), undefined, { signal: stopped }).catch(() => {})
  }
}

function switchBody({ participants }: Plan['body'], random: Random, version: number | undefined): object {
  if (random.chance(0.2)) return { next_participant_id: random.pick(participants).participant_id }
  return version && random.chance(0.2) ? { expected_version: version } : {}
}
