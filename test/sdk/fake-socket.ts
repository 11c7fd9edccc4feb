type Handlers = Pick<WebSocket, 'onopen' | 'onmessage' | 'onclose' | 'onerror'>

/** A socket as its user sees it, and what a test does to it from the other side. */
export type FakeSocket = Handlers & {
  readonly url: string
  readonly protocols: string[]
  readonly sent: string[]
  readonly readyState: number
  /** The user has closed it. */
  readonly given_up: boolean
  open(): void
  say(message: unknown): void
  drop(code?: number): void
}

/** Sockets that lead nowhere, in the order in which they were made. `refuse` makes the constructor throw. */
export function createFakeSockets() {
  const sockets: FakeSocket[] = []
  const state = { refuse: false }

  class Fake {
    static readonly OPEN = 1
    readonly OPEN = 1
    onopen: (() => void) | null = null
    onmessage: ((event: { data: string }) => void) | null = null
    onclose: ((event: { code: number; reason: string }) => void) | null = null
    onerror: (() => void) | null = null
    readyState = 0
    given_up = false
    readonly sent: string[] = []
    readonly url: string
    readonly protocols: string[]

    constructor(url: string, protocols: string[]) {
      if (state.refuse) throw new SyntaxError('not from this page')
      this.url = url
      this.protocols = protocols
      sockets.push(this as unknown as FakeSocket)
    }

    send(text: string) {
      this.sent.push(text)
    }

    close() {
      this.given_up = true
      this.readyState = 3
    }

    open() {
      this.readyState = 1
      this.onopen?.()
    }

    say(message: unknown) {
      this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) })
    }

    drop(code = 1006) {
      this.readyState = 3
      this.onerror?.()
      this.onclose?.({ code, reason: '' })
    }
  }

  return { WebSocket: Fake as unknown as typeof WebSocket, sockets, state }
}
