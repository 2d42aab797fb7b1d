import { stripVTControlCharacters } from 'node:util';

/** No value from outside can have it: only `html` makes fragments. */
const markup = Symbol('markup');

/** A piece of a page in which every value has been escaped. */
export interface Html {
  readonly [markup]: string;
}

type Value = Html | string | number | readonly Value[];

/** A template whose values are escaped unless they are fragments themselves; attributes have to stand in double quotes. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { [markup]: strings.map((text, i) => text + textOf(values[i] ?? '')).join('') };
}

/** The bytes to send. */
export const textOfPage = (page: Html): string => `<!doctype html>\n${page[markup]}`;

function textOf(value: Value): string {
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  return markup in value ? value[markup] : value.map(textOf).join('');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Colours of a terminal and other control characters, which tools print, are left out. */
const escaped = (text: string): string =>
  stripVTControlCharacters(text)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    .replace(/[\0-\x08\x0b-\x1f\x7f]/g, '')
    .replace(/[&<>"']/g, (character) => entities[character] ?? '');
