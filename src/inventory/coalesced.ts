/**
 * The same work for everybody who asks while it is under way: one run at a time, and one more behind it for all that asked meanwhile, since
 * what is running may have looked before whatever they ask about had happened.
 */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const begin = () => {
    next = undefined;
    return work();
  };
  return () => {
    if (next) return next;
    next = running.then(begin, begin);
    running = next;
    return next;
  };
}
