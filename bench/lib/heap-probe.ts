/**
 * Loaded into a benched server (`node --expose-gc --import`): when its parent says anything, it collects all garbage and
 * answers with what is left, in bytes.
 */
const collect = globalThis.gc as (options: object) => void

process.on('message', () => {
  // Buffers outlive the first collection: it only finds out that nobody holds them.
  for (let i = 0; i < 2; i++) collect({ type: 'major', execution: 'sync' })
  process.send?.(process.memoryUsage())
})
process.channel?.unref()
