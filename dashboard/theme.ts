// A classic script in the head, before anything is drawn: a page that is to be dark is never light for a moment.
{
  const stage = location.pathname.startsWith('/s/')
  let kept: string | null = null
  try {
    kept = localStorage.getItem(stage ? 'synckairos.stage-theme' : 'synckairos.theme')
  } catch {
    // A browser that keeps nothing for this site does not even let it ask.
  }
  const theme = kept ?? (stage && 'dark')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
}
