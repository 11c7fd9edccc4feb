/** The values of `:name` in the path of a page. */
export type Params = Record<string, string>

/** The values of `:name` in a pattern, or null when the path does not fit it. */
export function matchPath(pattern: string, path: string): Params | null {
  const expected = split(pattern)
  const given = split(path)
  if (expected.length !== given.length) return null
  const params: Params = {}
  for (const [i, part] of expected.entries()) {
    const value = decode(given[i] as string)
    if (value === null) return null
    if (part.startsWith(':')) params[part.slice(1)] = value
    else if (part !== value) return null
  }
  return params
}

/** The first route that a path fits. */
export function findRoute<R extends { path: string }>(
  routes: readonly R[],
  path: string,
): { route: R; params: Params } | null {
  for (const route of routes) {
    const params = matchPath(route.path, path)
    if (params) return { route, params }
  }
  return null
}

const split = (path: string) => path.split('/').filter((part) => part !== '')

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}
