/** Words of PromQL that stand where a metric could. */
const WORDS = new Set(['and', 'or', 'unless', 'offset', 'bool', 'inf', 'nan'])

const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g

/** The metrics that an expression reads. */
export function metricsOf(expression: string): string[] {
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, '')
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, '')
    .replace(GROUPING, '')
  const names = bare.match(/\b[a-zA-Z_:][\w:]*\b(?!\s*\()/g) ?? []
  return names.filter((name) => !WORDS.has(name))
}

/** The labels that an expression selects or groups by. */
export function labelsOf(expression: string): string[] {
  const selected = [...expression.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = '']) => label)
  const grouped = [...expression.matchAll(GROUPING)].flatMap(([, labels = '']) => labels.split(/,\s*/))
  return [...selected, ...grouped].filter(Boolean)
}

/** What an exposition holds: each name that can be asked for, with the labels that its samples have. */
export function exported(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  const at = (name: string) => {
    const labels = found.get(name) ?? new Set()
    found.set(name, labels)
    return labels
  }
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const parts = type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
    for (const part of parts) at(name + part)
    if (type === 'histogram') at(`${name}_bucket`).add('le')
  }
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/gm)) {
    for (const [, label = ''] of labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) at(name).add(label)
  }
  return found
}
