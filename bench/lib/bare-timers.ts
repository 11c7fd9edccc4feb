/**
 * The baseline of a deadline: BARE_TIMERS timers of Node alone, over BARE_SPREAD_MS from BARE_FIRST_MS on, as many as a
 * server has armed. Sends how late each was, in ms, once all have fired.
 */
const count = Number(process.env.BARE_TIMERS)
const first_ms = Number(process.env.BARE_FIRST_MS)
const spread_ms = Number(process.env.BARE_SPREAD_MS)
const late: number[] = []
const began = performance.now()

for (let i = 0; i < count; i++) {
  const due = began + first_ms + Math.round((i * spread_ms) / count)
  setTimeout(() => {
    late.push(performance.now() - due)
    if (late.length === count) process.send?.(late, () => process.exit(0))
  }, due - performance.now())
}
