import { inSlices } from '../realtime/slices.ts'
import type { RunMessage } from './messages.ts'

/** A message in the bytes that all readers share, and that are kept once. */
export type Entry = {
  readonly id: string
  /** The payload of a WebSocket text message: a part of the event. */
  readonly text: Buffer
  /** The same as a Server-Sent Event. */
  readonly event: Buffer
}

/** Takes what it is given, in order. Must not throw: it would be given nothing any more. */
export type Reader = {
  /** `done` is to be called once the network has taken the entry. */
  take(entry: Entry, done?: () => void): void
  /** Messages were missed that cannot be given any more: read the runs anew. `latest`: the id of what was last. */
  reset(latest: string | null): void
}

export type Feed = {
  /** Messages as they were broadcast, one per line. */
  add(broadcast: string): RunMessage[]
  /** Messages were missed: nothing before this is replayed. */
  gap(): void
  /**
   * With the id of the last message that the reader had it first gets what followed, as fast as it takes it, or a reset.
   * A Redis Cluster may bring messages of different runs to each instance in another order: who comes back to another
   * instance may then miss one that was on its way with its last one; the run's next one makes up for it.
   */
  join(reader: Reader, lastId?: string): () => void
  readonly latest: string | null
}

/** All that is kept for replay, in bytes. */
const KEPT_BYTES = 8 * 1024 * 1024

/** How much of the past a reader is given before it has taken what it was given. */
const REPLAY_BYTES = 65_536

/** `replaying`: it gets the past, and the present only after it. */
type Member = { reader: Reader; next: number; replaying: boolean }

/** Bytes of their own: a small Buffer.from() is a part of 64 KiB that it would keep from being freed. */
function ownBytes(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text)
  return bytes
}

/** The messages of all runs, to any number of readers of this instance; the last ones are kept for those who come back. */
export function createFeed(kept_events: number): Feed {
  const ring: Entry[] = []
  /** The number of the first one in the ring; they are counted from the start of the process. */
  let first = 0
  let bytes = 0
  const places = new Map<string, number>()
  const members = new Set<Member>()
  let pumping = false

  const latest = () => ring.at(-1)?.id ?? null

  const drop = () => {
    const entry = ring.shift()
    if (!entry) return
    first++
    bytes -= entry.event.length
    places.delete(entry.id)
  }

  const nextOf = (member: Member): Entry | undefined => {
    if (member.next < first) {
      member.next = first + ring.length
      member.reader.reset(latest())
    }
    const entry = ring[member.next - first]
    if (entry) member.next++
    return entry
  }

  const give = (member: Member) => {
    if (member.replaying) return
    try {
      for (let entry = nextOf(member); entry; entry = nextOf(member)) member.reader.take(entry)
    } catch {
      members.delete(member)
    }
  }

  /** A part of the past; the next one when that has gone out. Nobody waits for it but the reader itself. */
  const replay = (member: Member) => {
    let room = REPLAY_BYTES
    while (members.has(member)) {
      const entry = nextOf(member)
      if (!entry) break
      room -= entry.event.length
      if (room <= 0) return member.reader.take(entry, () => replay(member))
      member.reader.take(entry)
    }
    member.replaying = false
  }

  /** Many readers are served in slices; what comes meanwhile goes along, to each in order. */
  const pump = async () => {
    if (pumping) return
    pumping = true
    try {
      for (let served = -1; served !== first + ring.length; ) {
        served = first + ring.length
        for (const pause of inSlices(members, give)) await pause()
      }
    } finally {
      pumping = false
    }
  }

  return {
    get latest() {
      return latest()
    },

    add(broadcast) {
      const messages: RunMessage[] = []
      for (const line of broadcast.split('\n')) {
        const message = JSON.parse(line) as RunMessage
        messages.push(message)
        if (places.has(message.id)) continue
        const head = `id: ${message.id}\ndata: `
        const event = ownBytes(`${head}${line}\n\n`)
        const text = event.subarray(Buffer.byteLength(head), -2)
        places.set(message.id, first + ring.length)
        ring.push({ id: message.id, text, event })
        bytes += event.length
      }
      void pump()
      while (ring.length > kept_events || bytes > KEPT_BYTES) drop()
      return messages
    },

    gap() {
      for (const member of members) give(member)
      while (ring.length > 0) drop()
      for (const member of members) {
        member.next = first
        member.reader.reset(null)
      }
    },

    join(reader, lastId) {
      const place = lastId === undefined ? first + ring.length - 1 : places.get(lastId)
      const member = { reader, next: first + ring.length, replaying: true }
      if (place === undefined) reader.reset(latest())
      else member.next = place + 1
      members.add(member)
      replay(member)
      return () => {
        members.delete(member)
      }
    },
  }
}
