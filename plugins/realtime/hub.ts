import type { Clock } from '../clock.ts'
import type { Key, StateStore } from '../store/state-store.ts'
import { type Channel, createChannel, type Heal, type Reader, type Sink } from './channel.ts'
import { type FrameCodec, nameOf } from './frames.ts'

export type Subscription = {
  /**
   * Reads the state and gives it to the sink, also when the sink had it already - but not when it is the one with the event
   * id `known`. Until the first call the sink gets nothing. Rejects with the codec's `missing` when there is no state (what comes
   * later still reaches the sink) and with STORE_UNAVAILABLE.
   */
  sync(known?: string): Promise<void>
  /** Idempotent; the sink gets nothing any more. */
  end(): void
}

export type Hub = {
  /**
   * Tells how the updates of a topic look; once per topic, before its first subscription. `heal` is called when the
   * store has fallen back behind what was `told` of a key: it sees to it that an update above that comes.
   */
  register(topic: string, codec: FrameCodec, heal?: Heal): void
  /**
   * From its first sync() on the sink gets the newest state of the key, in strictly rising (epoch, version). A reader is
   * counted as one of the key's until the end(); who only asks once gives none.
   */
  subscribe(key: Key, sink: Sink, reader?: Reader): Subscription
  /** Who reads the key here, the longest there first. */
  readers(key: Key): ReadonlySet<Reader>
  /** Calls `fn` with the key whenever a reader of it has come or gone. Must not throw. */
  onReaders(fn: (key: Key) => void): void
  /** How many subscriptions there are. */
  readonly subscriptions: number
  /** How many keys this instance watches for them. */
  readonly keys: number
  close(): Promise<void>
}

/** A safety net below onGap(): a message that the store lost without noticing is made good within this time. */
const RECHECK_INTERVAL_MS = 60_000

/** How soon keys that could not be read again are tried once more. */
const RETRY_INTERVAL_MS = 500

/** How many keys are read at the same time after a gap. */
const READS_AT_ONCE = 64

const NOBODY: ReadonlySet<Reader> = new Set()

/** The changes of any key of any topic, to any number of readers; one watch per key, whoever asks. */
export function createHub(deps: { store: Pick<StateStore, 'read' | 'watch'>; clock: Clock }): Hub {
  const topics = new Map<string, { codec: FrameCodec; heal: Heal | undefined }>()
  const channels = new Map<string, Channel>()
  const stale = new Set<Channel>()
  const listeners: ((key: Key) => void)[] = []
  let subscriptions = 0
  let refreshing = false

  const timers = [
    deps.clock.every(RETRY_INTERVAL_MS, () => void refresh()),
    deps.clock.every(RECHECK_INTERVAL_MS, () => {
      for (const channel of channels.values()) stale.add(channel)
      void refresh()
    }),
  ]

  function open(key: Key): Channel {
    const name = nameOf(key)
    const topic = topics.get(key.topic)
    if (!topic) throw new Error(`No codec was registered for the topic ${key.topic}`)
    const found = channels.get(name)
    if (found) return found
    const channel = createChannel({
      ...deps,
      ...topic,
      key,
      onGap() {
        stale.add(channel)
        void refresh()
      },
      onFailure: () => drop(name, channel),
    })
    channels.set(name, channel)
    return channel
  }

  function drop(name: string, channel: Channel) {
    stale.delete(channel)
    if (channels.get(name) === channel) channels.delete(name)
  }

  function tell(key: Key) {
    for (const listener of listeners) listener(key)
  }

  /** A gap concerns all keys at once, so they are read again a few at a time, and those that fail stay stale. */
  async function refresh() {
    if (refreshing) return
    refreshing = true
    let failed = false
    while (stale.size > 0 && !failed) {
      const batch = [...stale].slice(0, READS_AT_ONCE)
      for (const channel of batch) stale.delete(channel)
      const results = await Promise.allSettled(batch.map((channel) => channel.refresh()))
      for (const [index, result] of results.entries()) {
        const channel = batch[index]
        if (result.status === 'fulfilled' || !channel) continue
        failed = true
        if (channel.size > 0) stale.add(channel)
      }
    }
    refreshing = false
  }

  return {
    get subscriptions() {
      return subscriptions
    },
    get keys() {
      return channels.size
    },

    register(topic, codec, heal) {
      if (topics.has(topic)) throw new Error(`The topic ${topic} has a codec already`)
      topics.set(topic, { codec, heal })
    },

    readers: (key) => channels.get(nameOf(key))?.readers ?? NOBODY,
    onReaders: (fn) => void listeners.push(fn),

    subscribe(key, sink, reader) {
      const channel = open(key)
      const member = channel.join(sink, reader ?? null)
      let ended = false
      subscriptions++
      if (reader) tell(key)
      return {
        sync: (known) => channel.sync(member, known),
        end() {
          if (ended) return
          ended = true
          subscriptions--
          channel.leave(member)
          if (channel.size === 0) {
            drop(nameOf(key), channel)
            void channel.close()
          }
          if (reader) tell(key)
        },
      }
    },

    async close() {
      for (const cancel of timers) cancel()
      const open = [...channels.values()]
      channels.clear()
      stale.clear()
      await Promise.all(open.map((channel) => channel.close()))
    },
  }
}
