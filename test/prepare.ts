import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Builds tap with the plugins of .taprc, which leave out what Node does itself. Not when that was done before: for the
 * seconds that it takes other runs would find no tap.
 */
const root = join(import.meta.dirname, '../node_modules')
const LEFT_OUT = '@tapjs/typescript'

function isBuilt(): boolean {
  try {
    return !readFileSync(join(root, '@tapjs/test/test-built/dist/esm/index.js'), 'utf8').includes(LEFT_OUT)
  } catch {
    return false
  }
}

if (!isBuilt()) {
  const { status } = spawnSync(process.execPath, [join(root, '.bin/tap'), 'build'], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}
