import type { ImageDeclaration } from '../model/image.ts';

/** Whether two declarations say the same, wherever they stand. */
export function sameImage(a: ImageDeclaration, b: ImageDeclaration): boolean {
  const content = ({ place: _, ...declaration }: ImageDeclaration) => JSON.stringify(Object.entries(declaration).sort());
  return content(a) === content(b);
}
