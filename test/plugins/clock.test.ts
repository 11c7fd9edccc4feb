import t from 'tap'
import { createSystemClock } from '../../plugins/clock.ts'

t.test('the first time that all agree on is taken at once, also back', async (t) => {
  const clock = createSystemClock()
  const before = clock.precise()
  clock.follow(-60_000)
  t.ok(clock.precise() < before - 59_000, 'what came before was never agreed on')
  clock.follow(5000)
  t.ok(clock.now() > before + 4000)
})

t.test('a later step back is waited out, not shown', async (t) => {
  const clock = createSystemClock()
  clock.follow(5000)
  const before = clock.precise()
  clock.follow(0)
  t.equal(clock.precise(), before, 'it stands still')
  t.equal(clock.now(), Math.floor(before))
  clock.follow(6000)
  t.ok(clock.precise() > before + 500, 'and goes on when it is passed')
})

t.test(
  'a wall clock that jumps ahead is followed, but not away from the time that all agree on',
  async (t) => {
    const { now } = Date
    t.teardown(() => {
      Date.now = now
    })
    const [alone, agreed] = [createSystemClock(), createSystemClock()]
    agreed.follow(0)
    const before = [alone.precise(), agreed.precise(), agreed.local()] as const
    Date.now = () => now() + 60_000
    t.ok(alone.precise() > before[0] + 59_000)
    t.ok(agreed.precise() < before[1] + 1000)
    t.ok(agreed.local() > before[2] + 59_000, 'the next one to tell is right')
  },
)
