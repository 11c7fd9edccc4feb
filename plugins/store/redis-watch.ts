import type { Redis } from 'ioredis'
import { createRedisCalls } from './redis-calls.ts'
import type { RedisKeys } from './redis-keys.ts'
import type { Key, Unwatch, Update, Watcher } from './state-store.ts'
import { createWatchers, type StoreLog } from './watchers.ts'

/** How many channels are subscribed to with one command after a loss of the connection. */
const CHUNK = 500

type Options = {
  subscriber: Redis
  keys: RedisKeys
  log: StoreLog
  onUpdate: (key: Key, update: Update, label: string) => void
}

/** What precedes the document in an update's message. */
export const headOf = ({ epoch, version, at }: Omit<Update, 'document'>, label: string): string =>
  `${epoch} ${version} ${at} ${label}`

/**
 * Watches keys and topics over Pub/Sub: one channel per name that is watched, for as long as it is.
 *
 * Redis forgets what it could not deliver, so after every loss of the connection all channels are subscribed again first
 * and only then the watchers are told of the gap; what they read from then on cannot be overtaken unseen.
 */
export function createRedisWatch({ subscriber, keys, log, onUpdate }: Options) {
  const calls = createRedisCalls(subscriber)
  const live = new Set<string>()
  const keyOf = new Map<string, Key>()
  const forget = (channel: string): void => {
    live.delete(channel)
    keyOf.delete(channel)
    // On a connection that is lost there is nothing to take back.
    subscriber.unsubscribe(channel).catch(() => {})
  }
  const updates = createWatchers<Update>(log, forget)
  const broadcasts = createWatchers<string>(log, forget)

  const onMessage = (channelBytes: Buffer, message: Buffer): void => {
    const channel = channelBytes.toString()
    const key = keyOf.get(channel)
    if (!key) {
      broadcasts.tell(channel, message.toString())
      return
    }
    const end = message.indexOf(10)
    const [epoch = '', version = '', at = '', label = ''] = message.toString('latin1', 0, end).split(' ')
    const update = {
      epoch: Number(epoch),
      version: Number(version),
      at: Number(at),
      document: end + 1 < message.length ? message.toString('utf8', end + 1) : null,
    }
    onUpdate(key, update, label)
    updates.tell(channel, update)
  }

  const resume = async (): Promise<void> => {
    const channels = [...updates.names(), ...broadcasts.names()]
    for (let i = 0; i < channels.length; i += CHUNK) {
      const some = channels.slice(i, i + CHUNK)
      await subscriber.subscribe(...some)
      for (const channel of some) if (updates.has(channel) || broadcasts.has(channel)) live.add(channel)
    }
    updates.gap()
    broadcasts.gap()
  }
  // When it fails the connection is lost again, and the next 'ready' tries anew.
  const onReady = () => void resume().catch((error) => log.warn({ err: error }, 'cannot subscribe again'))
  const onClose = () => live.clear()
  subscriber.on('messageBuffer', onMessage).on('ready', onReady).on('close', onClose)

  const subscribed = async (channel: string, leave: Unwatch): Promise<Unwatch> => {
    try {
      if (!live.has(channel)) {
        await calls.repeated(() => subscriber.subscribe(channel))
        if (updates.has(channel) || broadcasts.has(channel)) live.add(channel)
      }
      return leave
    } catch (error) {
      leave()
      throw error
    }
  }

  return {
    key(key: Key, watcher: Watcher<Update>): Promise<Unwatch> {
      const channel = keys.updates(key)
      const leave = updates.add(channel, watcher)
      keyOf.set(channel, key)
      return subscribed(channel, leave)
    },
    topic(topic: string, watcher: Watcher<string>): Promise<Unwatch> {
      const channel = keys.broadcasts(topic)
      return subscribed(channel, broadcasts.add(channel, watcher))
    },
    close(): void {
      subscriber.off('messageBuffer', onMessage).off('ready', onReady).off('close', onClose)
      calls.release()
      for (const channel of [...updates.names(), ...broadcasts.names()]) forget(channel)
    },
  }
}
