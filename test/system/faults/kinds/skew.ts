/**
 * Loaded into a server with `--import`: sets the clock of this one process SKEW_MS ahead (or, negative, behind), as on a
 * machine of its own whose clock is wrong.
 */
const skew_ms = Number(process.env.SKEW_MS)
const now = Date.now
const origin = performance.timeOrigin

Date.now = () => now() + skew_ms
Object.defineProperty(performance, 'timeOrigin', { value: origin + skew_ms })
globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [Date.now()] : args, newTarget) as Date,
})

export {}
