import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextDirection, sortedOrder } from '../src/sort.js';

const number = (value: number) => ({ number: value, text: String(value) });
const text = (value: string) => ({ text: value });

test('numbers sort by value, not by their letters', () => {
  assert.deepEqual(sortedOrder([number(10), number(9), number(-3)], 'ascending'), [2, 1, 0]);
  assert.deepEqual(sortedOrder([number(10), number(9), number(-3)], 'descending'), [0, 1, 2]);
});

test('unknown values are last in both directions', () => {
  const keys = [text('?'), number(1), text('-'), number(2)];
  assert.deepEqual(sortedOrder(keys, 'ascending'), [1, 3, 0, 2]);
  assert.deepEqual(sortedOrder(keys, 'descending'), [3, 1, 0, 2]);
  assert.deepEqual(sortedOrder([text('?'), text('b'), text('a')], 'ascending'), [2, 1, 0]);
  assert.deepEqual(sortedOrder([text('?'), text('b'), text('a')], 'descending'), [1, 2, 0]);
});

test('equal rows keep their order', () => {
  assert.deepEqual(sortedOrder([text('b'), text('a'), text('b'), text('a')], 'ascending'), [1, 3, 0, 2]);
  assert.deepEqual(sortedOrder([number(1), number(1), number(1)], 'descending'), [0, 1, 2]);
});

test('the first click sorts up, the next down', () => {
  assert.equal(nextDirection(null), 'ascending');
  assert.equal(nextDirection('ascending'), 'descending');
  assert.equal(nextDirection('descending'), 'ascending');
});
