import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'

export type Tokens = {
  /** Takes as long for a wrong token as for a right one. */
  has(token: string): boolean
  /** Another number after each change of the file. */
  readonly revision: number
  /** Reads the file again when it has changed. @throws Error when it cannot be read; the tokens of before stay */
  refresh(): Promise<void>
}

const digest = (text: string) => createHash('sha256').update(text).digest()

/** Tokens from a comma-separated list and, one per line, from a file; lines that begin with # are remarks. */
export function createTokens(list: string, file?: string): Tokens {
  const given = list.split(',').map(trim).filter(Boolean).map(digest)
  let fromFile: Buffer[] = []
  let seen = ''
  let revision = 0

  return {
    get revision() {
      return revision
    },

    has(token) {
      const asked = digest(token)
      return [...given, ...fromFile].map((each) => timingSafeEqual(each, asked)).includes(true)
    },

    async refresh() {
      if (file === undefined) return
      // The inode, too: secrets that are mounted into a container change by being replaced.
      const { mtimeMs, size, ino } = await stat(file)
      const mark = `${mtimeMs} ${size} ${ino}`
      if (mark === seen) return
      const lines = (await readFile(file, 'utf8')).split('\n').map(trim)
      fromFile = lines.filter((line) => line !== '' && !line.startsWith('#')).map(digest)
      seen = mark
      revision += 1
    },
  }
}

function trim(text: string): string {
  return text.trim()
}
