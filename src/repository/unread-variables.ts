import type { Tree } from '../model/image.ts';
import { decodeUtf8 } from './yaml-document.ts';

/**
 * Those of the names that stand nowhere in the tree but where they are given a value: no template, formula, `${…}` or script can
 * read them. A name that only happens to stand in a comment counts as read.
 */
export function unreadVariables({ files }: Tree, names: readonly string[]): readonly string[] {
  const texts = [...files].map(([path, bytes]) => ({ isYaml: /\.ya?ml$/.test(path), text: decodeUtf8(bytes) ?? '' }));
  return [...new Set(names)].filter((name) => {
    if (!/^\w+$/.test(name)) return false;
    const word = new RegExp(`\\b${name}\\b`);
    const key = new RegExp(`(^[ \\t-]*|[{,][ \\t]*)["']?${name}["']?[ \\t]*:(?!\\S)`, 'gm');
    return !texts.some(({ isYaml, text }) => word.test(text) && (!isYaml || word.test(text.replace(key, ''))));
  });
}
