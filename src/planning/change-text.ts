/** `is → should be`; undefined where both read alike. */
export function changed(is: unknown, shouldBe: unknown): string | undefined {
  const [before, after] = [text(is), text(shouldBe)];
  return before === after ? undefined : `${shortened(before)} → ${shortened(after)}`;
}

const text = (value: unknown): string => {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
};
const shortened = (words: string): string => (words.length > 120 ? `${words.slice(0, 117)}...` : words);
