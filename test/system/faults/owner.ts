import type { Owner } from '../../helpers/not-run.ts'

/** What helpers want of a tap test, for a program of its own. `end` takes down what they have put up, the last first. */
export function createOwner(fullname: string): Owner & { end(): Promise<void> } {
  const endings: (() => unknown)[] = []
  return {
    fullname,
    comment: (text) => console.log(text),
    teardown: (fn) => void endings.push(fn),
    async end() {
      for (const fn of endings.splice(0).reverse()) await fn()
    },
  }
}
