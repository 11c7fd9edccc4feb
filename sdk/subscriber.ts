import type { ServerMessage } from './types.ts'

export type Subscriber = {
  /** Asks for a session, or once more for its state. */
  add(id: string): void
  remove(id: string): void
  /** To be told of each message, the answers among them. */
  hear(message: ServerMessage): void
  /** Now there is somebody to ask. */
  begin(): void
}

type Options = { subscribe(id: string): void; unsubscribe(id: string): void }

/** How many questions may be open: hundreds at once would have a server that has no room for them think of a flood. */
const AT_ONCE = 32

/** Subscribes to any number of sessions on one socket, a few at a time, and no more than the server has room for. */
export function createSubscriber({ subscribe, unsubscribe }: Options): Subscriber {
  const unasked = new Set<string>()
  const asked = new Set<string>()
  let open = false
  let full = false

  function pump() {
    for (const id of unasked) {
      if (!open || full || asked.size >= AT_ONCE) return
      unasked.delete(id)
      asked.add(id)
      subscribe(id)
    }
  }

  return {
    add(id) {
      unasked.add(id)
      pump()
    },
    remove(id) {
      if (!unasked.delete(id) && open) unsubscribe(id)
      asked.delete(id)
      full = false
      pump()
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
  }
}
