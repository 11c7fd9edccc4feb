import t from 'tap'
import { createLag } from '../../../plugins/runs/lag.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'

t.test('a reader is stuck when it has lagged for the whole time', async (t) => {
  const clock = createFakeClock()
  let buffered = 0
  const lag = createLag(clock, 10_000, () => buffered)
  t.equal(lag.stuck, false)
  buffered = 100_000
  t.equal(lag.stuck, false)
  clock.advance(9999)
  t.equal(lag.stuck, false)
  clock.advance(1)
  t.equal(lag.stuck, true)
  buffered = 0
  t.equal(lag.stuck, false)
  buffered = 100_000
  clock.advance(60_000)
  t.equal(lag.stuck, false, 'it begins anew')
})

t.test('so is one that never takes what is waited for, however little it is', async (t) => {
  const clock = createFakeClock()
  const lag = createLag(clock, 10_000, () => 0)
  let done = false
  const taken = lag.until(() => {
    done = true
  })
  clock.advance(9999)
  t.equal(lag.stuck, false)
  clock.advance(1)
  t.equal(lag.stuck, true)
  taken()
  t.equal(done, true)
  t.equal(lag.stuck, false)
})
