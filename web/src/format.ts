// Numbers as the tables print them (src/report/text.cpp): signed, with as many decimals as help.

function decimals(value: number): string {
  const size = Math.abs(value);
  const text = value.toFixed(size < 0.995 ? 2 : size < 99.5 ? 1 : 0);
  return /[1-9]/.test(text) ? text : '0.00';
}

export function signed(value: number | null): string {
  if (value === null) return '?';
  const text = decimals(value);
  return text.startsWith('-') || text === '0.00' ? text : `+${text}`;
}

export function plain(value: number | null): string {
  return value === null ? '?' : decimals(value);
}

// Four significant digits, thousands as k, M, G: "12.63 us", "412k/s".
export function valueText(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return '?';
  if (unit === '1/s') return `${count(value)}/s`;
  const text = Number(value.toPrecision(4)).toString();
  return unit ? `${text} ${unit}` : text;
}

export function count(value: number): string {
  for (const [size, letter] of [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']] as const)
    if (Math.abs(value) >= size) return `${Number((value / size).toPrecision(3))}${letter}`;
  return Number(value.toPrecision(3)).toString();
}
