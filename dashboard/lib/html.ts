import htm from 'htm'
import { h, type VNode } from 'preact'

type Html = (strings: TemplateStringsArray, ...values: unknown[]) => VNode

/** Templates of elements and components: `<p class=${name}>`, `<${Card} title="…">…<//>`. One root each. */
// The types of htm are those of a CommonJS module, which it is not.
export const html = (htm as unknown as { bind(create: typeof h): Html }).bind(h)

/** A `class` of those names that are given: `classes('button', busy && 'busy')`. */
export function classes(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(' ')
}
