import { createReporter, type Run } from '../../sdk/reporter.ts'
import type { Scene } from '../lib/scene.ts'
import { createMeter } from './meter.ts'
import type { Pair } from './nodes.ts'

const KEEPALIVE_MS = 30 * 60_000

export type Story = {
  pair: Pair
  run_id: string
  /** The machine it runs on. */
  host: string
  /** Whether others are measured against it. */
  baseline?: boolean
  /** In times the usual speed of the pair. */
  pace?: number
  /** Its reporter says nothing for so long, after so many minutes. */
  silence?: { after_minutes: number; minutes: number }
  /** Why it fails, and after how many minutes. */
  failure?: { after_minutes: number; error: string }
  /** Between two reports, in s. */
  step_s?: number
}

/** One sync from start to end, told as a reporter on its machine tells it. */
export async function playSync({ client, time, random }: Scene, story: Story): Promise<void> {
  const { pair, silence, failure, step_s = 10 } = story
  const began = time.clock.now()
  const measure = createMeter(pair, random, story.pace ?? 1)
  const open = (resume: boolean) => {
    const run = describe(story)
    const reporter = createReporter({
      server: client.url,
      run,
      resume,
      // Progress is a sign of life, too.
      keepalive_ms: KEEPALIVE_MS,
      clock: time.clock,
      fetch: time.fetch,
    })
    reporter.start({ started_at: began })
    return reporter
  }
  let reporter = open(false)
  let silent = false
  for (let elapsed_s = step_s; ; elapsed_s += step_s) {
    await time.pause(step_s * 1000)
    const { metrics, complete } = measure(elapsed_s, time.clock.now() / 1000)
    reporter.progress(metrics)
    const end = { final_block: Number(metrics.block), final_slot: Number(metrics.slot) }
    if (failure && elapsed_s >= failure.after_minutes * 60) {
      reporter.complete({ success: false, error: failure.error, ...end })
      break
    }
    if (complete) {
      reporter.complete({ success: true, ...end })
      break
    }
    if (silence && !silent && elapsed_s >= silence.after_minutes * 60) {
      silent = true
      await reporter.close()
      await time.pause(silence.minutes * 60_000)
      elapsed_s += silence.minutes * 60
      reporter = open(true)
    }
  }
  await reporter.close()
}

function describe({ run_id, host, baseline, pair: { execution, consensus } }: Story): Run {
  return {
    run_id,
    network: 'hoodi',
    labels: { host, trigger: 'nightly', ...(baseline ? { baseline: 'true' } : {}) },
    el_client: { type: execution.type, image: execution.image },
    cl_client: { type: consensus.type, image: consensus.image },
    enclave_name: `sync-${execution.type}-${consensus.type}`,
    system_info: {
      hostname: host,
      os_name: 'Linux',
      os_architecture: 'x64',
      kernel_release: '6.12.48',
      cpu_model: 'AMD EPYC 9354P',
      cpu_threads: 16,
      total_memory: 64 * 2 ** 30,
    },
    run_timeout: 4 * 3600,
  }
}
