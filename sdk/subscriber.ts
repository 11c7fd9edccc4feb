import type { SdkTime } from './time.ts'
import type { ServerMessage } from './types.ts'

export type Subscriber = {
  /** Asks for a session, or once more for its state. */
  add(id: string): void
  remove(id: string): void
  /** To be told of each message, the answers among them. */
  hear(message: ServerMessage): void
  /** Now there is somebody to ask. */
  begin(): void
  end(): void
}

type Options = { time: SdkTime; subscribe(id: string): void; unsubscribe(id: string): void }

/** How many questions may be open: hundreds at once would have a server that has no room for them think of a flood. */
const AT_ONCE = 32
/** Servers count how often it is said that a session is of no interest any more, and there is no hurry. */
const GOODBYE_MS = 100

/** Subscribes to any number of sessions on one socket, a few at a time, and no more than the server has room for. */
export function createSubscriber({ time, subscribe, unsubscribe }: Options): Subscriber {
  const unasked = new Set<string>()
  const asked = new Set<string>()
  const leaving = new Set<string>()
  let open = false
  let full = false
  let stopPause: (() => void) | null = null

  function pump() {
    for (const id of unasked) {
      if (!open || full || asked.size >= AT_ONCE) return
      unasked.delete(id)
      asked.add(id)
      subscribe(id)
    }
  }

  function leave() {
    const [id] = leaving
    if (stopPause || id === undefined) return
    leaving.delete(id)
    unsubscribe(id)
    full = false
    pump()
    stopPause = time.after(GOODBYE_MS, () => {
      stopPause = null
      leave()
    })
  }

  return {
    add(id) {
      leaving.delete(id)
      unasked.add(id)
      pump()
    },
    remove(id) {
      asked.delete(id)
      if (unasked.delete(id) || !open) return
      leaving.add(id)
      leave()
    },
    hear(message) {
      const id = 'sessionId' in message ? message.sessionId : undefined
      if (asked.size === 0 || !id || !asked.delete(id)) return
      if (message.type === 'ERROR' && message.code === 'SUBSCRIPTION_LIMIT_EXCEEDED') {
        full = true
        unasked.add(id)
      }
      pump()
    },
    begin() {
      open = true
      pump()
    },
    end() {
      open = false
      stopPause?.()
    },
  }
}
