const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

export type Interrupt = {
  readonly signal: AbortSignal
  /** 128 + the number of the signal that came; null before. */
  readonly exit_code: number | null
  /** Gives the signals back to Node. */
  release(): void
}

/** The first signal asks for an orderly end, a second one ends at once. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController()
  let exit_code: number | null = null
  const names = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]
  const listen = (name: NodeJS.Signals) => {
    const code = SIGNALS[name as keyof typeof SIGNALS]
    if (exit_code !== null) process.exit(code)
    exit_code = code
    controller.abort()
  }
  for (const name of names) process.on(name, listen)
  return {
    signal: controller.signal,
    get exit_code() {
      return exit_code
    },
    release: () => {
      for (const name of names) process.off(name, listen)
    },
  }
}
