// Specifications are written without colours and sizes: an object {"$token": NAME} stands for one. Here they are
// replaced by what the page's theme and width give.
import { isObject, type Json, type JsonObject } from './json.js';

export type Tokens = Readonly<Record<string, string | number>>;

// Rows of data are left as they are: they hold what tools are called and what they said.
const opaque = new Set(['data', 'datasets']);

export function resolveTokens(spec: Json, tokens: Tokens): Json {
  if (Array.isArray(spec)) return spec.map((item) => resolveTokens(item, tokens));
  if (!isObject(spec)) return spec;
  const keys = Object.keys(spec);
  if (keys.length === 1 && keys[0] === '$token') {
    const name = spec['$token'];
    const value = typeof name === 'string' && Object.prototype.hasOwnProperty.call(tokens, name) ? tokens[name] : undefined;
    if (value === undefined) throw new Error(`unknown token ${JSON.stringify(name)}`);
    return value;
  }
  const out: JsonObject = {};
  for (const key of keys) {
    const value = spec[key] as Json;
    out[key] = opaque.has(key) ? value : resolveTokens(value, tokens);
  }
  return out;
}

export const colorTokens = [
  'ink', 'muted', 'axis', 'accent', 'second', 'baseline',
  'series1', 'series2', 'series3', 'series4', 'series5', 'series6',
  'pass', 'overhead', 'exceeds', 'inconclusive', 'saturated', 'invalid',
] as const;

// Sizes that depend on how wide a figure is.
export function sizeTokens(width: number): Record<string, number> {
  const narrow = width < 480;
  return {
    labelWidth: narrow ? Math.max(72, Math.round(width * 0.3)) : 150,
    longLabelWidth: narrow ? Math.max(100, Math.round(width * 0.42)) : 190,
    valueWidth: 46,
    legendColumns: narrow ? 1 : 2,
  };
}
