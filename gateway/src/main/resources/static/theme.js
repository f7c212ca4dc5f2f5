// Before the first paint, so that a page never flashes in the wrong colours.
(() => {
  const root = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const chosen = () => localStorage.getItem('theme');
  const shown = () => chosen() ?? (dark.matches ? 'dark' : 'light');
  if (chosen()) root.dataset.theme = chosen();
  addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('theme');
    if (!button) return;
    const tell = () => button.setAttribute('aria-label', `Colours: ${shown()}. Change them`);
    button.addEventListener('click', () => {
      localStorage.setItem('theme', shown() === 'dark' ? 'light' : 'dark');
      root.dataset.theme = chosen();
      tell();
    });
    tell();
  });
})();
