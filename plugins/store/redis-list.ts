import { decodeCursor, encodeCursor } from './cursor.ts'
import { unreadable } from './errors.ts'
import { type Command, loadScript, type RedisCalls } from './redis-calls.ts'
import { eachPartition, memberOf, PARTITIONS, partitionOf, placeOf, type RedisKeys } from './redis-keys.ts'
import type { Due, Key, Page, StoredRecord } from './state-store.ts'

/** The fields of a record in the order in which they are asked for. */
export const FIELDS = ['e', 'v', 'l', 'd'] as const

/** A record from its fields, null when it is absent or deleted. @throws DomainError STATE_DESERIALIZATION_ERROR */
export function recordOf([e, v, l, d]: (string | null)[]): StoredRecord | null {
  if (typeof l !== 'string') return null
  if (typeof d !== 'string' || !/^\d+$/.test(e ?? '') || !/^\d+$/.test(v ?? '')) throw unreadable()
  return { epoch: Number(e), version: Number(v), document: d, label: l }
}

const SWEEP_LIMIT = 500

/**
 * Lists and deadlines, merged over the partitions.
 *
 * Redis drops a record at the end of its lifetime and leaves it in the sorted sets; whoever comes across such a member
 * takes it out, and sweep() goes looking for them.
 */
export function createRedisList(calls: RedisCalls, keys: RedisKeys) {
  const forgetScript = loadScript('forget')
  /** The indexes that this instance has heard of. */
  const known = new Map<string, { topic: string; label: string }>()
  let sweeps = 0
  let position = '-'

  const note = (topic: string, label: string): void => {
    known.set(`${topic}:${label}`, { topic, label })
  }
  const forget = (key: Key, set: string, member: string, epoch: number | '', label: string) =>
    calls.script(forgetScript, [keys.record(key), set], [member, epoch, label])

  /** The records behind members of an index, null where the index is wrong; those members are taken out. */
  const recordsOf = async (
    topic: string,
    label: string,
    members: string[],
  ): Promise<(StoredRecord | null)[]> => {
    const places = members.map((member) => ({ member, ...placeOf(member) }))
    const replies = await calls.many(
      places.map(({ id }): Command => ['hmget', keys.record({ topic, id }), ...FIELDS]),
    )
    return Promise.all(
      places.map(async ({ member, epoch, id }, i) => {
        const record = recordOf(replies[i] as (string | null)[])
        if (record && record.epoch === epoch && (label === '' || record.label === label)) return record
        await forget({ topic, id }, keys.index(partitionOf(id), topic, label), member, epoch, label)
        return null
      }),
    )
  }

  return {
    note,

    async list(topic: string, label: string, limit: number, cursor?: string): Promise<Page> {
      note(topic, label)
      const place = cursor === undefined ? null : decodeCursor(cursor)
      let from = place ? `(${memberOf(place.epoch, place.id)}` : '+'
      const records: StoredRecord[] = []
      let last = ''
      for (;;) {
        const wanted = limit + 1 - records.length
        const parts = (await calls.many(
          eachPartition((p): Command => {
            return ['zrange', keys.index(p, topic, label), from, '-', 'BYLEX', 'REV', 'LIMIT', 0, wanted]
          }),
        )) as string[][]
        const members = parts.flat().sort().reverse().slice(0, wanted)
        const found = await recordsOf(topic, label, members)
        for (const [i, record] of found.entries()) {
          if (!record) continue
          if (records.length === limit) return { records, next: encodeCursor(placeOf(last)) }
          records.push(record)
          last = members[i] as string
        }
        if (members.length < wanted) return { records, next: null }
        from = `(${members.at(-1)}`
      }
    },

    async count(topic: string, label: string): Promise<number> {
      note(topic, label)
      const counts = (await calls.many(
        eachPartition((p): Command => ['zcard', keys.index(p, topic, label)]),
      )) as number[]
      return counts.reduce((sum, count) => sum + count, 0)
    },

    async due(until: number, limit: number): Promise<Due[]> {
      const parts = (await calls.many(
        eachPartition((p): Command => {
          return ['zrange', keys.deadlines(p), '-inf', until, 'BYSCORE', 'LIMIT', 0, limit, 'WITHSCORES']
        }),
      )) as string[][]
      const all = parts
        .flatMap(parseDeadlines)
        .sort((a, b) => a.deadline - b.deadline)
        .slice(0, limit)
      const there = await calls.many(all.map(({ key }): Command => ['exists', keys.record(key)]))
      const gone = all.filter((_, i) => there[i] === 0)
      await Promise.all(
        gone.map(({ key }) =>
          forget(key, keys.deadlines(partitionOf(key.id)), `${key.topic}:${key.id}`, '', ''),
        ),
      )
      return all.filter((_, i) => there[i] !== 0)
    },

    /** Looks at the next few hundred members of the next index, so that counts do not drift. */
    async sweep(): Promise<void> {
      const indexes = [...known.values()]
      const index = indexes[Math.floor(sweeps / PARTITIONS) % indexes.length]
      if (!index) return
      const { topic, label } = index
      const set = keys.index(sweeps % PARTITIONS, topic, label)
      const command: Command = ['zrange', set, position, '+', 'BYLEX', 'LIMIT', 0, SWEEP_LIMIT]
      const members = (await calls.one(command)) as string[]
      const replies = await calls.many(
        members.map((member): Command => ['exists', keys.record({ topic, id: placeOf(member).id })]),
      )
      for (const [i, member] of members.entries()) {
        const { epoch, id } = placeOf(member)
        if (replies[i] === 0) await forget({ topic, id }, set, member, epoch, label)
      }
      const more = members.length === SWEEP_LIMIT
      position = more ? `(${members.at(-1)}` : '-'
      if (!more) sweeps++
    },
  }
}

function parseDeadlines(reply: string[]): Due[] {
  const found: Due[] = []
  for (let i = 0; i < reply.length; i += 2) {
    const member = reply[i] as string
    const colon = member.indexOf(':')
    const key = { topic: member.slice(0, colon), id: member.slice(colon + 1) }
    found.push({ key, deadline: Number(reply[i + 1]) })
  }
  return found
}
