// Light, dark, or what the system says. The choice lasts while the page is open and, where the browser allows, longer.

import { t } from './words.js';

export type Theme = 'auto' | 'light' | 'dark';

const themes: readonly Theme[] = ['auto', 'light', 'dark'];
const storageKey = 'bpftax-theme';

export function nextTheme(theme: Theme): Theme {
  return themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'auto';
}

export function parseTheme(text: string | null): Theme {
  return themes.find((theme) => theme === text) ?? 'auto';
}

function stored(): Theme {
  try {
    return parseTheme(localStorage.getItem(storageKey));
  } catch {
    return 'auto'; // a page opened from a file may have no storage
  }
}

function store(theme: Theme): void {
  try {
    localStorage.setItem(storageKey, theme);
  } catch {
    // see stored()
  }
}

// Calls `changed` whenever what is shown may have changed, also when the system switches.
export function setUpTheme(button: HTMLButtonElement, changed: () => void): void {
  let theme = stored();
  const apply = (): void => {
    if (theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    button.textContent = t(`theme.${theme}`);
  };
  apply();
  button.hidden = false;
  button.addEventListener('click', () => {
    theme = nextTheme(theme);
    store(theme);
    apply();
    changed();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
}
