import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveTokens, sizeTokens } from '../src/tokens.js';

test('a token object is replaced wherever it stands', () => {
  const spec = { mark: { color: { $token: 'accent' } }, range: [{ $token: 'pass' }, 'red'], n: 1, nothing: null };
  assert.deepEqual(resolveTokens(spec, { accent: '#123', pass: '#456' }), {
    mark: { color: '#123' },
    range: ['#456', 'red'],
    n: 1,
    nothing: null,
  });
});

test('data is never touched, whatever a tool is called', () => {
  const values = [{ who: '$token', odd: { $token: 'accent' } }];
  assert.deepEqual(resolveTokens({ data: { values } }, {}), { data: { values } });
});

test('an unknown token is an error that names it', () => {
  assert.throws(() => resolveTokens({ color: { $token: 'mauve' } }, {}), /mauve/);
  assert.throws(() => resolveTokens({ color: { $token: 'toString' } }, {}), /toString/);
});

test('names get less room in a narrow figure', () => {
  assert.ok((sizeTokens(350)['labelWidth'] ?? 0) < (sizeTokens(800)['labelWidth'] ?? 0));
  assert.ok((sizeTokens(100)['labelWidth'] ?? 0) >= 72);
});
