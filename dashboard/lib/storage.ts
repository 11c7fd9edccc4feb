/** What outlives the page. A browser that keeps nothing for this site is one that has nothing yet. */
export function load(key: string): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? localStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

/** Keeps a value for good, or (`tab`) for as long as this tab; undefined forgets it. */
export function save(key: string, value: string | undefined, { tab = false } = {}): void {
  try {
    for (const storage of [sessionStorage, localStorage]) storage.removeItem(key)
    if (value !== undefined) (tab ? sessionStorage : localStorage).setItem(key, value)
  } catch {
    // Then it is known as long as the page is.
  }
}
