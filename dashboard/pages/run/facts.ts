import type { ComponentChildren } from 'preact'
import { Card } from '../../components/card.ts'
import { CopyButton } from '../../components/copy-button.ts'
import type { Run } from '../../lib/api.ts'
import { formatBytes, formatDateTime, formatDuration } from '../../lib/format.ts'
import { html } from '../../lib/html.ts'
import { clientType, type Side } from '../../lib/run-meta.ts'

type Fact = [name: string, value: ComponentChildren]

/** What the run is, as its reporter told it. */
export function Facts({ run }: { run: Run }) {
  const machine = Object.entries(run.system_info ?? {})
  const labels = Object.entries(run.labels)
  const about: Fact[] = [
    [
      'Run',
      html`<span class="copied"><span>${run.run_id}</span><${CopyButton} text=${run.run_id} label="Copy the id of the run" /></span>`,
    ],
    ['Network', run.network || '–'],
    ['Enclave', run.enclave_name || '–'],
    ['Began', formatDateTime(run.start_time)],
    ...(run.end_time === null ? [] : [['Ended', formatDateTime(run.end_time)] as Fact]),
    ['Last heard of', formatDateTime(run.last_update)],
    ['Time limit', run.run_timeout === null ? 'none' : formatDuration(run.run_timeout * 1000)],
    ...labels.map(([key, value]): Fact => [`Label ${key}`, value]),
  ]
  return html`<section class="about-run" aria-label="About this run">
    <div class="section-head"><h2>About this run</h2></div>
    <div class="grid">
      <${Card} title="Run"><${List} facts=${about} /><//>
      ${machine.length > 0 && html`<${Card} title="Machine"><${List} facts=${machine.map(([name, value]): Fact => [nameOf(name), told(name, value)])} /><//>`}
      <${ClientFacts} run=${run} side="exec" title=${clientType(run, 'cons') === null ? 'Job' : 'Execution client'} />
      <${ClientFacts} run=${run} side="cons" title="Consensus client" />
    </div>
  </section>`
}

function ClientFacts({ run, side, title }: { run: Run; side: Side; title: string }) {
  const { type, image, cmd, extra_args, env_vars } =
    side === 'exec' ? run.el_client_config : run.cl_client_config
  if (clientType(run, side) === null) return null
  const version = run.current_metrics?.[`${side}_version`]
  const facts: Fact[] = [
    ['Client', type],
    ...(version ? [['Version', version] as Fact] : []),
    ['Image', image || '–'],
  ]
  const env = Object.entries(env_vars ?? {}).map(([name, value]) => `${name}=${value}`)
  return html`<${Card} title=${title}>
    <${List} facts=${facts} />
    <${Lines} title="Command" lines=${cmd} /><${Lines} title="Extra arguments" lines=${extra_args} /><${Lines} title="Environment" lines=${env} />
  <//>`
}

function List({ facts }: { facts: readonly Fact[] }) {
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

function Lines({ title, lines = [] }: { title: string; lines?: readonly string[] | undefined }) {
  if (lines.length === 0) return null
  const text = lines.join('\n')
  return html`<details><summary>${title} <span class="muted">${lines.length}</span></summary><pre tabindex="0" aria-label=${title}><code>${text}</code></pre></details>`
}

/** `total_memory` -> `Total memory`, `os_name` -> `OS name`. */
const nameOf = (name: string): string => {
  const words = name.replaceAll('_', ' ').replace(/\b(os|cpu|gpu|id|ip|url)\b/g, (word) => word.toUpperCase())
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Whatever the reporter found out about its machine. */
function told(name: string, value: unknown): string {
  if (typeof value === 'number' && /memory|bytes|disk|swap/.test(name) && value >= 1e6)
    return formatBytes(value)
  if (typeof value === 'string' && value !== '') return value
  return value === null || value === '' ? '–' : JSON.stringify(value)
}
