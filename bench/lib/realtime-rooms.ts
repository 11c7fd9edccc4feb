import { setTimeout as delay } from 'node:timers/promises'
import { openReaders } from './realtime-readers.ts'
import { poke } from './realtime-sessions.ts'

/** Two instances of one deployment, and how its readers and changes are addressed. */
export type House = {
  bases: [string, string]
  rooms: number
  readersPerRoom: number
  kind: 'websocket' | 'socket.io'
  readPath(room: number): string
  pokePath(room: number): string
  /** How many messages each reader gets before anything changes. */
  greetings: number
}

/** How long deliveries took since their change was sent, in ms: on the instance that made it, and on the other one. */
export type Delays = { same: number[]; cross: number[]; sent: number; failed: string[] }

/** How long the last deliveries of a round may take. */
const LINGER_MS = 500

/** Puts the readers of each room on both instances; the function returned has rooms changed in turn at a rate. */
export async function openRooms(house: House) {
  const { bases, rooms, readersPerRoom, kind, readPath, pokePath, greetings } = house
  const sent_at = new Float64Array(rooms).fill(Number.NaN)
  let delays: Delays = { same: [], cross: [], sent: 0, failed: [] }
  const opened = await Promise.all(
    bases.map(async (base, instance) => {
      // Of five readers three are on one instance and two on the other, by turns.
      const here = Array.from({ length: rooms * readersPerRoom }, (_, i) => i).filter(
        (i) => (i + Math.floor(i / readersPerRoom)) % 2 === instance,
      )
      const roomOf = (reader: number) => Math.floor((here[reader] as number) / readersPerRoom)
      const readers = await openReaders({
        base,
        count: here.length,
        kind,
        path: (reader) => readPath(roomOf(reader)),
        onMessage(_, reader) {
          const room = roomOf(reader)
          const took = performance.now() - (sent_at[room] as number)
          if (took >= 0) delays[room % 2 === instance ? 'same' : 'cross'].push(took)
        },
      })
      await readers.until(greetings * here.length)
      return readers
    }),
  )
  let next = 0

  async function round(rate: number, duration_ms: number): Promise<Delays> {
    delays = { same: [], cross: [], sent: 0, failed: [] }
    const mine = delays
    const began = performance.now()
    for (let passed = 0; passed < duration_ms; passed = performance.now() - began) {
      while (mine.sent < (passed * rate) / 1000) {
        const room = next++ % rooms
        mine.sent++
        sent_at[room] = performance.now()
        poke(bases[room % 2] as string, pokePath(room)).catch((error) => mine.failed.push(String(error)))
      }
      await delay(1)
    }
    await delay(LINGER_MS)
    return mine
  }
  function close() {
    for (const readers of opened) readers.close()
  }

  return { round, close }
}
