// What every page does whose tables and charts come from bpftax: announcements, width, paper.

// Says something to a screen reader.
export function announcer(): (text: string) => void {
  const region = document.createElement('div');
  region.className = 'visually-hidden';
  region.setAttribute('role', 'status');
  document.body.append(region);
  return (text) => {
    region.textContent = text;
  };
}

// A moment after the last change of the width.
export function onResize(action: () => void): void {
  let width = document.documentElement.clientWidth;
  let timer = 0;
  window.addEventListener('resize', () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (document.documentElement.clientWidth === width) return; // a phone's address bar, not a new width
      width = document.documentElement.clientWidth;
      action();
    }, 150);
  });
}

// On paper everything is open that is not very long; afterwards it is as it was.
export function setUpPrinting(): void {
  let opened: HTMLDetailsElement[] = [];
  window.addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll<HTMLDetailsElement>('details.more:not([open]):not([data-large])')];
    for (const details of opened) details.open = true;
  });
  window.addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
  });
}
