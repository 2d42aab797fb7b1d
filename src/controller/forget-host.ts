import { WindlassError } from '../errors.ts';
import type { InventoryStore } from '../inventory/store.ts';
import { apiVersion } from '../model/documents.ts';
import type { ForgottenHostDocument } from '../model/status-documents.ts';

/**
 * Declares a host gone for good. Whoever waited for it goes on without it; should it come back, it joins as a new one, and what of
 * it has been placed elsewhere meanwhile is removed there.
 */
export async function forgetHost(
  name: string,
  { inventory, clear }: { readonly inventory: InventoryStore; readonly clear: (host: string) => Promise<void> },
): Promise<ForgottenHostDocument> {
  const hosts = await inventory.readHosts();
  const host = hosts.find((one) => one.name === name);
  if (!host)
    throw new WindlassError('unknown-name', `there is no host ${name}: there is ${hosts.map((one) => one.name).join(', ') || 'none'}`);
  if (host.state === 'ready')
    throw new WindlassError('conflict', `the agent of host ${name} answers: stop it first, else the host would be back in a moment`);
  await inventory.forget(name);
  await clear(name);
  await inventory.tell(name);
  return { apiVersion, host: name, containers: host.containers.filter(({ spec }) => spec !== undefined).length };
}
