/** Something that happens once and can be waited for. */
export function moment(): { readonly reached: Promise<void>; readonly come: () => void } {
  let come = () => {};
  const reached = new Promise<void>((resolve) => {
    come = resolve;
  });
  return { reached, come };
}
