// The page's words: they come with its data, in the page's language.

let words: Record<string, string> = {};

export function setWords(catalogue: Record<string, string>): void {
  words = catalogue;
}

// Text of a key, {0}, {1}, ... filled. A key that is missing is a defect, and said to be one.
export function t(key: string, ...args: readonly (string | number)[]): string {
  const text = words[key];
  if (text === undefined) {
    console.error(`no words for ${key}`);
    return key;
  }
  return text.replace(/\{(\d)\}/g, (_, place: string) => String(args[Number(place)] ?? ''));
}
