import t from 'tap'
import { createHeartbeat } from '../../../plugins/realtime/heartbeat.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'

const PERIOD_MS = 5000

t.test('everybody is called once in a period, a few at a time', async (t) => {
  const clock = createFakeClock()
  const heartbeat = createHeartbeat(clock, PERIOD_MS)
  const beats = Array.from({ length: 1000 }, () => 0)
  const at = new Map<number, number>()
  beats.forEach((_, i) => {
    heartbeat.add(() => {
      beats[i] = (beats[i] ?? 0) + 1
      at.set(clock.now(), (at.get(clock.now()) ?? 0) + 1)
    })
  })
  clock.advance(PERIOD_MS)
  t.same(new Set(beats), new Set([1]))
  t.equal(Math.max(...at.values()), 20)
  clock.advance(2 * PERIOD_MS)
  t.same(new Set(beats), new Set([3]))
})

t.test('who has left is not called any more, and at the end nobody', async (t) => {
  const clock = createFakeClock()
  const heartbeat = createHeartbeat(clock, PERIOD_MS)
  const called: string[] = []
  const leave = heartbeat.add(() => called.push('left'))
  heartbeat.add(() => called.push('stays'))
  leave()
  leave()
  clock.advance(PERIOD_MS)
  t.same(called, ['stays'])
  heartbeat.stop()
  clock.advance(PERIOD_MS)
  t.same(called, ['stays'])
})
