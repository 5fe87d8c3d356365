// What a mark in a chart says when it is pointed at: its "text" field, set as text.
import type { TooltipHandler } from 'vega';

let bubble: HTMLElement | undefined;

export function tooltipText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object') return Object.values(value as object).map(String).join(', ');
  return String(value);
}

// Inside the window, beside the pointer.
export function placeBeside(x: number, y: number, width: number, height: number, room: { width: number; height: number }) {
  const gap = 12;
  const left = x + gap + width > room.width ? Math.max(4, x - gap - width) : x + gap;
  const top = y + gap + height > room.height ? Math.max(4, y - gap - height) : y + gap;
  return { left, top };
}

export const showTooltip: TooltipHandler = (_handler, event, _item, value) => {
  const text = tooltipText(value);
  if (!bubble) {
    bubble = document.createElement('div');
    bubble.className = 'tooltip';
    bubble.setAttribute('role', 'tooltip');
    document.body.append(bubble);
  }
  bubble.hidden = text === '';
  if (text === '') return;
  bubble.textContent = text;
  const { left, top } = placeBeside(event.clientX, event.clientY, bubble.offsetWidth, bubble.offsetHeight, {
    width: document.documentElement.clientWidth,
    height: window.innerHeight,
  });
  bubble.style.left = `${left}px`;
  bubble.style.top = `${top}px`;
};
