// A classic script in the head, before anything is drawn: a page that is to be dark is never light for a moment.
{
  const stage = location.pathname.startsWith('/s/')
  const theme =
    localStorage.getItem(stage ? 'synckairos.stage-theme' : 'synckairos.theme') ?? (stage && 'dark')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
}
