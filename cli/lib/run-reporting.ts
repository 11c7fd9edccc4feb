import { randomUUID } from 'node:crypto'
import { arch, cpus, hostname, release, totalmem, type } from 'node:os'
import { createReporter, type Reporter, type Run } from '../../sdk/reporter.ts'
import { usage } from './failure.ts'
import type { ServerOptions } from './options.ts'

export type RunOptions = ServerOptions & { network: string; label: Record<string, string>; runId?: string }

/** A reporter for a run of the command line. What goes wrong on the way is told through `note`. */
export function createRunReporter(
  options: RunOptions,
  run: Pick<Run, 'el_client' | 'cl_client' | 'run_timeout'>,
  note: (text: string) => void,
): { reporter: Reporter; run_id: string } {
  const run_id =
    options.runId ?? `${options.network.replace(/[^A-Za-z0-9._:-]/g, '-')}-${randomUUID()}`.slice(-128)
  const reporter = create()
  return { reporter, run_id }

  function create() {
    try {
      return createReporter({
        server: options.server,
        token: options.serverAuth,
        resume: options.runId !== undefined,
        run: { run_id, network: options.network, labels: options.label, system_info: systemInfo(), ...run },
        onError: ({ operation, status, code, message }) =>
          note(
            code === 'RUN_ENDED'
              ? `this run is over for the server (${message}); nothing more is reported`
              : `the server refuses this run's ${operation} (${status} ${message})`,
          ),
        onConnection: (connected, reason) =>
          note(connected ? 'the server is back' : `the server is away (${reason}); reports wait for it`),
      })
    } catch (error) {
      throw usage((error as Error).message)
    }
  }
}

/** In the names of syncoor's reporter. */
function systemInfo(): Record<string, unknown> {
  const [cpu] = cpus()
  return {
    hostname: hostname(),
    os_name: type(),
    os_architecture: arch(),
    kernel_release: release(),
    cpu_model: cpu?.model ?? '',
    cpu_threads: cpus().length,
    total_memory: totalmem(),
  }
}
