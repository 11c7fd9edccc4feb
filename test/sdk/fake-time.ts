import type { SdkTime } from '../../sdk/time.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'

export type FakeTime = SdkTime & {
  /** Moves time forward, running what falls due on the way. */
  advance(ms: number): void
  /** The machine sleeps: its clock goes on, the monotonic one and all timers stand still. */
  sleep(ms: number): void
  /** How many timers are waiting. */
  readonly waiting: number
}

/** Time that stands still until a test moves it. */
export function createFakeTime(start?: number): FakeTime {
  const clock = createFakeClock(start)
  const began = clock.now()
  let slept = 0
  return {
    monotonic: () => clock.now() - began,
    now: () => clock.now() + slept,
    after: (ms, fn) => clock.at(clock.now() + ms, fn),
    advance: clock.advance,
    sleep(ms) {
      slept += ms
    },
    get waiting() {
      return clock.waiting
    },
  }
}
