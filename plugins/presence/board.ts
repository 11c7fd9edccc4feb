import type { RedisClients } from '../redis-clients.ts'

/**
 * What the instances of a deployment tell each other about themselves. Each writes about itself alone, and what it wrote
 * vanishes soon after it. Everything rejects within a second while Redis is away.
 */
export type Board = {
  /** Replaces the card of this instance. */
  announce(card: string): Promise<void>
  /** The cards of all instances by their ids, those of dead ones for a while among them. */
  cards(): Promise<Record<string, string>>
  /** Removes cards of dead instances. */
  forget(ids: string[]): Promise<void>
  /**
   * Writes notes of this instance (null: removes) and keeps all of them for NOTES_LIFETIME_MS from now on. Resolves with
   * false, having removed all, when it did not have exactly `known` of them: some were lost, write them all again.
   */
  write(notes: ReadonlyMap<string, string | null>, known: number): Promise<boolean>
  /** A note of an instance, null when there is none. */
  read(instance: string, name: string): Promise<string | null>
  /** Removes everything that this instance has written. */
  withdraw(): Promise<void>
}

/** How long notes outlive the last write(), in ms. */
export const NOTES_LIFETIME_MS = 15_000
/** How long the cards stay when there is no instance any more, in ms. */
const CARDS_LIFETIME_MS = 60_000

const ANNOUNCE = `
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
return redis.call('PEXPIRE', KEYS[1], ARGV[1])`

const WRITE = `
if redis.call('HLEN', KEYS[1]) ~= tonumber(ARGV[2]) then
  redis.call('DEL', KEYS[1])
  return 0
end
for i = 3, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[1], ARGV[i])
  else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`

/**
 * A hash with the cards, and one for each instance with its notes: one expiry for all that an instance said, and whatever
 * has changed is one call. No command has two keys, so a Cluster may put them where it likes.
 */
export function createRedisBoard({ commands, prefix }: RedisClients, instance: string): Board {
  const cards = `${prefix}:presence:instances`
  const notesOf = (id: string) => `${prefix}:presence:notes:${id}`
  const own = notesOf(instance)

  return {
    async announce(card) {
      await commands.eval(ANNOUNCE, 1, cards, CARDS_LIFETIME_MS, instance, card)
    },
    cards: () => commands.hgetall(cards),
    async forget(ids) {
      if (ids.length > 0) await commands.hdel(cards, ...ids)
    },
    async write(notes, known) {
      const fields = [...notes].flatMap(([name, text]) => [name, text ?? ''])
      return (await commands.eval(WRITE, 1, own, NOTES_LIFETIME_MS, known, ...fields)) === 1
    },
    read: (id, name) => commands.hget(notesOf(id), name),
    async withdraw() {
      await Promise.all([commands.hdel(cards, instance), commands.del(own)])
    },
  }
}
