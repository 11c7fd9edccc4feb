import { type FieldProblem, validationError } from '../../engine/errors.ts'
import { checkFreeForm } from '../../engine/json.ts'
import type { ClientConfig, Metrics, RunDefinition } from '../../engine/run/state.ts'
import type { Report } from '../../engine/run/transitions.ts'
import { type CompleteBody, MetricsSchema, type ProgressBody, type RunBody } from '../../schemas/run.ts'

/** Half an hour: more than clocks drift, less than any mistake about time zones. */
const FARTHEST_AHEAD_MS = 30 * 60 * 1000
/** What a run says of itself is written again with each of its reports. */
const DEFINITION_LIMIT_BYTES = 32 * 1024
const ERROR_LIMIT = 8192
/** Metrics that this server does not know, by their number and their names. */
const OTHER_METRICS_LIMIT = 32
const OTHER_METRIC = /^[A-Za-z][\w.:/-]{0,63}$/

/** Paths of the API itself, which would hide a run of that name. */
const RESERVED = new Set(['start', 'keepalive', 'compare', 'events', 'ws'])

/** What a start or keepalive says. `now` in ms. @throws DomainError VALIDATION_ERROR */
export function toRunReport(type: 'start' | 'keepalive', body: RunBody, now: number): Report {
  const run: RunDefinition = {
    run_id: body.run_id,
    network: body.network,
    labels: body.labels ?? {},
    el_client: toClient(body.el_client),
    cl_client: toClient(body.cl_client),
    enclave_name: body.enclave_name ?? '',
    system_info: body.system_info ?? null,
    // Go leaves zero out, and others may mean the same by it.
    run_timeout_ms: body.run_timeout ? body.run_timeout * 1000 : null,
  }
  const problems = checkFreeForm(run, '')
  if (RESERVED.has(run.run_id)) problems.push({ field: 'run_id', message: 'is a word of the API itself' })
  if (problems.length === 0 && Buffer.byteLength(JSON.stringify(run)) > DEFINITION_LIMIT_BYTES) {
    problems.push({ field: '', message: `must be at most ${DEFINITION_LIMIT_BYTES} bytes of JSON` })
  }
  return { type, at: toInstant(body.timestamp, now, problems), run }
}

function toClient({ type, image, extra_args, cmd, env_vars }: RunBody['el_client']): ClientConfig {
  return {
    type,
    image,
    ...(extra_args && { extra_args }),
    ...(cmd && { cmd }),
    ...(env_vars && { env_vars }),
  }
}

/** @throws DomainError VALIDATION_ERROR */
export function toProgress({ timestamp, metrics }: ProgressBody, now: number): Report {
  const { exec_version, cons_version } = metrics
  const problems = checkFreeForm({ exec_version, cons_version }, 'metrics')
  return { type: 'progress', at: toInstant(timestamp, now, problems), metrics: keptMetrics(metrics) }
}

/** The known ones in a fixed order, then others that are numbers: a newer reporter measures more. */
function keptMetrics(metrics: ProgressBody['metrics']): Metrics {
  const known = Object.keys(MetricsSchema.properties)
  const given = metrics as Record<string, unknown>
  const others = Object.keys(given)
    .filter((name) => !known.includes(name) && OTHER_METRIC.test(name) && isPlain(given[name]))
    .sort()
    .slice(0, OTHER_METRICS_LIMIT)
  const names = [...known.filter((name) => Object.hasOwn(given, name)), ...others]
  return Object.fromEntries(names.map((name) => [name, given[name]])) as Metrics
}

const isPlain = (value: unknown): boolean =>
  typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER

/** @throws DomainError VALIDATION_ERROR */
export function toCompletion(body: CompleteBody, now: number): Report {
  // Whatever a command wrote last: the end of a run must not be lost over a byte of it.
  const error = body.error?.slice(0, ERROR_LIMIT).replaceAll('\0', '').toWellFormed() || null
  const { final_block, final_slot, success } = body
  return {
    type: 'complete',
    at: toInstant(body.timestamp, now, []),
    final_block,
    final_slot,
    success,
    error,
  }
}

function toInstant(seconds: number, now: number, problems: FieldProblem[]): number {
  const at = Math.round(seconds * 1000)
  if (at > now + FARTHEST_AHEAD_MS) {
    problems.push({
      field: 'timestamp',
      message: "must be in seconds since the Unix epoch, and not ahead of the server's time",
    })
  }
  if (problems.length > 0) throw validationError(problems)
  return at
}
