import { inspect } from 'node:util';

/** Stands for every secret that is shown. */
export const maskedAs = '[secret]';

/** A value that must not be printed: every way of turning it into text says `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that needs it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return maskedAs;
  }

  toJSON(): string {
    return maskedAs;
  }

  [inspect.custom](): string {
    return maskedAs;
  }
}

/**
 * Replaces every occurrence of each secret by `[secret]`, the longest first; one under 4 characters would mask ordinary text and is left.
 */
export function mask(text: string, secrets: Iterable<string>): string {
  const longestFirst = [...secrets].filter((secret) => secret.length >= 4).sort((a, b) => b.length - a.length);
  return longestFirst.reduce((masked, secret) => masked.replaceAll(secret, maskedAs), text);
}
