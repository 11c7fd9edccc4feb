import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { locate } from './vendor.ts'

const FOUNDATION = ['tokens', 'base', 'header', 'page', 'basics', 'fields', 'table', 'data', 'overlays'].map(
  (name) => `styles/${name}.css`,
)
/** Of packages, in the layer that everything of our own wins over. */
const VENDOR = ['uplot/dist/uPlot.min.css']
const FILES = /url\(["'](\w[^"':]*)["']\)/g

export type Styles = {
  /** What all pages have in common. */
  common: string
  /** The sheets of a folder below pages/ as one, by the names of the files. */
  ofPage(folder: string): Promise<string>
  /** Everything that was found, of all pages. */
  files: string[]
}

/** All style sheets: each page gets the foundation and its own. What `url('folder/file')` means is told by `addressOf`. */
export async function readStyles(
  dashboard: string,
  addressOf: (name: string) => Promise<string>,
): Promise<Styles> {
  const pages = (await Array.fromAsync(glob('pages/**/*.css', { cwd: dashboard }))).sort()
  const read = (names: string[]) => Promise.all(names.map((name) => readFile(join(dashboard, name), 'utf8')))
  const vendor = await Promise.all(VENDOR.map((name) => readFile(locate(name), 'utf8')))
  const common = shorten([...(await read(FOUNDATION)), `@layer vendor {\n${vendor.join('\n')}\n}`])
  const used = new Set([...common.matchAll(FILES)].map(([, name = '']) => name))
  const addresses = new Map<string, string>()
  for (const name of used) addresses.set(name, await addressOf(name))
  return {
    common: common.replace(FILES, (_, name: string) => `url('${addresses.get(name)}')`),
    ofPage: async (folder) =>
      shorten(await read(pages.filter((name) => name.startsWith(`pages/${folder}/`)))),
    files: [...FOUNDATION, ...pages].map((name) => join(dashboard, name)),
  }
}

const shorten = (texts: string[]): string => texts.join('\n').replace(/\/\*[\s\S]*?\*\/|^\s+/gm, '')
