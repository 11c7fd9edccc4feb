import { execFileSync } from 'node:child_process'

/** A command of a console block, and what is shown below it. `args`: as a shell hands them to the program. */
export type Shown = { args: string[]; background: boolean; output: string }

/** Stand in for the programs: each prints how it was called. */
const SHIM = ['curl', 'sleep', 'npx']
  .map((name) => `${name}() { printf '\\036%s' ${name} "$@"; printf '\\035'; }`)
  .join('\n')

/** The console blocks of a section, as a shell reads them, without running a program. `now_s`: what `date +%s` says. */
export function shownIn(readme: string, heading: string, now_s: number): Shown[] {
  const section = readme.split(/^## /m).find((each) => each.startsWith(heading)) ?? ''
  const blocks = [...section.matchAll(/^```console\n(.*?)^```/gms)].map(([, text = '']) => text)
  const shown = blocks.flatMap((block) => block.split(/^\$ /m).slice(1)).map(split)
  const script = [
    SHIM,
    `date() { echo ${now_s}; }`,
    ...shown.map(({ command }) => `${command}\nprintf '\\034'`),
  ]
  const calls = execFileSync('sh', ['-c', script.join('\n')], { encoding: 'utf8' }).split('\x1c')
  return shown.flatMap(({ background, output }, i) => {
    const programs = (calls[i] ?? '').split('\x1d').filter((each) => each.trim() !== '')
    return programs.map((program, n) => ({
      args: program.split('\x1e').slice(1),
      background,
      output: n === programs.length - 1 ? output : '',
    }))
  })
}

/** A command goes on while a quote is open. */
function split(text: string) {
  const lines = text.split('\n')
  let count = 1
  while (count < lines.length && (lines.slice(0, count).join('').split("'").length - 1) % 2 === 1) count++
  const command = lines.slice(0, count).join('\n')
  return {
    command: command.replace(/ &$/, ''),
    background: command.endsWith(' &'),
    output: lines.slice(count).join('\n').trimEnd(),
  }
}

/** What a curl command asks for: its address without the host, its body and its headers. */
export function requestOf(args: string[]) {
  let url = ''
  let body: string | undefined
  const headers: Record<string, string> = {}
  for (let i = 1; i < args.length; i++) {
    const arg = args[i] ?? ''
    if (arg === '-d') body = args[++i]
    else if (arg === '-H') {
      const [name = '', value = ''] = (args[++i] ?? '').split(/: */)
      headers[name] = value
    } else if (!arg.startsWith('-')) url = arg
  }
  return {
    url: url.replace(/^localhost:3000/, ''),
    method: body === undefined ? 'GET' : 'POST',
    body,
    headers,
  }
}

/** Whether an answer is as it is shown: `...` stands for anything, and lines are broken for the page. */
export function fits(shown: string, actual: string): boolean {
  const pattern = steady(shown)
    .split('...')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')
  return new RegExp(`^${pattern}$`).test(steady(actual))
}

/** Without what is different each time, and without what breaks and aligns the lines. */
const steady = (text: string): string =>
  text
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{3}Z)?/g, '<instant>')
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uuid>')
    .replace(/\b\d{13}-(?=\d+-)/g, '<epoch>-')
    .replace(/\s+/g, '')
