import { crc32 } from 'node:zlib'
import type { DomainError } from '../../engine/errors.ts'
import type { Key, Update } from '../store/state-store.ts'
import { createEvent, createPacket } from './packet.ts'

/** Where a key's history stands. Compared first by epoch, then by version. */
export type Position = { epoch: number; version: number }

/** An update that brought a state. */
export type StateUpdate = Update & { document: string }

/**
 * The JSON text that leads from one state of a key to a later one; null when it cannot be told that way. May remember
 * what it was given last: the later state is most often the next one's earlier.
 */
export type Deltas = (key: Key, before: StateUpdate, after: StateUpdate) => string | null

/** How the updates of one topic look on the wire: each method gives the JSON text of one message, on one line. */
export type FrameCodec = {
  /** The state as it is now, for a reader that has none or asked for it. */
  sync(key: Key, update: StateUpdate): string
  /** The state after a change. */
  update(key: Key, update: StateUpdate): string
  /** The key is gone. */
  deleted(key: Key, update: Update): string
  /** What a reader is told that asks for the state of a key that has none. */
  missing(key: Key): DomainError
  /** For the changes of one key. Topics without it send whole states to everybody. */
  createDeltas?(): Deltas
}

/** One message in the bytes that all its readers share. */
export type Message = {
  /** The JSON. */
  readonly text: Buffer
  /** The same as a whole WebSocket frame. */
  readonly packet: Buffer
  /** The same as a Server-Sent Event with its id. */
  readonly event: Buffer
  /** The event as a whole HTTP chunk. */
  readonly chunk: Buffer
}

/** What readers of changes get of an update. */
export type Change = {
  /** For those who cannot build on what they have. */
  readonly whole: Message
  /** For those who have the state at `base`; null when the change did not begin there. */
  delta(base: Position): Message | null
}

/** An update, as a message for readers of states. */
export type Frame = Message & {
  readonly key: Key
  /** The key as one string. */
  readonly name: string
  readonly update: Update
  /** Null: readers of changes get the same as all others. */
  readonly change: Change | null
}

export function createFrame(key: Key, update: Update, json: string, change: Change | null = null): Frame {
  const message = createMessage(update, json)
  return {
    key,
    name: nameOf(key),
    update,
    change,
    text: message.text,
    packet: message.packet,
    get event() {
      return message.event
    },
    get chunk() {
      return message.chunk
    },
  }
}

/** `before`: the state that the change began at, if it is known. Each form is made once, when a reader needs it. */
export function createChange(
  key: Key,
  before: StateUpdate | null,
  update: StateUpdate,
  codec: { sync: FrameCodec['sync']; deltas: Deltas },
): Change {
  let whole: Message | undefined
  let delta: Message | null | undefined

  function createDelta(from: StateUpdate): Message | null {
    const json = codec.deltas(key, from, update)
    return json === null ? null : createMessage(update, json)
  }

  return {
    get whole() {
      whole ??= createMessage(update, codec.sync(key, update))
      return whole
    },
    delta(base) {
      if (!before || !isSame(before, base)) return null
      if (delta === undefined) delta = createDelta(before)
      return delta
    },
  }
}

function createMessage(update: Update, json: string): Message {
  const { packet, text } = createPacket(json)
  let made: ReturnType<typeof createEvent> | undefined

  function event() {
    made ??= createEvent(eventId(update), text)
    return made
  }

  return {
    text,
    packet,
    get event() {
      return event().event
    },
    get chunk() {
      return event().chunk
    },
  }
}

export function isNewer(a: Position, b: Position | null | undefined): boolean {
  return !b || a.epoch > b.epoch || (a.epoch === b.epoch && a.version > b.version)
}

export function isSame(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.version === b.version
}

/**
 * The id of a Server-Sent Event. A store that has lost changes may have others under their versions, so the position alone
 * does not tell what a reader has.
 */
export function eventId({ epoch, version, document }: Update): string {
  return `${epoch}-${version}-${crc32(document ?? '').toString(36)}`
}

/** A key as one string; topics hold no slash. */
export function nameOf(key: Key): string {
  return `${key.topic}/${key.id}`
}
