import type { ServiceStatus } from '../model/status-documents.ts';
import { describeGuarded } from '../planning/guarded-files.ts';

/** What guards hold back in an application's containers, as far as `said` does not say so already; empty: nothing. */
export function guardMessage(services: readonly ServiceStatus[], said: string): string {
  const held = services.flatMap(({ containers }) =>
    containers.flatMap(({ name, configs }) =>
      configs.flatMap(({ target, installed, held: reason }) =>
        reason === undefined || said.includes(reason)
          ? []
          : [{ container: name, source: target, target, reason, absent: installed === null }],
      ),
    ),
  );
  return describeGuarded(held).join('; ');
}
