import { validationError } from '../../engine/errors.ts'
import { checkFreeForm } from '../../engine/json.ts'
import { lifetime } from '../../engine/session/lifetime.ts'
import type { NewSession, SessionStatus } from '../../engine/session/state.ts'
import type { Command } from '../../engine/session/transitions.ts'
import type { Session } from '../../schemas/session.ts'
import type { Clock } from '../clock.ts'
import type { Deadlines } from '../deadlines.ts'
import { createCommitLoop, type Draft } from '../store/commit-loop.ts'
import { createKeyedQueue } from '../store/keyed-queue.ts'
import type { KeptAnswer, StateStore, StoredRecord, Update } from '../store/state-store.ts'
import { toWire } from './codec.ts'
import {
  type Decide,
  type Decision,
  decideCommand,
  decideCreation,
  decideHealing,
  decideRemoval,
  decideSettling,
  etagOf,
  toEvent,
} from './decide.ts'
import { sessionNotFound } from './errors.ts'
import { answerToKeep, createIdempotencyKeys, type Idempotency, recall } from './idempotency.ts'
import { createKnownStates } from './known-states.ts'

export const TOPIC = 'sessions'
export const METADATA_LIMIT_BYTES = 16 * 1024

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

export type Conditions = {
  /** Entity tags of which the session must carry one. */
  if_match?: string[] | undefined
  idempotency?: Idempotency | undefined
}

/** The session as it is after a call (null: it is gone). */
export type Answer = {
  record: StoredRecord | null
  /** What the record holds, when the call has just written it. */
  session?: Session | undefined
  /** Whose turn it was that ended out of time. */
  expired_participant_id: string | null
  /** The call had been answered before; nothing was done now. */
  replayed: boolean
}

export type Sessions = ReturnType<typeof createSessions>

type Options = {
  store: StateStore
  clock: Clock
  deadlines: Pick<Deadlines, 'arm'>
  onConflict?: () => void
  /** Changes of this session were lost by the store, all that came after this version. */
  onLoss?: (id: string, version: number) => void
}

/**
 * Sessions: decides with the engine, commits with the store. Calls of one session queue within this instance; against
 * other instances the store's compare-and-set decides, and what lost is decided anew.
 */
export function createSessions({ store, clock, deadlines, onConflict, onLoss }: Options) {
  const queue = createKeyedQueue()
  const commit = createCommitLoop({ store, clock, deadlines, onConflict })
  const keys = createIdempotencyKeys(store)
  const states = createKnownStates()
  const keyOf = (id: string) => ({ topic: TOPIC, id })

  /** What was answered; without the document that went with it, the session as it is now. */
  const replay = async (id: string, answer: KeptAnswer): Promise<Answer> => {
    const { record, expired_participant_id } = recall(answer)
    if (record !== 'gone on') return { record, expired_participant_id, replayed: true }
    const now = await store.read(keyOf(id))
    if (!now) throw sessionNotFound(id)
    return { record: now, expired_participant_id, replayed: true }
  }

  const settleAndCommit = async (id: string, decide: Decide, idempotency?: Idempotency): Promise<Answer> => {
    const outcome = await commit(keyOf(id), (known) => {
      const state = known.record && states.of(id, known.record.document)
      const decision = decide({ ...known, state })
      const lost = decision.steps[0]?.event.type === 'session.resynced' ? known.record?.version : undefined
      const after = lost === undefined ? undefined : () => onLoss?.(id, lost)
      return { ...planOf(id, decision, known.now, idempotency), after }
    })
    if (outcome.answered !== undefined) return replay(id, outcome.answered)
    const { record, plan } = outcome
    const { state, session, expired_participant_id } = plan
    if (state && record) states.put(id, record.document, state)
    return { record, session: session ?? undefined, expired_participant_id, replayed: false }
  }

  const change = (id: string, decide: Decide, idempotency?: Idempotency): Promise<Answer> =>
    keys.once(
      keyOf(id),
      idempotency,
      () => queue.run(id, () => settleAndCommit(id, decide, idempotency)),
      (answer) => replay(id, answer),
    )

  return {
    /**
     * Creates a session; the same request again answers with what is stored.
     *
     * @throws DomainError VALIDATION_ERROR, SESSION_ALREADY_EXISTS, IDEMPOTENCY_KEY_REUSED, STORE_UNAVAILABLE
     */
    async create(session: NewSession, { idempotency }: Conditions = {}): Promise<Answer> {
      checkMetadata(session)
      return change(session.session_id, decideCreation(session), idempotency)
    },

    /** @throws DomainError SESSION_NOT_FOUND, STORE_UNAVAILABLE */
    async get(id: string): Promise<StoredRecord> {
      const record = UUID.test(id) ? await store.read(keyOf(id)) : null
      if (!record) throw sessionNotFound(id)
      return record
    },

    /** Newest first. @throws DomainError VALIDATION_ERROR for a cursor that is not one of ours */
    list(options: { status?: SessionStatus; limit: number; cursor?: string }) {
      const { status, ...page } = options
      return store.list(TOPIC, { ...page, ...(status ? { label: status } : {}) })
    },

    /** @throws DomainError SESSION_NOT_FOUND, INVALID_STATE_TRANSITION, CONFLICT, PRECONDITION_FAILED, ... */
    async command(id: string, command: Command, conditions: Conditions = {}): Promise<Answer> {
      if (!UUID.test(id)) throw sessionNotFound(id)
      return change(id, decideCommand(id, command, conditions.if_match), conditions.idempotency)
    },

    /** Deletes a session; one that does not exist is no error. @throws DomainError PRECONDITION_FAILED */
    async remove(id: string, conditions: Conditions = {}): Promise<Answer> {
      if (!UUID.test(id)) return { record: null, expired_participant_id: null, replayed: false }
      return change(id, decideRemoval(conditions.if_match), conditions.idempotency)
    },

    /** Does what is due: for the timers. */
    async settle(id: string): Promise<void> {
      await queue.run(id, () => settleAndCommit(id, decideSettling))
    },

    /** Sees to it that versions go on rising when the store has lost what was `told`. */
    async heal(id: string, told: Update): Promise<void> {
      await queue.run(id, () => settleAndCommit(id, decideHealing(told)))
    },

    etag: etagOf,

    /** Resolves when no call is under way. */
    idle: () => queue.idle(),
  }
}

/** What a decision means to the store. */
function planOf(
  id: string,
  { steps, refusal, unfinished }: Decision,
  now: number,
  idempotency?: Idempotency,
) {
  const last = steps.at(-1)
  const expired_participant_id = last?.event.expired_participant_id ?? null
  if (!last) return { draft: null, refusal, expired_participant_id }
  const { state, event } = last
  const session = state && toWire(state)
  const draft = (epoch: number): Draft => {
    const next = state && { document: JSON.stringify(session), label: state.status }
    const record = next && { ...next, epoch, version: event.version }
    return {
      next,
      version: event.version,
      events: steps.map((step) => toEvent(step.event, id, epoch)),
      deadline: state?.cycle_deadline_at ?? null,
      lifetime_ms: state ? lifetime(state, now) : 0,
      ...(idempotency && !refusal && !unfinished
        ? { answer: answerToKeep(idempotency, { record, expired_participant_id }) }
        : {}),
    }
  }
  return { draft, refusal, unfinished, expired_participant_id, state, session }
}

function checkMetadata({ metadata }: NewSession): void {
  if (metadata === undefined) return
  const problems = checkFreeForm(metadata, 'metadata')
  if (problems.length === 0 && Buffer.byteLength(JSON.stringify(metadata)) > METADATA_LIMIT_BYTES) {
    problems.push({ field: 'metadata', message: `must be at most ${METADATA_LIMIT_BYTES} bytes of JSON` })
  }
  if (problems.length > 0) throw validationError(problems)
}
