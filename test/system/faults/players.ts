import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../../demo/lib/random.ts'
import { type Caller, look } from './calls.ts'
import type { Kind, Operation, Read } from './history.ts'
import type { Plan } from './plans.ts'

/** How likely a caller ends the game with its next call: while something is broken, so that the news may get lost. */
const ENDS = 0.01
const RECREATES = 0.03
const LOOKS = 0.15

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
      return random.pick(['switch', 'resume', 'pause', 'start'])
    default:
      return null
  }
}

/** Creates the session, until it is there. */
export async function createSession(
  call: Caller,
  { body, left_alone, recreated }: Plan,
  operations: Operation[],
  random: Random,
) {
  // One without a key that is carried out late would bring back what was deleted.
  const keyed = left_alone || recreated || random.chance(0.5)
  await call(operations, 'create', '/v1/sessions', { keyed, body, safe: true })
  if (left_alone) await call(operations, 'start', `/v1/sessions/${body.session_id}/start`, { keyed: true })
}

/** `ends`: whether this one may complete the session when it feels like it, which one of a session's callers may. */
type Player = {
  bases: string[]
  reads: Read[]
  keyed: boolean
  random: Random
  ends: boolean
  stopped: AbortSignal
}

/** One caller of a session: plays until it is over, or until `stopped`. */
export async function play(
  call: Caller,
  { body, thinks_ms, recreated }: Plan,
  operations: Operation[],
  { bases, reads, keyed, random, ends, stopped }: Player,
): Promise<void> {
  let status: string | undefined = 'pending'
  let version: number | undefined
  const path = `/v1/sessions/${body.session_id}`
  while (!stopped.aborted) {
    if (random.chance(LOOKS)) await look(random.pick(bases), body.session_id, reads)
    if (recreated && ends && random.chance(RECREATES)) {
      await call(operations, 'delete', path, { keyed: true })
      await call(operations, 'create', '/v1/sessions', { keyed: true, body })
      status = 'pending'
    }
    const kind = choose(random, status, ends)
    if (!kind) return
    const wish = kind === 'switch' ? switchBody(body, random, version) : undefined
    const result = await call(operations, kind, `${path}/${kind}`, {
      keyed,
      ...(wish && { body: wish, expected: wish.expected_version }),
    })
    status = result.status ?? (result.acknowledged ? 'running' : undefined)
    version =
      operations.findLast(({ answers }) => answers.at(-1)?.version)?.answers.at(-1)?.version ?? undefined
    await pause(random.between(...thinks_ms), undefined, { signal: stopped }).catch(() => {})
  }
}

type Wish = { next_participant_id?: string; expected_version?: number }

function switchBody({ participants }: Plan['body'], random: Random, version: number | undefined): Wish {
  if (random.chance(0.2)) return { next_participant_id: random.pick(participants).participant_id }
  return version && random.chance(0.2) ? { expected_version: version } : {}
}
