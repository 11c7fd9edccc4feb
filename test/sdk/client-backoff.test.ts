import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { createBackoff, onWake } from '../../sdk/backoff.ts'
import { load } from '../../sdk/lazy.ts'
import { onPage } from './fake-page.ts'
import { createFakeTime } from './fake-time.ts'

t.test('attempts are 1, 2, 4 ... 60 s apart at most, each anywhere below that', async (t) => {
  const time = createFakeTime()
  const delays = (random: () => number) => {
    const backoff = createBackoff({ time, random })
    return Array.from({ length: 40 }, () => {
      backoff.retry(() => {})
      return (backoff.retry_at ?? 0) - time.now()
    })
  }
  const longest = delays(() => 1)
  t.same(longest.slice(0, 8), [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  t.equal(longest.at(-1), 60_000)
  t.same(delays(() => 0.25).slice(0, 3), [250, 500, 1000])
})

t.test('a planned attempt is made once, replaced by a later plan, and called off', async (t) => {
  const time = createFakeTime()
  const backoff = createBackoff({ time, random: () => 1 })
  const made: string[] = []
  backoff.retry(() => made.push('never'))
  backoff.retry(() => made.push('one'))
  t.equal(backoff.attempt, 2)
  time.advance(1999)
  t.same(made, [])
  time.advance(1)
  t.same(made, ['one'])
  t.same([backoff.retry_at, time.waiting], [null, 0])

  backoff.retry(() => made.push('late'), 30_000)
  time.advance(29_999)
  t.same(made, ['one'], 'not before the server wants it')
  backoff.cancel()
  t.equal(backoff.attempt, 3)
  backoff.reset()
  t.equal(backoff.attempt, 0)
  time.advance(100_000)
  t.same(made, ['one'])
  t.equal(time.waiting, 0)
})

t.test('nobody waits when the network or the page is back, or after a sleep', async (t) => {
  const page = onPage(t)
  const time = createFakeTime()
  const backoff = createBackoff({ time, random: () => 1 })
  let made = 0
  const plan = () => {
    for (let i = 0; i < 10; i++) backoff.retry(() => void made++)
  }
  plan()
  page.show('hidden')
  t.equal(made, 0)
  page.show('visible')
  t.equal(made, 1)
  plan()
  page.online()
  t.equal(made, 2)
  page.online()
  t.equal(made, 2, 'what was made is not made again')

  plan()
  time.advance(4000)
  time.sleep(3_600_000)
  t.equal(made, 2)
  time.advance(1000)
  t.equal(made, 3, 'within 5 s of waking up')
  t.equal(time.waiting, 0)
})

t.test('a timer that is only a little late is no sleep', async (t) => {
  const time = createFakeTime()
  let woken = 0
  const stop = onWake(time, () => void woken++)
  time.sleep(5000)
  time.advance(5000)
  t.equal(woken, 0)
  time.sleep(5001)
  time.advance(5000)
  t.equal(woken, 1)
  stop()
  t.equal(time.waiting, 0)
})

t.test('a part that cannot be loaded is tried again, until nobody wants it', async (t) => {
  const time = createFakeTime()
  const outcomes = [Promise.reject(new Error('away')), Promise.resolve('part')]
  const used: string[] = []
  const part = () => outcomes.shift() ?? Promise.reject(new Error('away'))
  load(part, (given) => used.push(given), createBackoff({ time, random: () => 1 }))
  await turn()
  t.same([used, time.waiting > 0], [[], true])
  time.advance(1000)
  await turn()
  t.same([used, time.waiting], [['part'], 0])

  const stop = load(part, (given) => used.push(given), createBackoff({ time, random: () => 1 }))
  await turn()
  stop()
  t.equal(time.waiting, 0)
  outcomes.push(Promise.resolve('late'))
  load(part, (given) => used.push(given), createBackoff({ time, random: () => 1 }))()
  outcomes.push(Promise.reject(new Error('late')))
  load(part, (given) => used.push(given), createBackoff({ time, random: () => 1 }))()
  await turn()
  t.same([used, time.waiting], [['part'], 0])
})
