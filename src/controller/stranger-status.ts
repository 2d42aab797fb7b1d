import type { HostRecord } from '../model/host.ts';
import { isInPlace } from '../model/owner-and-mode.ts';
import type { Decision } from '../planning/decide.ts';
import { type DesiredFiles, recordOf } from '../planning/desired-files.ts';
import { issuesMessage } from '../workers/outcome.ts';

/**
 * What status says of containers that windlass did not make: why one has not got its files, or when it will load them; empty: all is well.
 * `failure`: why the last push into one failed, by its id.
 */
export function strangerMessage(
  { containers, plan }: Pick<Decision, 'containers' | 'plan'>,
  hosts: readonly HostRecord[],
  failure: (container: string) => string | undefined,
): string {
  const lacking = plan.strangers.flatMap(({ step }) => (step?.kind === 'push-config' ? [step.container] : []));
  const sentences = containers.flatMap((one): readonly string[] => {
    const { stranger, name, issues } = one;
    if (stranger === undefined) return [];
    if (issues) return [`${name} gets no config files: ${issuesMessage(issues)}`];
    const failed = lacking.includes(stranger) ? failure(stranger) : undefined;
    return [...(failed === undefined ? [] : [failed]), ...loadedLater(one, hosts)];
  });
  return sentences.join('; ');
}

function loadedLater(one: DesiredFiles, hosts: readonly HostRecord[]): readonly string[] {
  const known = recordOf(one, hosts)?.configs ?? {};
  const waiting = one.files.filter(
    (file) => file.atStart && isInPlace(known[file.target], file) && known[file.target]?.loaded !== file.hash,
  );
  if (waiting.length === 0) return [];
  const sources = waiting.map(({ source }) => source).join(', ');
  return [`${sources} of ${one.name}, which windlass did not make, ${waiting.length === 1 ? 'is' : 'are'} loaded when it is started anew`];
}
