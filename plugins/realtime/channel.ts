import type { Clock } from '../clock.ts'
import { isBehind } from '../store/commit-loop.ts'
import type { Key, StateStore, StoredRecord, Unwatch, Update } from '../store/state-store.ts'
import {
  createChange,
  createFrame,
  eventId,
  type Frame,
  type FrameCodec,
  isNewer,
  isSame,
  type Position,
  type StateUpdate,
} from './frames.ts'
import { inSlices } from './slices.ts'

/** Takes what is newer than all it was given before. Must not throw. */
export type Sink = (frame: Frame) => void

/** Who is behind a subscription, for those who ask who reads a key. */
export type Reader = {
  /** Of the socket or stream. */
  readonly id: string
  readonly name: string | null
  readonly transport: 'websocket' | 'sse'
  /** In ms. */
  readonly connected_at: number
}

export type Member = {
  sink: Sink
  reader: Reader | null
  seen: Position | null
  alive: boolean
  live: boolean
}

/** See Hub.register. */
export type Heal = (key: Key, told: Update) => Promise<void>

export type Channel = ReturnType<typeof createChannel>

/** A sync message that was built this recently is sent again as it is: a thousand readers reconnect at once. */
const SYNC_REUSE_MS = 50

type Options = {
  key: Key
  codec: FrameCodec
  store: Pick<StateStore, 'read' | 'watch'>
  clock: Clock
  heal?: Heal | undefined
  onGap: () => void
  /** The watch failed: this channel will never hear anything. */
  onFailure: () => void
}

/** One key on this instance: one watch on the store, any number of members, each message built once. */
export function createChannel({ key, codec, store, clock, heal, onGap, onFailure }: Options) {
  const members = new Set<Member>()
  const readers = new Set<Reader>()
  const read = shareReads(() => store.read(key))
  const deltas = codec.createDeltas?.()
  let newest: Frame | null = null
  let synced: Frame | null = null
  let highest: Update | null = null
  /** The store has lost what was told last: the next change does not begin there. */
  let lost = false
  let broadcasting = false

  const watching = store.watch(key, { onUpdate, onGap })
  watching.catch(onFailure)

  function onUpdate(update: Update) {
    if (isNewer(update, newest?.update)) void broadcast(updateFrame(update))
  }

  function updateFrame(update: Update): Frame {
    if (!hasState(update)) return createFrame(key, update, codec.deleted(key, update))
    const { sync } = codec
    const before = lost ? null : stateBefore(update)
    const change = deltas ? createChange(key, before, update, { sync, deltas }) : null
    lost = false
    return createFrame(key, update, codec.update(key, update), change)
  }

  /** The state that readers had before this one, from what was told or read last. */
  function stateBefore(update: Update): StateUpdate | null {
    const older = [newest, synced].flatMap((frame) =>
      frame && hasState(frame.update) && isNewer(update, frame.update) ? frame.update : [],
    )
    return older.toSorted((a, b) => (isNewer(a, b) ? -1 : 1))[0] ?? null
  }

  /** `told` before the record was read: then the store should have it. */
  function hasLost(told: Update | null, record: StoredRecord | null): told is Update {
    return told !== null && record !== null && isBehind(record, told)
  }

  function syncFrame(from: Position, document: string): Frame {
    const at = clock.now()
    const before = synced?.update
    const same = before && isSame(before, from) && before.document === document
    if (synced && same && at - before.at <= SYNC_REUSE_MS) return synced
    const update = { epoch: from.epoch, version: from.version, at, document }
    synced = createFrame(key, update, codec.sync(key, update))
    return synced
  }

  /** A frame that overtakes a broadcast in slices goes to those who have not had their turn, then to the others. */
  async function broadcast(frame: Frame) {
    newest = frame
    if (broadcasting) return
    broadcasting = true
    for (let sent: Frame | null = null; sent !== newest; ) {
      sent = newest
      for (const pause of inSlices(members, (member) => newest && offer(member, newest))) await pause()
    }
    broadcasting = false
  }

  function offer(member: Member, frame: Frame) {
    if (!member.live || !isNewer(frame.update, member.seen)) return
    if (frame.update.document === null && !member.alive) mark(member, frame.update)
    else deliver(member, frame)
  }

  function deliver(member: Member, frame: Frame) {
    mark(member, frame.update)
    member.sink(frame)
  }

  function mark(member: Member, update: Update) {
    member.seen = update
    member.alive = update.document !== null
    if (isNewer(update, highest)) highest = update
  }

  /** What is there now: the record read, or what the watch brought meanwhile; `before` is what it had brought by then. */
  function current(record: StoredRecord | null, before: Frame | null): Frame | null {
    if (record && !(newest && isNewer(newest.update, record))) return syncFrame(record, record.document)
    const arrived = record !== null || newest !== before
    if (!newest || newest.update.document === null || !arrived) return null
    return syncFrame(newest.update, newest.update.document)
  }

  return {
    get size() {
      return members.size
    },

    /** In the order in which they came. */
    readers: readers as ReadonlySet<Reader>,

    join(sink: Sink, reader: Reader | null): Member {
      const member = { sink, reader, seen: null, alive: false, live: false }
      members.add(member)
      if (reader) readers.add(reader)
      return member
    },

    leave(member: Member): void {
      members.delete(member)
      if (member.reader) readers.delete(member.reader)
    },

    /** See Subscription.sync. Waits for the watch and then reads, so that no change falls in between. */
    async sync(member: Member, known?: string): Promise<void> {
      await watching
      const [before, told] = [newest, highest]
      const record = await read()
      if (!members.has(member)) return
      member.live = true
      if (heal && hasLost(told, record)) onGap()
      const frame = current(record, before)
      if (!frame) throw codec.missing(key)
      if (member.seen && isNewer(member.seen, frame.update)) return
      if (known === eventId(frame.update)) mark(member, frame.update)
      else deliver(member, frame)
    },

    /**
     * Updates may have been missed: tells the members what is newer than what they have, or that the key is gone. A store
     * that has lost what they were told is healed, by an update that is newer for everybody.
     */
    async refresh(): Promise<void> {
      const [before, told] = [newest, highest]
      const record = await read()
      if (heal && hasLost(told, record)) {
        lost = true
        return heal(key, told)
      }
      if (record) {
        if (isNewer(record, newest?.update)) void broadcast(syncFrame(record, record.document))
        return
      }
      if (newest !== before || !highest || ![...members].some((member) => member.alive)) return
      // Whatever the version of the deletion was, it lies above the last state and below the next one.
      const { epoch, version } = newest && isNewer(newest.update, highest) ? newest.update : highest
      onUpdate({ epoch, version: version + 1, at: clock.now(), document: null })
    },

    /** Idempotent; resolves once the store has let go of the watch. */
    async close(): Promise<void> {
      members.clear()
      await watching.then(
        (unwatch: Unwatch) => unwatch(),
        () => {},
      )
    },
  }
}

const hasState = (update: Update): update is StateUpdate => update.document !== null

/**
 * One read at a time. Who comes while one is under way shares the next, so that a read always begins after its callers
 * asked, and answers arrive in the order of the reads.
 */
function shareReads<T>(read: () => Promise<T>): () => Promise<T> {
  const ignore = () => {}
  let current: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | null = null
  return () => {
    next ??= current.then(ignore, ignore).then(() => {
      next = null
      const reading = read()
      current = reading
      return reading
    })
    return next
  }
}
