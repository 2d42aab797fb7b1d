import { userInfo } from 'node:os';

/** Who asks, for history and status: the user of this machine, where it has a name. */
export function author(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
