import t from 'tap'
import { createTurns } from '../../dashboard/lib/turns.ts'

/** Turns by a clock that the test moves. */
function turnsForTest() {
  let now = 0
  let timers: { at: number; run(): void }[] = []
  const page = { hidden: false }
  const turns = createTurns({
    now: () => now,
    after: (ms, run) => void timers.push({ at: now + ms, run }),
    isHidden: () => page.hidden,
  })
  const asked: number[] = []
  const ask = (signal = new AbortController().signal) =>
    turns.next(signal).then((turn) => {
      if (turn) asked.push(now)
      return turn
    })
  /** Lets time pass in steps, as timers and promises need them. */
  const pass = async (ms: number) => {
    for (const end = now + ms; now < end; ) {
      now += 100
      const due = timers.filter(({ at }) => at <= now)
      timers = timers.filter(({ at }) => at > now)
      for (const { run } of due) run()
      await Promise.resolve()
      await Promise.resolve()
    }
  }
  return { turns, ask, asked, pass, page }
}

t.test('a few at once, then one each three seconds: no minute has more than 25', async (t) => {
  const { ask, asked, pass } = turnsForTest()
  for (let i = 0; i < 200; i++) void ask()
  await pass(180_000)
  t.equal(asked.filter((at) => at <= 100).length, 5)
  for (let from = 0; from <= 120_000; from += 500) {
    const minute = asked.filter((at) => at >= from && at < from + 60_000).length
    t.ok(minute <= 25 && minute >= 19, `${minute} from ${from} ms on`)
  }
})

t.test('a hidden page asks nothing, and catches up when it is seen', async (t) => {
  const { turns, ask, asked, pass, page } = turnsForTest()
  page.hidden = true
  void ask()
  await pass(600_000)
  t.same(asked, [])
  page.hidden = false
  turns.wake()
  await pass(100)
  t.equal(asked.length, 1)
})

t.test('who is told to wait waits, and who gives up has no turn', async (t) => {
  const { turns, ask, asked, pass } = turnsForTest()
  turns.rest(40_000)
  const controller = new AbortController()
  const given = ask(controller.signal)
  void ask()
  controller.abort()
  t.equal(await given, false)
  t.equal(await ask(controller.signal), false)
  await pass(39_900)
  t.same(asked, [])
  await pass(300)
  t.equal(asked.length, 1)
})
