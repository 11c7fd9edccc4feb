import { gzipSync } from 'node:zlib'
import { modulesOf } from './built-package.ts'

type Chunk = { imports: { path: string; kind: string }[] }
type Bundler = {
  build(options: object): Promise<{
    outputFiles: { path: string; text: string }[]
    metafile: { outputs: Record<string, Chunk> }
  }>
}

export type Size = { bytes: number; minified: boolean }

/**
 * What a page loads at first from an entry of the built package, minified and gzipped; what is loaded when it is needed
 * stands in chunks of its own. Without a minifier only comments and indentation go, and it is a quarter more.
 */
export async function coreSize(entry: string): Promise<Size> {
  const bundler = await import('esbuild' as string).catch(() => null)
  if (bundler) return { bytes: gzipped(await bundle(bundler as Bundler, entry)), minified: true }
  return { bytes: gzipped([...modulesOf(entry).values()].map(compact).join('')), minified: false }
}

const gzipped = (text: string): number => gzipSync(text, { level: 9 }).length

async function bundle({ build }: Bundler, entry: string): Promise<string> {
  const { outputFiles, metafile } = await build({
    ...{ entryPoints: [entry], bundle: true, splitting: true, minify: true, format: 'esm', target: 'es2022' },
    ...{
      outdir: '/out',
      entryNames: 'entry',
      absWorkingDir: '/',
      write: false,
      metafile: true,
      logLevel: 'error',
    },
  })
  const wanted = new Set<string>()
  const want = (path: string) => {
    if (wanted.has(path)) return
    wanted.add(path)
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? []) {
      if (kind !== 'dynamic-import') want(next)
    }
  }
  want('out/entry.js')
  return outputFiles
    .filter(({ path }) => wanted.has(path.slice(1)))
    .map(({ text }) => text)
    .join('')
}

/** A script without its comments and its indentation. */
export function compact(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*(\/\/.*)?$\n/gm, '')
    .replace(/^\s+/gm, '')
}
