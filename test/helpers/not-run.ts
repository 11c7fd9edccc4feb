import { appendFileSync } from 'node:fs'

/** What helpers need of a test; a program that uses them outside of tap brings its own. */
export type Owner = {
  readonly fullname: string
  comment(text: string): void
  teardown(fn: () => unknown): void
}

/**
 * Tells that a test cannot run for want of `what`. That must be heard: in the test's output, and at the end of the run,
 * which reads the named file; with CI set it is an error. Returns null, for a helper to return in its turn.
 */
export function missing(t: Owner, what: string, remedy: string): null {
  if (process.env.CI) throw new Error(`${what} is missing, and CI runs everything: ${remedy}`)
  const line = `${t.fullname.replace(' > TAP', '')} (without ${what}: ${remedy})`
  t.comment(`NOT RUN: ${line}`)
  if (process.env.SYNCKAIROS_NOT_RUN) appendFileSync(process.env.SYNCKAIROS_NOT_RUN, `${line}\n`)
  return null
}
