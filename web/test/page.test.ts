import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTheme, parseTheme } from '../src/theme.js';
import { placeBeside, tooltipText } from '../src/tooltip.js';

test('the theme button goes round', () => {
  assert.equal(nextTheme('auto'), 'light');
  assert.equal(nextTheme('light'), 'dark');
  assert.equal(nextTheme('dark'), 'auto');
});

test('a stored theme that is none is auto', () => {
  assert.equal(parseTheme('dark'), 'dark');
  assert.equal(parseTheme('<script>'), 'auto');
  assert.equal(parseTheme(null), 'auto');
});

test('a tooltip stays inside the window', () => {
  const room = { width: 390, height: 600 };
  const { left, top } = placeBeside(380, 590, 200, 60, room);
  assert.ok(left >= 0 && left + 200 <= room.width);
  assert.ok(top >= 0 && top + 60 <= room.height);
  assert.deepEqual(placeBeside(10, 10, 50, 20, room), { left: 22, top: 22 });
});

test('a tooltip says nothing for nothing', () => {
  assert.equal(tooltipText(null), '');
  assert.equal(tooltipText('block 3'), 'block 3');
  assert.equal(tooltipText({ a: 1, b: 'x' }), '1, x');
});
