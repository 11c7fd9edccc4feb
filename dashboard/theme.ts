// A classic script in the head, before anything is drawn: a page that is to be dark is never light for a moment.
{
  const theme = localStorage.getItem('synckairos.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
}
