export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** An end with a reason for the user; `exit_code` is the process's. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exit_code: number

  constructor(message: string, exit_code: number = EXIT.failed) {
    super(message)
    this.exit_code = exit_code
  }
}

export const usage = (message: string) => new Failure(message, EXIT.usage)
