import { client, type SessionEvent } from '../../lib/api.ts'
import { report } from '../../lib/failures.ts'

const PAGE = 500

/** Saves all that has happened as a file. Asked for with the reader's token, so not a plain link. */
export async function exportHistory(id: string, format: 'csv' | 'json'): Promise<void> {
  try {
    const text = format === 'csv' ? await client.sessions.historyCsv(id) : await readAll(id)
    const type = format === 'csv' ? 'text/csv' : 'application/json'
    saveFile(`session-${id}.${format}`, new Blob([text], { type }))
  } catch (error) {
    report(error)
  }
}

async function readAll(id: string): Promise<string> {
  const events: SessionEvent[] = []
  let after: string | undefined
  do {
    const page = await client.sessions.history(id, { limit: PAGE, after })
    events.push(...page.events)
    after = page.next_after ?? undefined
  } while (after !== undefined)
  return `${JSON.stringify({ session_id: id, events }, null, 2)}\n`
}

function saveFile(name: string, content: Blob): void {
  const href = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = href
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(href), 60_000)
}
