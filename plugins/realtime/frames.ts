import type { DomainError } from '../../engine/errors.ts'
import type { Key, Update } from '../store/state-store.ts'

/** Where a key's history stands. Compared first by epoch, then by version. */
export type Position = { epoch: number; version: number }

/** How the updates of one topic look on the wire: each method gives the JSON text of one message, on one line. */
export type FrameCodec = {
  /** The state as it is now, for a reader that has none or asked for it. */
  sync(key: Key, update: Update & { document: string }): string
  /** The state after a change. */
  update(key: Key, update: Update & { document: string }): string
  /** The key is gone. */
  deleted(key: Key, update: Update): string
  /** What a reader is told that asks for the state of a key that has none. */
  missing(key: Key): DomainError
}

/** One message in the bytes that all its readers share. */
export type Frame = {
  readonly key: Key
  /** The key as one string. */
  readonly name: string
  readonly update: Update
  /** The payload of a WebSocket text message. */
  readonly text: Buffer
  /** The same as a Server-Sent Event whose id is `<epoch>-<version>`. */
  readonly event: Buffer
}

export function createFrame(key: Key, update: Update, json: string): Frame {
  const text = Buffer.from(json)
  let event: Buffer | undefined
  return {
    key,
    name: nameOf(key),
    update,
    text,
    get event() {
      event ??= Buffer.concat([Buffer.from(`id: ${eventId(update)}\ndata: `), text, Buffer.from('\n\n')])
      return event
    },
  }
}

export function isNewer(a: Position, b: Position | null | undefined): boolean {
  return !b || a.epoch > b.epoch || (a.epoch === b.epoch && a.version > b.version)
}

export function isSame(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.version === b.version
}

/** The id of a Server-Sent Event. */
export function eventId({ epoch, version }: Position): string {
  return `${epoch}-${version}`
}

/** The reverse; undefined for whatever else a Last-Event-ID may hold. */
export function parseEventId(id: unknown): Position | undefined {
  const [, epoch, version] = (typeof id === 'string' && /^(\d{1,16})-(\d{1,16})$/.exec(id)) || []
  return epoch && version ? { epoch: Number(epoch), version: Number(version) } : undefined
}

/** A key as one string; topics hold no slash. */
export function nameOf(key: Key): string {
  return `${key.topic}/${key.id}`
}
