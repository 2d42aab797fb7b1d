/** Whether Git would take this as a branch's name (git check-ref-format --branch), at most 255 characters. */
export function isBranchName(name: string): boolean {
  if (name === '' || name.length > 255 || name === 'HEAD' || name.startsWith('-')) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{/.test(name) || name.endsWith('.')) return false;
  return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}
